"""The actions on connectors in a sandbox: adding and removing, connecting and disconnecting them."""

from __future__ import annotations

from starlette.routing import Route

from cloudshell_local.portal.pages import PageRequest, PageResponse
from cloudshell_local.portal.sandbox_access import SandboxAccess, same_page
from cloudshell_local.portal.web import Web
from cloudshell_local.portal.workspace import Workspaces
from cloudshell_local.services import diagrams
from cloudshell_local.services.container import Services
from cloudshell_local.storage.model import Connector


class SandboxConnectorPages:
    """The actions on a sandbox's connectors."""

    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._sandboxes = services.sandboxes
        self._vlans = services.vlans
        self._access = SandboxAccess(services)
        self._workspaces = Workspaces(services)

    def routes(self) -> list[Route]:
        """Return the routes of the actions."""
        one = "/sandboxes/{id}"
        return [
            self._web.action(f"{one}/connectors", self._add),
            self._web.action(f"{one}/connectors/remove", self._remove),
            self._web.action(f"{one}/connect", self._connect),
            self._web.action(f"{one}/disconnect", self._disconnect),
        ]

    def _add(self, request: PageRequest) -> PageResponse:
        """Add a connector between two components, which the form names by their keys."""
        sandbox = self._access.live_sandbox(request)
        components = self._workspaces.of(sandbox, "", False).components.values()
        names = {each.key: each.name for each in components}
        source, target = (request.required(end, "An end of the connection") for end in ("source", "target"))
        self._sandboxes.set_connectors(sandbox.id, [Connector(names.get(source, source), names.get(target, target))])
        return same_page(request)

    def _remove(self, request: PageRequest) -> PageResponse:
        self._sandboxes.remove_connectors(self._access.live_sandbox(request).id, _ends(request))
        return same_page(request)

    def _connect(self, request: PageRequest) -> PageResponse:
        sandbox, (source, target) = self._access.live_sandbox(request), _ends(request)
        diagrams.find_connector(sandbox, source, target)
        phrase = f"Connecting '{source}' and '{target}'"
        return self._access.start(request, phrase, lambda: self._vlans.connect(sandbox.id, (source, target)))

    def _disconnect(self, request: PageRequest) -> PageResponse:
        sandbox, (source, target) = self._access.live_sandbox(request), _ends(request)
        diagrams.find_connector(sandbox, source, target)
        phrase = f"Disconnecting '{source}' and '{target}'"
        return self._access.start(request, phrase, lambda: self._vlans.disconnect(sandbox.id, (source, target)))


def _ends(request: PageRequest) -> tuple[str, str]:
    return request.hidden("source"), request.hidden("target")
