"""The pages of Inventory: the list of resources, a new resource, its discovery and its attributes."""

from __future__ import annotations

from starlette.routing import Route

from cloudshell_local.portal.fields import attribute_fields, editable, masked_attributes, submitted_attributes
from cloudshell_local.portal.filters import quoted
from cloudshell_local.portal.pages import NoContent, Page, PageRequest, PageResponse, Redirect
from cloudshell_local.portal.web import Web
from cloudshell_local.services.background import Task
from cloudshell_local.services.container import Services
from cloudshell_local.storage.changes import EXECUTION, WORK
from cloudshell_local.storage.model import Resource

DISCOVERY = "Discovery"


class InventoryPages:
    """The pages of Inventory, for administrators."""

    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._store = services.store
        self._catalog = services.catalog
        self._passwords = services.passwords
        self._inventory = services.inventory
        self._background = services.background

    def routes(self) -> list[Route]:
        """Return the routes of Inventory's pages and actions."""
        one = "/inventory/{name}"
        return [
            self._web.page("/inventory", self._list),
            self._web.page("/inventory/new", self._new),
            self._web.action("/inventory/new", self._create),
            self._web.page(one, self._show),
            self._web.page(f"{one}/discovery", self._show_discovery),
            self._web.action(f"{one}/discovery", self._discover),
            self._web.page(f"{one}/attributes", self._show_attributes),
            self._web.action(f"{one}/attributes", self._set_attributes),
            self._web.action(f"{one}/excluded", self._set_excluded),
            self._web.action(f"{one}/delete", self._delete),
        ]

    def _list(self, request: PageRequest) -> PageResponse:
        shells = {shell.model: shell.name for shell in self._catalog}
        return Page("inventory.html", {"resources": self._store.resources, "shells": shells}, ("resource",))

    def _new(self, request: PageRequest) -> PageResponse:
        name = request.query.get("shell", "")
        shell = self._catalog.shell(name) if name else None
        return Page("new_resource.html", {"shells": self._catalog, "shell": shell})

    def _create(self, request: PageRequest) -> PageResponse:
        shell = self._catalog.shell(request.hidden("shell"))
        name = request.required("name", "The resource's name")
        if not shell.discovery.hides_address:
            request.required("address", "The resource's address")
        self._inventory.create_again(
            shell.model, name, request.text("address"), description=request.text("description")
        )
        if not shell.discovery.is_enabled:
            return Redirect(f"/inventory/{quoted(name)}/attributes")
        self._inventory.set_excluded(name, True)  # Until it is discovered: docs/reference/server.md §5.
        return Redirect(f"/inventory/{quoted(name)}/discovery")

    def _show(self, request: PageRequest) -> PageResponse:
        resource = self._resource(request)
        values = masked_attributes(resource.attributes, self._passwords)
        tasks = self._background.running(resource.id)
        return Page("resource.html", {"resource": resource, "attributes": values, "tasks": tasks}, ("resource", WORK))

    def _show_discovery(self, request: PageRequest) -> PageResponse:
        resource = self._resource(request)
        shell = self._catalog.of_model(resource.model)
        values = {
            "resource": resource,
            "shell": shell,
            "fields": attribute_fields(shell.discovery.attributes, resource.attributes, self._passwords),
            "is_discovering": DISCOVERY in self._background.running(resource.id),
        }
        return Page("discovery.html", values, ("resource", WORK, EXECUTION))

    def _discover(self, request: PageRequest) -> PageResponse:
        resource = self._resource(request)
        shell = self._catalog.of_model(resource.model)
        self._inventory.set_attributes(resource.name, submitted_attributes(request.form, shell.discovery.attributes))
        # Its result needs no handler: the service writes it into the resource's live status, which the page shows.
        self._background.start(Task(resource.id, DISCOVERY), lambda: self._inventory.discover(resource.name))
        return NoContent(_path(resource, "discovery"))

    def _show_attributes(self, request: PageRequest) -> PageResponse:
        resource = self._resource(request)
        definitions = editable(self._catalog.attributes(resource.model))
        fields = attribute_fields(definitions, resource.attributes, self._passwords)
        return Page("attributes.html", {"resource": resource, "fields": fields})

    def _set_attributes(self, request: PageRequest) -> PageResponse:
        resource = self._resource(request)
        definitions = editable(self._catalog.attributes(resource.model))
        self._inventory.set_attributes(resource.name, submitted_attributes(request.form, definitions))
        return Redirect(_path(resource))

    def _set_excluded(self, request: PageRequest) -> PageResponse:
        resource = self._resource(request)
        self._inventory.set_excluded(resource.name, request.text("excluded") == "yes")
        return NoContent(_path(resource))

    def _delete(self, request: PageRequest) -> PageResponse:
        self._inventory.delete(self._resource(request).name)
        return Redirect("/inventory")

    def _resource(self, request: PageRequest) -> Resource:
        return self._store.resources.get(request.path["name"])


def _path(resource: Resource, page: str = "") -> str:
    return f"/inventory/{quoted(resource.name)}" + (f"/{page}" if page else "")
