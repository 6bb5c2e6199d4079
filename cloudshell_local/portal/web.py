"""The portal's routes: they check the session and the form's token, call a page's handler, and render what it returns.

Each page works as plain HTML. Where htmx runs, an action leaves the page and all that was typed as they are: the response
is empty (the page updates itself), a redirect, or, with status 422, an error that is shown beside the form.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from cloudshell_local.access import Access, Session
from cloudshell_local.errors import (
    InvalidPackage,
    LocalError,
    NotFound,
    NotPermitted,
    TokenInvalid,
    TooLarge,
    WrongCall,
)
from cloudshell_local.http import in_thread, texts_of
from cloudshell_local.portal.filters import quoted, visible_pairs
from cloudshell_local.portal.pages import Handler, NoContent, Page, PageRequest, PageResponse
from cloudshell_local.portal.status import Status
from cloudshell_local.services.permissions import PORTAL, Permission, Permissions, Subject
from cloudshell_local.services.times import clock

logger = logging.getLogger(__name__)
COOKIE = "cloudshell"
LOGIN = "/login"
# templates/base.html has htmx show the body of a response with this status; it ignores that of other errors.
UNPROCESSABLE = 422
STATUS_CODES: dict[type[LocalError], int] = {NotFound: 404, NotPermitted: 403, TooLarge: 413}


class Web:
    """Makes the routes of pages and actions, which only logged-in users reach."""

    def __init__(self, access: Access, permissions: Permissions) -> None:
        self._access = access
        self._permissions = permissions
        self._templates = Environment(
            loader=PackageLoader("cloudshell_local.portal"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(quoted=quoted, clock=clock, status=Status.of, pairs=visible_pairs)

    def page(self, path: str, handler: Handler) -> Route:
        """Return the route of a page. Who may open it is in services/permissions.py; KeyError is raised without an entry."""
        return self._route(path, handler, "GET")

    def action(self, path: str, handler: Handler) -> Route:
        """Return the route of an action, a form with the session's token. Who may send it is in services/permissions.py."""
        return self._route(path, handler, "POST")

    def is_logged_in(self, request: HTTPConnection) -> bool:
        """Return whether the request's cookie names a session."""
        return self._access.is_session(request.cookies.get(COOKIE, ""))

    def session(self, request: Request) -> Session | None:
        """Return the session that the request's cookie names; None if there is none."""
        try:
            return self._access.session(request.cookies.get(COOKIE, ""))
        except TokenInvalid:
            return None

    def render(self, request: Request, session: Session | None, page: Page, status: int = 200) -> Response:
        """Return a page as HTML. session: None for a user who has not logged in."""
        html = self._templates.get_template(page.template).render(
            page.values,
            session=session,
            token=form_token(session) if session else "",
            here=_address(request),
            watches=",".join(page.watches),
        )
        return HTMLResponse(html, status)

    def render_error(self, request: Request, session: Session | None, error: LocalError, status: int = 0) -> Response:
        """Return an error: as the text beside a form if htmx asked, otherwise as a page. status: 0 for that of the error."""
        problems = error.problems if isinstance(error, InvalidPackage) else []
        values = {"error": str(error), "problems": problems}
        if is_htmx(request):
            return self.render(request, session, Page("error_text.html", values), UNPROCESSABLE)
        known = next((code for kind, code in STATUS_CODES.items() if isinstance(error, kind)), 400)
        return self.render(request, session, Page("error.html", values), status or known)

    def _route(self, path: str, handler: Handler, method: str) -> Route:
        permission = PORTAL[f"{method} {path}"]

        async def endpoint(request: Request) -> Response:
            session = self.session(request)
            if not session:
                return _redirect_to_login(request)
            try:
                return await self._handle(request, session, handler, permission)
            except LocalError as error:
                return self.render_error(request, session, error)
            except ClientDisconnect:  # Nobody reads the response.
                return Response(status_code=400)
            except Exception as error:  # Users get a sentence; the traceback is in the log.
                logger.exception("%s %s", method, path)
                failure = LocalError(f"The server failed: {type(error).__name__}; its log tells more")
                return self.render_error(request, session, failure, 500)

        return Route(path, endpoint, methods=[method])

    async def _handle(self, request: Request, session: Session, handler: Handler, permission: Permission) -> Response:
        names = request.path_params
        subject = Subject(sandbox=names.get("id", ""), blueprint=names.get("name", ""))
        self._permissions.require(permission, session, subject)
        page_request = await _page_request(request, session)
        return await in_thread(lambda: self._respond(request, session, handler(page_request)))

    def _respond(self, request: Request, session: Session, response: PageResponse) -> Response:
        if isinstance(response, Page):
            return self.render(request, session, response)
        if isinstance(response, Response):
            return response
        if isinstance(response, NoContent) and is_htmx(request):
            # With status 200, not 204: htmx puts the empty body into the form's error, where an older one may be.
            return Response()
        return redirect(request, response.path)


def form_token(session: Session) -> str:
    """Return the token that each form of a session carries; other sites cannot know it (CSRF)."""
    return hmac.new(session.token.encode(), b"form", hashlib.sha256).hexdigest()


def is_same(token: str, expected: str) -> bool:
    """Return whether a token, which may be any text, is the expected one; how long that takes does not tell it."""
    return hmac.compare_digest(token.encode(errors="surrogatepass"), expected.encode(errors="surrogatepass"))


def is_htmx(request: Request) -> bool:
    """Return whether htmx sent the request, and not the browser itself."""
    return request.headers.get("hx-request") == "true"


def redirect(request: Request, path: str) -> Response:
    """Return a redirect in the form that htmx or the browser follows."""
    # Quoted for htmx as Starlette does it for the browser: a header has neither letters beyond latin-1 nor line ends.
    hx_redirect = {"HX-Redirect": quote(path, safe=":/%#?=@[]!$&'()*+,;")}
    return Response(headers=hx_redirect) if is_htmx(request) else RedirectResponse(path, 303)


async def _page_request(request: Request, session: Session) -> PageRequest:
    path, query = request.path_params, dict(request.query_params)
    if request.method == "GET":
        return PageRequest(session, path, query)
    async with request.form() as form:
        texts = texts_of(form)
        if not is_same(texts.get("token", ""), form_token(session)):
            raise WrongCall("The form belongs to another session; load its page again")
        uploads = {name: await value.read() for name, value in form.items() if isinstance(value, UploadFile)}
    return PageRequest(session, path, query, texts, uploads)


def _redirect_to_login(request: Request) -> Response:
    if is_htmx(request) or request.method != "GET":
        return redirect(request, LOGIN)
    return redirect(request, f"{LOGIN}?next={quoted(_address(request))}")


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
