"""The pages of sandboxes: their list, the workspace of one, and its setup and end."""

from __future__ import annotations

from starlette.routing import Route

from cloudshell_local.portal.executions import active_views
from cloudshell_local.portal.feed import page_lines
from cloudshell_local.portal.pages import Page, PageRequest, PageResponse, Redirect
from cloudshell_local.portal.sandbox_access import SandboxAccess, same_page
from cloudshell_local.portal.web import Web
from cloudshell_local.portal.workspace import Workspaces
from cloudshell_local.services.container import Services
from cloudshell_local.storage.changes import EXECUTION, FEED, WORK
from cloudshell_local.storage.model import CONNECTED, PARTIAL

WATCHED = ("sandbox", "resource", FEED, EXECUTION, WORK)


class SandboxPages:
    """The pages of sandboxes, for those who may use them."""

    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._store = services.store
        self._sandboxes = services.sandboxes
        self._lifecycle = services.lifecycle
        self._executions = services.execution_server
        self._background = services.background
        self._access = SandboxAccess(services)
        self._workspaces = Workspaces(services)

    def routes(self) -> list[Route]:
        """Return the routes of the list, of a sandbox's workspace, and of its setup and end."""
        one = "/sandboxes/{id}"
        return [
            self._web.page("/sandboxes", self._list),
            self._web.page(one, self._show),
            self._web.action(f"{one}/setup", self._set_up),
            self._web.action(f"{one}/end", self._end),
            self._web.action(f"{one}/delete", self._delete),
        ]

    def _list(self, request: PageRequest) -> PageResponse:
        newest_first = reversed(self._access.sandboxes(request))
        return Page("sandboxes.html", {"sandboxes": sorted(newest_first, key=lambda each: each.is_over)}, ("sandbox",))

    def _show(self, request: PageRequest) -> PageResponse:
        sandbox = self._access.sandbox(request)
        values = {
            "sandbox": sandbox,
            "workspace": self._workspaces.of(sandbox, request.query.get("chosen", ""), request.session.is_admin),
            "feed": page_lines(self._sandboxes.feed(sandbox.id)),
            "executions": active_views(self._executions, sandbox.id, self._store),
            "tasks": self._background.running(sandbox.id),
            "open_states": (CONNECTED, PARTIAL),
        }
        return Page("workspace.html", values, WATCHED)

    def _set_up(self, request: PageRequest) -> PageResponse:
        self._lifecycle.set_up(self._access.sandbox(request).id)
        return same_page(request)

    def _end(self, request: PageRequest) -> PageResponse:
        self._lifecycle.end(self._access.sandbox(request).id)
        return same_page(request)

    def _delete(self, request: PageRequest) -> PageResponse:
        self._sandboxes.delete(self._access.sandbox(request).id)
        return Redirect("/sandboxes")
