"""The actions on Apps in a sandbox: deploying, removing and editing them, and refreshing their VM details."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from starlette.routing import Route

from cloudshell_local.errors import CommandFailed
from cloudshell_local.portal.fields import attribute_fields, submitted_attributes
from cloudshell_local.portal.pages import Page, PageRequest, PageResponse, Redirect
from cloudshell_local.portal.sandbox_access import SandboxAccess, same_page, sandbox_path
from cloudshell_local.portal.web import Web
from cloudshell_local.services import diagrams
from cloudshell_local.services.container import Services
from cloudshell_local.services.editing import Scope
from cloudshell_local.shells.standards import AttributeDefinition
from cloudshell_local.storage.model import App


class SandboxAppPages:
    """The actions on a sandbox's Apps and deployed Apps."""

    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._sandboxes = services.sandboxes
        self._deployment = services.deployment
        self._manual = services.manual_deployment
        self._access = SandboxAccess(services)
        self._editor = services.editor
        self._app_editing = services.app_editing
        self._passwords = services.passwords

    def routes(self) -> list[Route]:
        """Return the routes of the actions."""
        one = "/sandboxes/{id}"
        return [
            self._web.action(f"{one}/deploy", self._deploy),
            self._web.action(f"{one}/remove", self._remove),
            self._web.action(f"{one}/refresh", self._refresh),
            self._web.page(f"{one}/app", self._show_attributes),
            self._web.action(f"{one}/app", self._set_attributes),
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

    def _show_attributes(self, request: PageRequest) -> PageResponse:
        sandbox = self._access.live_sandbox(request)
        app = diagrams.find_app(sandbox, request.query.get("app", ""))
        fields = attribute_fields(self._inputs(request, app), app.path.attributes, self._passwords)
        back = [("/sandboxes", "Sandboxes"), (sandbox_path(request, app.name), sandbox.name)]
        return Page(
            "app_attributes.html", {"app": app, "fields": fields, "back": back, "here_path": sandbox_path(request, "")}
        )

    def _set_attributes(self, request: PageRequest) -> PageResponse:
        sandbox = self._access.live_sandbox(request)
        app = diagrams.find_app(sandbox, request.hidden("app"))
        values = submitted_attributes(request.form, self._inputs(request, app))
        self._app_editing.set_deployment(sandbox.id, app.name, values, request.session.is_admin)
        return Redirect(sandbox_path(request, app.name))

    def _inputs(self, request: PageRequest, app: App) -> Mapping[str, AttributeDefinition]:
        return self._editor.inputs(app.path.option, Scope.SANDBOX, request.session.is_admin)
