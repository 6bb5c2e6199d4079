"""Sandboxes of requests: which sandbox a request names, whether its user may use it, and work that runs in it."""

from __future__ import annotations

from collections.abc import Callable

from cloudshell_local.errors import NotFound, WrongCall, known_names
from cloudshell_local.portal.filters import quoted
from cloudshell_local.portal.pages import NoContent, PageRequest
from cloudshell_local.services.background import Task
from cloudshell_local.services.container import Services
from cloudshell_local.storage.model import Resource, Sandbox


class SandboxAccess:
    """Access to the sandbox of a request, for those who may use it."""

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._sandboxes = services.sandboxes
        self._background = services.background
        self._permissions = services.permissions

    def sandboxes(self, request: PageRequest) -> list[Sandbox]:
        """Return the sandboxes that the user may use."""
        return self._permissions.sandboxes(request.session, self._store.sandboxes)

    def sandbox(self, request: PageRequest) -> Sandbox:
        """Return the sandbox whose id is in the address, which the user may use; raise NotFound."""
        sandbox_id = request.path["id"]
        if sandbox_id not in self._store.sandboxes:
            raise NotFound(sandbox_id, known_names("Your sandboxes", (each.name for each in self.sandboxes(request))))
        return self._sandboxes.get(sandbox_id)

    def live_sandbox(self, request: PageRequest) -> Sandbox:
        """Return the sandbox whose id is in the address, as `sandbox` does; raise WrongCall if it has ended."""
        return self._sandboxes.live(self.sandbox(request).id)

    def resource(self, request: PageRequest, name: str) -> Resource:
        """Return a resource or deployed App of the sandbox; raise WrongCall if it is not in it."""
        resources = self.sandbox(request).resources
        if name not in resources:
            raise WrongCall(f"There is no '{name}' in the sandbox. {known_names('Resources in it', resources)}")
        return self._store.resources.get(name)

    def start(self, request: PageRequest, phrase: str, work: Callable[[], object]) -> NoContent:
        """Start work that may take long, and stay on the page. An error is posted to the sandbox's Activity Feed.

        phrase: what users see while the work runs, such as "Deploying 'Web'".
        """
        sandbox_id = request.path["id"]

        def post_error(error: str) -> None:
            self._sandboxes.post_error(sandbox_id, f"{phrase} failed: {error}")

        self._background.start(Task(sandbox_id, phrase), work, post_error)
        return same_page(request)


def same_page(request: PageRequest) -> NoContent:
    """Return to the sandbox's page, with the component that was chosen."""
    return NoContent(sandbox_path(request, request.hidden("chosen")))


def sandbox_path(request: PageRequest, chosen: str) -> str:
    """Return the address of the sandbox's page. chosen: the key of a component, empty for none."""
    return f"/sandboxes/{request.path['id']}" + (f"?chosen={quoted(chosen)}" if chosen else "")
