"""Inventory: the resources, their discovery, attributes and live status."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cloudshell_local.errors import CommandFailed, EnvironmentFailed, InUse, LocalError, NotFound, WrongCall
from cloudshell_local.services import attributes, usage
from cloudshell_local.services.commands.service import OFFLINE, ONLINE, CommandService
from cloudshell_local.services.names import Named, require_name
from cloudshell_local.services.times import now
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.shells.standards import BUILT_IN_MODELS
from cloudshell_local.storage.data_folder import DataFolder
from cloudshell_local.storage.model import DISCOVERED, NEVER_DISCOVERED, Resource

logger = logging.getLogger(__name__)


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
        return self._store.resources.add(name, self._new(model, name, address, values or {}, description))

    def create_again(
        self, model: str, name: str, address: str = "", values: Mapping[str, str] | None = None, description: str = ""
    ) -> Resource:
        """Create a resource as `create` does, also in the place of one of the same model whose discovery never succeeded.

        That is left of somebody's attempt to create it, and is replaced by what is given now.
        """
        made = self._new(model, name, address, values or {}, description)
        with self._store.lock:
            if not self._is_attempt(model, name):
                return self._store.resources.add(name, made)
            before = self._store.resources.get(name)
            return self._store.resources.put(name, replace(made, id=before.id, created=before.created))

    def discover(self, name: str) -> None:
        """Discover a resource: run get_inventory, and set the attributes that it answers.

        The resource is excluded and offline meanwhile, and stays so when the discovery fails, as on the real server
        (docs/reference/server.md §5). Raises NotFound, NoDriver, NoSuchCommand or CommandFailed.
        """
        resource = self._store.resources.get(name)
        try:
            self._discover(resource)
        except LocalError:
            self._note_discovery(name, resource.discovery or NEVER_DISCOVERED)
            raise
        self._note_discovery(name, DISCOVERED)

    def rename(self, name: str, new_name: str) -> None:
        """Rename a resource, also in App templates and blueprints; raise NotFound, AlreadyExists, InUse or WrongCall.

        InUse names the sandboxes and deployed apps that use it: orchestration and drivers know it by its name.
        """
        require_name(Named.RESOURCE, new_name)
        with self._store.lock:
            self._store.resources.get(name)
            users = usage.live_users(self._store, name)
            if users:
                raise InUse(f"The resource '{name}' cannot be renamed while it is used", users)
            with self._store.resources.changing(name) as changed:
                changed.name = new_name
                self._store.resources.add(new_name, changed)
            usage.follow_rename(self._store, name, new_name)
            self._store.resources.remove(name)

    def delete(self, name: str) -> None:
        """Delete a resource; the VM of a deployed app is deleted first. Raises NotFound, InUse or CommandFailed."""
        resource = self._store.resources.get(name)
        users = usage.users(self._store, name)
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

    def _is_attempt(self, model: str, name: str) -> bool:
        if name not in self._store.resources:
            return False
        before = self._store.resources.get(name)
        is_attempt = before.model == model and before.discovery == NEVER_DISCOVERED
        return is_attempt and not usage.users(self._store, name)

    def _new(self, model: str, name: str, address: str, values: Mapping[str, str], description: str) -> Resource:
        require_name(Named.RESOURCE, name)
        if model in BUILT_IN_MODELS:
            raise WrongCall(f"A resource of the model '{model}' comes of deploying an App")
        shell = self._catalog.of_model(model)
        if shell.discovery.hides_address:
            address = address or "NA"
        definitions = {**shell.attributes, **shell.discovery.attributes}
        complete = attributes.complete(name, definitions, values, self._passwords)
        return Resource(
            name, shell.family, model, address, complete, description, driver=shell.driver.name, created=now()
        )

    def _discover(self, resource: Resource) -> None:
        name = resource.name
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

    def _set_state(self, name: str, excluded: bool, status: tuple[str, str]) -> None:
        with self._store.resources.changing(name) as resource:
            resource.excluded, resource.live_status = excluded, status

    def _note_discovery(self, name: str, outcome: str) -> None:
        with self._store.resources.changing(name) as resource:
            resource.discovery = outcome

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


def _discovered(answer: str | None) -> dict[str, Any]:
    try:
        found = json.loads(answer or "{}")
        return found if isinstance(found, dict) else {}
    except ValueError:
        raise CommandFailed("get_inventory answered something that is not AutoLoadDetails") from None
