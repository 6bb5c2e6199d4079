"""Logging in and out. The session is one of CloudShell's; its token is in a cookie that no script and no other site uses."""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cloudshell_local.access import DOMAIN
from cloudshell_local.errors import LocalError, WrongCall
from cloudshell_local.http import in_thread
from cloudshell_local.portal.web import COOKIE, LOGIN, Answer, Asked, Page, Web, is_htmx
from cloudshell_local.services.container import Services

HOME = "/"
# The login form has no session yet whose token it could carry: it carries what its own cookie says.
_FORM_COOKIE = "cloudshell-login"


class LogInPages:
    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._access = services.access

    def routes(self) -> list[Route]:
        """Return the routes of logging in and out."""
        return [
            Route(LOGIN, self._show, methods=["GET"]),
            Route(LOGIN, self._log_in, methods=["POST"]),
            self._web.does("/logout", self._log_out),
        ]

    async def _show(self, request: Request) -> Response:
        form = secrets.token_urlsafe(16)
        wanted = _local(request.query_params.get("next", ""))
        page = Page("login.html", {"domain": DOMAIN, "next": wanted, "form_token": form})
        return _with_cookie(self._web.render(request, None, page), _FORM_COOKIE, form)

    async def _log_in(self, request: Request) -> Response:
        typed = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        try:
            if not hmac.compare_digest(typed.get("token", ""), request.cookies.get(_FORM_COOKIE, "-")):
                raise WrongCall("The form is too old; load the page again")
            who = (typed.get("user", ""), typed.get("password", ""), typed.get("domain", ""))
            session = await in_thread(lambda: self._access.log_on(*who))
        except LocalError as error:
            return self._web.refused(request, None, error, 401)
        wanted = _local(typed.get("next", ""))
        answer = Response(headers={"HX-Redirect": wanted}) if is_htmx(request) else RedirectResponse(wanted, 303)
        answer.delete_cookie(_FORM_COOKIE)
        return _with_cookie(answer, COOKIE, session.token)

    def _log_out(self, asked: Asked) -> Answer:
        self._access.log_off(asked.session.token)
        answer = RedirectResponse(LOGIN, 303)
        answer.delete_cookie(COOKIE)
        return answer


def _local(path: str) -> str:
    """Return where to go, which is on this server."""
    parts = urlsplit(path.replace("\\", "/"))
    is_path = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if is_path and not parts.netloc and not parts.scheme else HOME


def _with_cookie(answer: Response, name: str, value: str) -> Response:
    answer.set_cookie(name, value, httponly=True, samesite="strict")
    return answer
