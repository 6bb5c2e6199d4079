"""What all pages share: who asks, what was typed, and how a page, an action and an error are answered.

Each page works as plain HTML. Where htmx runs, an action leaves the page as it is, with all that was typed: it is answered
by nothing (the page updates itself), by where to go, or, with 422, by the error, which is shown beside the form.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from cloudshell_local.access import Access, Session
from cloudshell_local.errors import InvalidPackage, LocalError, NotFound, NotPermitted, TokenInvalid, WrongCall
from cloudshell_local.http import in_thread, refuse_oversized
from cloudshell_local.portal.status import Status
from cloudshell_local.services.times import clock
from cloudshell_local.storage.model import DetailField

logger = logging.getLogger(__name__)
COOKIE = "cloudshell"
LOGIN = "/login"
UNREADABLE = 422  # What htmx is told to show beside the form.
STATUS: dict[type[LocalError], int] = {NotFound: 404, NotPermitted: 403}


@dataclass(frozen=True)
class Asked:
    """What somebody asks for. form: what was typed, by the fields' names; uploads: the files, likewise."""

    session: Session
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    uploads: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def given(self, name: str) -> str:
        """Return what a field that nobody types into has; empty if there is no such field."""
        return self.form.get(name, "")

    def typed(self, name: str) -> str:
        """Return what was typed into a field, without spaces around it; empty if there is no such field."""
        return self.form.get(name, "").strip()

    def required(self, name: str, label: str) -> str:
        """Return what was typed into a field; raise WrongCall if that is nothing."""
        if not self.typed(name):
            raise WrongCall(f"{label} is missing")
        return self.typed(name)


@dataclass(frozen=True)
class Page:
    """A template and what it shows. watches: of which kinds the changes make it update itself."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    watches: tuple[str, ...] = ()


@dataclass(frozen=True)
class Goto:
    """Another page."""

    path: str


@dataclass(frozen=True)
class Stay:
    """The page that the action was on; it updates itself, or else is loaded again from this path."""

    path: str


Answer = Union[Page, Goto, Stay, Response]
Handler = Callable[[Asked], Answer]


class Web:
    """Makes the routes of pages and actions, for those who have logged in."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._templates = Environment(
            loader=PackageLoader("cloudshell_local.portal"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(quoted=quoted, short=short, clock=clock, status=Status.of, pairs=pairs)

    def shows(self, path: str, handler: Handler, admin: bool = False) -> Route:
        """Return the route of a page; admin: for administrators alone."""
        return self._route(path, handler, "GET", admin)

    def does(self, path: str, handler: Handler, admin: bool = False) -> Route:
        """Return the route of an action, which needs its form's token."""
        return self._route(path, handler, "POST", admin)

    def session(self, request: Request) -> Session | None:
        """Return the session of whoever asks; None if they have not logged in."""
        try:
            return self._access.session(request.cookies.get(COOKIE, ""))
        except TokenInvalid:
            return None

    def render(self, request: Request, session: Session | None, page: Page, status: int = 200) -> Response:
        """Return a page as HTML."""
        html = self._templates.get_template(page.template).render(
            page.values,
            session=session,
            token=form_token(session) if session else "",
            here=_here(request),
            watches=",".join(page.watches),
        )
        return HTMLResponse(html, status)

    def refused(self, request: Request, session: Session | None, error: LocalError, status: int = 0) -> Response:
        """Return an error: where htmx asked, as what stands beside the form; else as a page."""
        problems = error.problems if isinstance(error, InvalidPackage) else []
        told = {"error": str(error), "problems": problems}
        if is_htmx(request):
            return self.render(request, session, Page("error_beside.html", told), UNREADABLE)
        known = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        return self.render(request, session, Page("error.html", told), status or known)

    def _route(self, path: str, handler: Handler, method: str, admin: bool) -> Route:
        async def endpoint(request: Request) -> Response:
            session = self.session(request)
            if not session:
                return _to_login(request)
            try:
                if admin:
                    session.require_admin("use this page")
                asked = await _asked(request, session)
                return await in_thread(lambda: self._answered(request, asked, handler(asked)))
            except LocalError as error:
                return self.refused(request, session, error)
            except Exception as error:  # People get a sentence, the log the traceback.
                logger.exception("%s %s", method, path)
                told = LocalError(f"The server failed: {type(error).__name__}; its log tells more")
                return self.refused(request, session, told, 500)

        return Route(path, endpoint, methods=[method])

    def _answered(self, request: Request, asked: Asked, answer: Answer) -> Response:
        if isinstance(answer, Page):
            return self.render(request, asked.session, answer)
        if isinstance(answer, Response):
            return answer
        if isinstance(answer, Stay) and is_htmx(request):
            return Response()
        return _to(request, answer.path)


def form_token(session: Session) -> str:
    """Return what every form of a session carries: other sites cannot know it."""
    return hmac.new(session.token.encode(), b"form", hashlib.sha256).hexdigest()


def is_htmx(request: Request) -> bool:
    """Tell whether htmx asks, and not the browser."""
    return request.headers.get("hx-request") == "true"


def quoted(name: str) -> str:
    """Return a name as a part of an address."""
    return quote(name, safe="")


def short(name: str) -> str:
    """Return an attribute's name without its model's."""
    return name.rpartition(".")[2]


def pairs(details: Sequence[DetailField]) -> list[tuple[str, str]]:
    """Return the names and values of VM details that are not hidden."""
    return [(each.name, each.value) for each in details if not each.hidden]


async def _asked(request: Request, session: Session) -> Asked:
    path, query = request.path_params, dict(request.query_params)
    if request.method == "GET":
        return Asked(session, path, query)
    refuse_oversized(request)
    async with request.form() as form:
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
        if not hmac.compare_digest(texts.get("token", ""), form_token(session)):
            raise WrongCall("The form is not of this session; load its page again")
        uploads = {name: await value.read() for name, value in form.items() if isinstance(value, UploadFile)}
    return Asked(session, path, query, texts, uploads)


def _to(request: Request, path: str) -> Response:
    if is_htmx(request):
        return Response(headers={"HX-Redirect": path})
    return RedirectResponse(path, 303)


def _to_login(request: Request) -> Response:
    if is_htmx(request):
        return Response(headers={"HX-Redirect": LOGIN})
    wanted = f"?next={quoted(_here(request))}" if request.method == "GET" else ""
    return RedirectResponse(LOGIN + wanted, 303)


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
