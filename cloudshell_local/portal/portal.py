"""The portal's application: all pages, behind a guard that keeps other sites out."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from cloudshell_local.errors import NotFound
from cloudshell_local.portal.apps import AppPages
from cloudshell_local.portal.blueprints import BlueprintPages
from cloudshell_local.portal.events import Events
from cloudshell_local.portal.executions import ExecutionPages
from cloudshell_local.portal.inventory import InventoryPages
from cloudshell_local.portal.log_in import LogInPages
from cloudshell_local.portal.sandboxes import SandboxPages
from cloudshell_local.portal.shells import ShellPages
from cloudshell_local.portal.web import Answer, Asked, Goto, Web
from cloudshell_local.services.container import Services

STATIC = Path(__file__).with_name("static")
# No script, style, image or connection but this server's own; nothing inline; in nobody's frame.
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
    """A group of pages."""

    def routes(self) -> Sequence[Route]:
        """Return their routes."""


def page_groups(web: Web, services: Services) -> list[Pages]:
    """Return all groups of pages."""
    return [
        LogInPages(web, services),
        InventoryPages(web, services),
        ShellPages(web, services),
        AppPages(web, services),
        BlueprintPages(web, services),
        SandboxPages(web, services),
        ExecutionPages(web, services),
    ]


class Portal:
    """What people see of the server."""

    def __init__(self, services: Services) -> None:
        web = self._web = Web(services.access)
        events = self._events = Events(web, services)
        groups = page_groups(web, services)
        routes: list[Any] = [
            web.shows("/", _home),
            *events.routes(),
            *(route for group in groups for route in group.routes()),
            Mount("/static", StaticFiles(directory=STATIC)),
            Route("/{path:path}", self._not_there, methods=["GET", "POST"]),
        ]
        self.app = Starlette(routes=routes)
        self.app.add_middleware(_Guard)

    def close(self) -> None:
        """End what open pages wait for."""
        self._events.close()

    async def _not_there(self, request: Request) -> Response:
        return self._web.refused(request, self._web.session(request), NotFound(request.url.path))


class _Guard:
    """Adds the headers, and refuses names of other sites: a browser must not be led here under one (DNS rebinding)."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                caching = "no-cache" if scope["path"].startswith("/static/") else "no-store"
                headers = {**HEADERS, "cache-control": caching}
                added = [(name.encode(), value.encode()) for name, value in headers.items()]
                message["headers"] = [*message["headers"], *(each for each in added if each[0] not in given)]
            await send(message)

        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        refusal = PlainTextResponse("Open the portal under the address that the server prints.", 421)
        await (self._app if _is_own(host) else refusal)(scope, receive, send_guarded)


def _is_own(host: str) -> bool:
    """Tell whether the browser was led here by an address, or by this machine's own name for itself."""
    name = host.rpartition(":")[0] if ":" in host.rpartition("]")[2] else host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return name.lower() == "localhost"
    return True


def _home(asked: Asked) -> Answer:
    return Goto("/inventory" if asked.session.is_admin else "/sandboxes")
