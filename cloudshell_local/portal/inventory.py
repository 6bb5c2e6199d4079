"""Inventory: the resources, new ones and their discovery."""

from __future__ import annotations

from starlette.routing import Route

from cloudshell_local.portal.fields import fields, shown, typed
from cloudshell_local.portal.web import Answer, Asked, Goto, Page, Stay, Web, quoted
from cloudshell_local.services.background import Task
from cloudshell_local.services.container import Services
from cloudshell_local.storage.changes import EXECUTION, WORK
from cloudshell_local.storage.model import Resource

DISCOVERY = "Discovery"


class InventoryPages:
    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._store = services.store
        self._catalog = services.catalog
        self._passwords = services.passwords
        self._inventory = services.inventory
        self._background = services.background

    def routes(self) -> list[Route]:
        """Return the routes of Inventory."""
        one = "/inventory/{name}"
        return [
            self._web.shows("/inventory", self._list, admin=True),
            self._web.shows("/inventory/new", self._new, admin=True),
            self._web.does("/inventory/new", self._create, admin=True),
            self._web.shows(one, self._show, admin=True),
            self._web.shows(f"{one}/discovery", self._show_discovery, admin=True),
            self._web.does(f"{one}/discovery", self._discover, admin=True),
            self._web.shows(f"{one}/attributes", self._show_attributes, admin=True),
            self._web.does(f"{one}/attributes", self._set_attributes, admin=True),
            self._web.does(f"{one}/excluded", self._set_excluded, admin=True),
            self._web.does(f"{one}/delete", self._delete, admin=True),
        ]

    def _list(self, asked: Asked) -> Answer:
        shells = {shell.model: shell.name for shell in self._catalog}
        return Page("inventory.html", {"resources": self._store.resources, "shells": shells}, ("resource",))

    def _new(self, asked: Asked) -> Answer:
        name = asked.query.get("shell", "")
        shell = self._catalog.shell(name) if name else None
        return Page("new_resource.html", {"shells": self._catalog, "shell": shell})

    def _create(self, asked: Asked) -> Answer:
        shell = self._catalog.shell(asked.given("shell"))
        name = asked.required("name", "The resource's name")
        if not shell.discovery.hides_address:
            asked.required("address", "The resource's address")
        self._inventory.create(shell.model, name, asked.typed("address"), description=asked.typed("description"))
        self._inventory.set_excluded(name, True)  # until it is discovered
        return Goto(f"/inventory/{quoted(name)}/discovery")

    def _show(self, asked: Asked) -> Answer:
        resource = self._resource(asked)
        values = shown(resource.attributes, self._passwords)
        work = self._background.running(resource.id)
        return Page("resource.html", {"resource": resource, "attributes": values, "work": work}, ("resource", WORK))

    def _show_discovery(self, asked: Asked) -> Answer:
        resource = self._resource(asked)
        shell = self._catalog.of_model(resource.model)
        values = {
            "resource": resource,
            "shell": shell,
            "fields": fields(shell.discovery.attributes, resource.attributes, self._passwords),
            "is_discovering": DISCOVERY in self._background.running(resource.id),
        }
        return Page("discovery.html", values, ("resource", WORK, EXECUTION))

    def _discover(self, asked: Asked) -> Answer:
        resource = self._resource(asked)
        shell = self._catalog.of_model(resource.model)
        self._inventory.set_attributes(resource.name, typed(asked.form, shell.discovery.attributes))
        # What comes of it is the resource's live status.
        self._background.start(Task(resource.id, DISCOVERY), lambda: self._inventory.discover(resource.name))
        return Stay(_path(resource, "discovery"))

    def _show_attributes(self, asked: Asked) -> Answer:
        resource = self._resource(asked)
        listed = fields(self._catalog.attributes(resource.model), resource.attributes, self._passwords)
        return Page("attributes.html", {"resource": resource, "fields": listed})

    def _set_attributes(self, asked: Asked) -> Answer:
        resource = self._resource(asked)
        self._inventory.set_attributes(resource.name, typed(asked.form, self._catalog.attributes(resource.model)))
        return Goto(_path(resource))

    def _set_excluded(self, asked: Asked) -> Answer:
        resource = self._resource(asked)
        self._inventory.set_excluded(resource.name, asked.typed("excluded") == "yes")
        return Stay(_path(resource))

    def _delete(self, asked: Asked) -> Answer:
        self._inventory.delete(self._resource(asked).name)
        return Goto("/inventory")

    def _resource(self, asked: Asked) -> Resource:
        return self._store.resources.get(asked.path["name"])


def _path(resource: Resource, page: str = "") -> str:
    return f"/inventory/{quoted(resource.name)}" + (f"/{page}" if page else "")
