"""The portal's application: all pages, with headers that keep other sites out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloudshell_local.errors import NotFound
from cloudshell_local.guards import BodyGuard
from cloudshell_local.portal.apps import AppPages
from cloudshell_local.portal.blueprints import BlueprintPages
from cloudshell_local.portal.events import Events
from cloudshell_local.portal.executions import ExecutionPages
from cloudshell_local.portal.inventory import InventoryPages
from cloudshell_local.portal.log_in import LogInPages
from cloudshell_local.portal.pages import PageRequest, PageResponse, Redirect
from cloudshell_local.portal.sandbox_apps import SandboxAppPages
from cloudshell_local.portal.sandbox_commands import SandboxCommandPages
from cloudshell_local.portal.sandbox_connectors import SandboxConnectorPages
from cloudshell_local.portal.sandboxes import SandboxPages
from cloudshell_local.portal.shells import ShellPages
from cloudshell_local.portal.web import Web
from cloudshell_local.services.container import Services

STATIC = Path(__file__).with_name("static")
# Scripts, styles, images and connections only from this server, none inline; no other site may show it in a frame.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


class Pages(Protocol):
    """A group of pages, as those of Inventory."""

    def routes(self) -> Sequence[Route]:
        """Return the routes of the group's pages and actions."""


def page_groups(web: Web, services: Services) -> list[Pages]:
    """Return all groups of pages."""
    return [
        LogInPages(web, services),
        InventoryPages(web, services),
        ShellPages(web, services),
        AppPages(web, services),
        BlueprintPages(web, services),
        SandboxPages(web, services),
        SandboxCommandPages(web, services),
        SandboxAppPages(web, services),
        SandboxConnectorPages(web, services),
        ExecutionPages(web, services),
    ]


class Portal:
    """The portal of a server. app: the ASGI application to serve."""

    def __init__(self, services: Services) -> None:
        self._web = Web(services.access, services.permissions)
        self._events = Events(self._web, services)
        routes: list[BaseRoute] = [
            self._web.page("/", _home),
            *self._events.routes(),
            *(route for group in page_groups(self._web, services) for route in group.routes()),
            Mount("/static", StaticFiles(directory=STATIC)),
            Route("/{path:path}", self._not_found, methods=["GET", "POST"]),
        ]
        self.app = Starlette(routes=routes)
        self.app.add_middleware(_SecurityHeaders)
        self.app.add_middleware(BodyGuard, is_logged_in=self._web.is_logged_in)

    def close(self) -> None:
        """End the event streams of open pages; a server waits for them otherwise."""
        self._events.close()

    async def _not_found(self, request: Request) -> Response:
        return self._web.render_error(
            request, self._web.session(request), NotFound(request.url.path, "The portal has no such page.")
        )


class _SecurityHeaders:
    """Middleware that adds the security headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(message, "no-cache" if scope["path"].startswith("/static/") else "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _add_headers(message: Message, caching: str) -> None:
    """Add the headers to a response's start, unless the response has its own, as icons do."""
    present = {name for name, _ in message["headers"]}
    headers = {**HEADERS, "cache-control": caching}
    added = [(name.encode(), value.encode()) for name, value in headers.items() if name.encode() not in present]
    message["headers"] = [*message["headers"], *added]


def _home(request: PageRequest) -> PageResponse:
    return Redirect("/inventory" if request.session.is_admin else "/sandboxes")
