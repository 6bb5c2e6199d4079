"""Logging in and out. The session's token is in a cookie that scripts and other sites cannot read."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cloudshell_local.access import DOMAIN, Session
from cloudshell_local.errors import LocalError, TooLarge, WrongCall
from cloudshell_local.http import in_thread
from cloudshell_local.portal.pages import Page, PageRequest, PageResponse
from cloudshell_local.portal.web import COOKIE, LOGIN, Web, is_same, redirect
from cloudshell_local.services.container import Services

HOME = "/"
# There is no session yet whose token the login form could carry: its token is compared with this cookie instead.
_FORM_COOKIE = "cloudshell-login"


class LogInPages:
    """The login page, and the actions that log in and out."""

    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._access = services.access

    def routes(self) -> list[Route]:
        """Return the routes of logging in and out."""
        return [
            Route(LOGIN, self._show, methods=["GET"]),
            Route(LOGIN, self._log_in, methods=["POST"]),
            self._web.action("/logout", self._log_out),
        ]

    async def _show(self, request: Request) -> Response:
        token = secrets.token_urlsafe(16)
        next_path = _local_path(request.query_params.get("next", ""))
        page = Page("login.html", {"domain": DOMAIN, "next": next_path, "form_token": token})
        return _with_cookie(self._web.render(request, None, page), _FORM_COOKIE, token)

    async def _log_in(self, request: Request) -> Response:
        try:
            form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
            session = await self._new_session(request, form)
        except ClientDisconnect:  # Nobody reads the response.
            return Response(status_code=400)
        except LocalError as error:
            return self._web.render_error(request, None, error, 413 if isinstance(error, TooLarge) else 401)
        response = redirect(request, _local_path(form.get("next", "")))
        response.delete_cookie(_FORM_COOKIE)
        return _with_cookie(response, COOKIE, session.token)

    async def _new_session(self, request: Request, form: Mapping[str, str]) -> Session:
        if not is_same(form.get("token", ""), request.cookies.get(_FORM_COOKIE, "-")):
            raise WrongCall("The form is too old; load the page again")
        user, password, domain = (form.get(name, "") for name in ("user", "password", "domain"))
        client = request.client.host if request.client else ""
        return await in_thread(lambda: self._access.log_on(user, password, domain, client))

    def _log_out(self, request: PageRequest) -> PageResponse:
        self._access.log_off(request.session.token)
        response = RedirectResponse(LOGIN, 303)
        response.delete_cookie(COOKIE)
        return response


def _local_path(path: str) -> str:
    """Return a path of this server: the given one, or HOME in place of another site's address."""
    parts = urlsplit(path.replace("\\", "/"))
    is_path = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if is_path and not parts.netloc and not parts.scheme else HOME


def _with_cookie(response: Response, name: str, value: str) -> Response:
    response.set_cookie(name, value, httponly=True, samesite="strict")
    return response
