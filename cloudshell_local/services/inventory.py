"""Inventory: resources, their discovery, attributes and live status."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from cloudshell_local.errors import CommandFailed, EnvironmentFailed, InUse, NotFound, WrongCall
from cloudshell_local.services import attributes
from cloudshell_local.services.commands.service import OFFLINE, ONLINE, CommandService
from cloudshell_local.services.times import now
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.shells.standards import BUILT_IN_MODELS
from cloudshell_local.storage.data_folder import DataFolder
from cloudshell_local.storage.model import Resource

logger = logging.getLogger(__name__)
NAME = re.compile(r"[A-Za-z0-9 |.\-_\][]{1,100}")


def require_name(kind: str, name: str) -> str:
    """Return a name that CloudShell allows, else raise WrongCall."""
    if not NAME.fullmatch(name):
        right = "1 to 100 letters, digits, spaces and | . - _ [ ]"
        raise WrongCall(f"The {kind} name '{name}' should be {right}")
    return name


class Inventory:
    """What the Inventory dashboard does."""

    def __init__(self, data: DataFolder, catalog: Catalog, commands: CommandService) -> None:
        self._store = data.store
        self._passwords = data.passwords
        self._catalog = catalog
        self._commands = commands

    def create(
        self, model: str, name: str, address: str = "", values: Mapping[str, str] | None = None, description: str = ""
    ) -> Resource:
        """Make a resource, which is not discovered yet; raise NotFound, AlreadyExists or WrongCall."""
        require_name("resource", name)
        if model in BUILT_IN_MODELS:
            raise WrongCall(f"A resource of the model '{model}' comes of deploying an App")
        shell = self._catalog.of_model(model)
        if shell.hides_address:
            address = address or "NA"
        kept = attributes.defaults({**shell.attributes, **shell.discovery}, self._passwords)
        kept = attributes.merged(name, shell.attributes, kept, values or {}, self._passwords)
        resource = Resource(
            name, shell.family, model, address, kept, description, driver=shell.driver.name, created=now()
        )
        return self._store.resources.add(name, resource)

    def discover(self, name: str) -> None:
        """Run get_inventory. Meanwhile the resource is excluded and offline, and it stays so if this fails.

        Raises NotFound, NoDriver, NoSuchCommand, CommandFailed.
        """
        resource = self._store.resources.get(name)
        self._commands.require_discovery(resource)
        self._show(name, excluded=True, status=(OFFLINE, "Discovery is under way"))
        try:
            self._take_over(resource, self._commands.discover(resource))
        except (CommandFailed, EnvironmentFailed, NotFound, WrongCall) as error:
            told = f"Resource '{name}' synchronization failed due to a driver error: {error}"
            self._show(name, excluded=True, status=(OFFLINE, told))
            raise CommandFailed(told) from error
        self._show(name, excluded=False, status=(ONLINE, ""))
        self._warn_of_networking(self._store.resources.get(name))

    def rename(self, name: str, new_name: str) -> None:
        """Give a resource another name; raise NotFound, AlreadyExists, InUse or WrongCall."""
        require_name("resource", new_name)
        with self._store.lock:
            resource = self._store.resources.get(name)
            users = self._users(resource)
            if users:
                raise InUse(f"The resource '{name}' cannot be renamed while it is used", users)
            with self._store.resources.changing(name) as changed:
                changed.name = new_name
                self._store.resources.add(new_name, changed)
            self._store.resources.remove(name)

    def delete(self, name: str) -> None:
        """Delete a resource; a deployed app's VM is deleted first. Raises NotFound, InUse, CommandFailed."""
        resource = self._store.resources.get(name)
        users = self._users(resource)
        if users:
            raise InUse(f"The resource '{name}' cannot be deleted while it is used", users)
        if resource.vm_details:
            self._commands.run_on_app(resource, "DeleteInstance")
        self._store.resources.remove(name)
        self._commands.end_driver(resource)

    def set_attributes(self, name: str, values: Mapping[str, str]) -> None:
        """Set attributes, by full or short names; raise NotFound or WrongCall, and then none is set."""
        with self._store.resources.changing(name) as resource:
            definitions = self._catalog.attributes(resource.model)
            resource.attributes = attributes.merged(name, definitions, resource.attributes, values, self._passwords)

    def attribute(self, name: str, attribute: str) -> tuple[str, str]:
        """Return an attribute's full name and value; a password's is encrypted. Raises NotFound."""
        resource = self._store.resources.get(name)
        full = attributes.full_name(name, self._catalog.attributes(resource.model), attribute)
        return full, resource.attributes.get(full, "")

    def set_address(self, name: str, address: str) -> None:
        """Set a resource's address."""
        with self._store.resources.changing(name) as resource:
            resource.address = address

    def set_live_status(self, name: str, status: str, info: str) -> None:
        """Set a resource's live status; the real server's answer to an unknown one is not documented, ours takes it."""
        with self._store.resources.changing(name) as resource:
            resource.live_status = (status, info)

    def set_excluded(self, name: str, excluded: bool) -> None:
        """Exclude a resource, or include it without another discovery."""
        with self._store.resources.changing(name) as resource:
            resource.excluded = excluded

    def _show(self, name: str, excluded: bool, status: tuple[str, str]) -> None:
        with self._store.resources.changing(name) as resource:
            resource.excluded, resource.live_status = excluded, status

    def _take_over(self, resource: Resource, answer: str | None) -> None:
        found = _discovered(answer)
        if found.get("resources"):
            raise CommandFailed("get_inventory answered sub-resources, which this server does not keep")
        values = {
            str(each["attribute_name"]): str(each["attribute_value"] or "")
            for each in found.get("attributes") or ()
            if not each.get("relative_address")
        }
        self.set_attributes(resource.name, values)

    def _warn_of_networking(self, resource: Resource) -> None:
        said = resource.attributes.get(f"{resource.model}.Networking type", "")
        is_l3 = self._catalog.of_model(resource.model).is_l3
        if said and (said == "L3") != is_l3:
            kind = "L3" if is_l3 else "L2"
            logger.warning(
                "%s: its Networking type is %s, but by its driver's commands it is %s", resource.name, said, kind
            )

    def _users(self, resource: Resource) -> list[str]:
        sandboxes = [f"the sandbox {each.name}" for each in self._store.sandboxes if resource.name in each.resources]
        apps = [
            f"the deployed app {each.name}"
            for each in self._store.resources
            if each.vm_details and each.vm_details.provider == resource.name
        ]
        return sandboxes + apps


def _discovered(answer: str | None) -> dict[str, Any]:
    try:
        found = json.loads(answer or "{}")
        return found if isinstance(found, dict) else {}
    except ValueError:
        raise CommandFailed("get_inventory answered something else than AutoLoadDetails") from None
