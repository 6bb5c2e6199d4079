"""Inventory: the resources, their discovery, attributes and live status."""

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
# The characters that CloudShell allows in names: docs/reference/server.md §5, Inventory resource.
NAME = re.compile(r"[A-Za-z0-9 |.\-_\][]{1,100}")


def require_name(kind: str, name: str) -> str:
    """Return a name; raise WrongCall for one that CloudShell does not allow. kind: what it names, for the error."""
    if not NAME.fullmatch(name):
        right = "1 to 100 letters, digits, spaces and | . - _ [ ]"
        raise WrongCall(f"The {kind} name '{name}' should be {right}")
    return name


class Inventory:
    """The resources of the server, as the Inventory dashboard shows them."""

    def __init__(self, data: DataFolder, catalog: Catalog, commands: CommandService) -> None:
        self._store = data.store
        self._passwords = data.passwords
        self._catalog = catalog
        self._commands = commands

    def create(
        self, model: str, name: str, address: str = "", values: Mapping[str, str] | None = None, description: str = ""
    ) -> Resource:
        """Create a resource and return it; it is not discovered yet.

        values: attributes by short or full names. Raises NotFound, AlreadyExists or WrongCall.
        """
        require_name("resource", name)
        if model in BUILT_IN_MODELS:
            raise WrongCall(f"A resource of the model '{model}' comes of deploying an App")
        shell = self._catalog.of_model(model)
        if shell.discovery.hides_address:
            address = address or "NA"
        definitions = {**shell.attributes, **shell.discovery.attributes}
        complete = attributes.complete(name, definitions, values or {}, self._passwords)
        resource = Resource(
            name, shell.family, model, address, complete, description, driver=shell.driver.name, created=now()
        )
        return self._store.resources.add(name, resource)

    def discover(self, name: str) -> None:
        """Discover a resource: run get_inventory, and set the attributes that it answers.

        The resource is excluded and offline meanwhile, and stays so when the discovery fails, as on the real server
        (docs/reference/server.md §5). Raises NotFound, NoDriver, NoSuchCommand or CommandFailed.
        """
        resource = self._store.resources.get(name)
        self._commands.require_discovery(resource)
        self._set_state(name, excluded=True, status=(OFFLINE, "Discovery is under way"))
        try:
            self._take_over(resource, self._commands.discover(resource))
        except (CommandFailed, EnvironmentFailed, NotFound, WrongCall) as error:
            problem = f"Resource '{name}' synchronization failed due to a driver error: {error}"
            self._set_state(name, excluded=True, status=(OFFLINE, problem))
            raise CommandFailed(problem) from error
        self._set_state(name, excluded=False, status=(ONLINE, ""))
        self._warn_about_networking(self._store.resources.get(name))

    def rename(self, name: str, new_name: str) -> None:
        """Rename a resource; raise NotFound, AlreadyExists, InUse or WrongCall."""
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
        """Delete a resource; the VM of a deployed app is deleted first. Raises NotFound, InUse or CommandFailed."""
        resource = self._store.resources.get(name)
        users = self._users(resource)
        if users:
            raise InUse(f"The resource '{name}' cannot be deleted while it is used", users)
        if resource.vm_details:
            self._commands.run_on_app(resource, "DeleteInstance")
        self._store.resources.remove(name)
        self._commands.end_driver(resource)

    def set_attributes(self, name: str, values: Mapping[str, str]) -> None:
        """Set attributes of a resource, by full or short names; raise NotFound or WrongCall, and then none is set."""
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
        """Set the live status of a resource. Any name is accepted, since the real server's rule is not documented."""
        with self._store.resources.changing(name) as resource:
            resource.live_status = (status, info)

    def set_excluded(self, name: str, excluded: bool) -> None:
        """Exclude a resource from sandboxes, or include it; neither discovers it."""
        with self._store.resources.changing(name) as resource:
            resource.excluded = excluded

    def _set_state(self, name: str, excluded: bool, status: tuple[str, str]) -> None:
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

    def _warn_about_networking(self, resource: Resource) -> None:
        # The real server takes a shell for L3 when its driver has PrepareSandboxInfra: docs/reference/server.md §6.
        declared = resource.attributes.get(f"{resource.model}.Networking type", "")
        is_l3 = self._catalog.of_model(resource.model).is_l3
        if declared and (declared == "L3") != is_l3:
            kind = "L3" if is_l3 else "L2"
            logger.warning(
                "%s: its Networking type is %s, but by its driver's commands it is %s", resource.name, declared, kind
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
        raise CommandFailed("get_inventory answered something that is not AutoLoadDetails") from None
