"""The actions on Apps in a sandbox: deploying and removing them, and refreshing their VM details."""

from __future__ import annotations

from contextlib import suppress

from starlette.routing import Route

from cloudshell_local.errors import CommandFailed
from cloudshell_local.portal.pages import PageRequest, PageResponse
from cloudshell_local.portal.sandbox_access import SandboxAccess, same_page
from cloudshell_local.portal.web import Web
from cloudshell_local.services import diagrams
from cloudshell_local.services.container import Services


class SandboxAppPages:
    """The actions on a sandbox's Apps and deployed Apps."""

    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._sandboxes = services.sandboxes
        self._deployment = services.deployment
        self._manual = services.manual_deployment
        self._access = SandboxAccess(services)

    def routes(self) -> list[Route]:
        """Return the routes of the actions."""
        one = "/sandboxes/{id}"
        return [
            self._web.action(f"{one}/deploy", self._deploy),
            self._web.action(f"{one}/remove", self._remove),
            self._web.action(f"{one}/refresh", self._refresh),
        ]

    def _deploy(self, request: PageRequest) -> PageResponse:
        sandbox, app = self._access.live_sandbox(request), request.hidden("app")
        diagrams.find_app(sandbox, app)
        return self._access.start(request, f"Deploying '{app}'", lambda: self._manual.deploy(sandbox.id, app))

    def _remove(self, request: PageRequest) -> PageResponse:
        """Remove an App or a resource, or delete a deployed App with its VM."""
        sandbox, name = self._access.live_sandbox(request), request.hidden("name")
        if any(app.name == name for app in sandbox.apps):
            self._sandboxes.remove_app(sandbox.id, name)
            return same_page(request)
        resource = self._access.resource(request, name)
        verb = "Deleting" if resource.created_in == sandbox.id else "Removing"
        return self._access.start(request, f"{verb} '{name}'", lambda: self._deployment.remove(sandbox.id, [name]))

    def _refresh(self, request: PageRequest) -> PageResponse:
        sandbox = self._access.live_sandbox(request)
        name = self._access.resource(request, request.hidden("name")).name
        phrase = f"Refreshing the VM details of '{name}'"

        def refresh() -> None:
            with suppress(CommandFailed):  # The service has posted it.
                self._deployment.refresh(sandbox.id, [name])

        return self._access.start(request, phrase, refresh)
