"""Inventory: the resources, their discovery, attributes and live status."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cloudshell_local.errors import CommandFailed, EnvironmentFailed, InUse, LocalError, NotFound, WrongCall
from cloudshell_local.services import attributes, autoload, feed, usage
from cloudshell_local.services.commands.service import OFFLINE, ONLINE, CommandService
from cloudshell_local.services.names import Named, require_name
from cloudshell_local.services.times import now
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.shells.standards import APP, BUILT_IN_MODELS, AttributeDefinition
from cloudshell_local.storage.data_folder import DataFolder
from cloudshell_local.storage.model import DISCOVERED, NEVER_DISCOVERED, Resource, SubResource, VmDetails

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

    def split(self, path: str) -> tuple[str, str]:
        """Return the name of the resource and of the sub-resource in it that a full path names; raise NotFound.

        path: may begin with the resource's own folder, which only deployed Apps have. The name of the sub-resource is empty
        for the resource itself.
        """
        parts = path.split("/")
        for number, name in enumerate(parts):
            folder, part = "/".join(parts[:number]), "/".join(parts[number + 1 :])
            if self._is_in(name, folder) and part in ("", *self._sub_resource_names(name)):
                return name, part
        return self._store.resources.get(path).name, ""

    def _is_in(self, name: str, folder: str) -> bool:
        return name in self._store.resources and folder in ("", self._store.resources.get(name).folder)

    def name_at(self, path: str) -> str:
        """Return the name of the resource at a full path; raise NotFound, or WrongCall for a sub-resource."""
        name, part = self.split(path)
        if part:
            raise WrongCall(f"'{path}' is a sub-resource; it comes and goes with its resource, when that is discovered")
        return name

    def discover(self, name: str) -> None:
        """Discover a resource: run get_inventory, and take over the attributes and sub-resources that it answers.

        The attribute VmDetails of an app shell makes the resource a static VM of the provider that it names
        (docs/reference/features.md A6). What cannot be taken over is left out, with a line in the feed of its sandboxes.

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
        """Delete a resource; the VM of a deployed app is deleted first, a static VM is left alone.

        Raises NotFound, InUse or CommandFailed.
        """
        resource = self._store.resources.get(name)
        users = usage.users(self._store, name)
        if users:
            raise InUse(f"The resource '{name}' cannot be deleted while it is used", users)
        if resource.vm_details and not resource.is_static_vm:
            self._commands.run_on_app(resource, "DeleteInstance")
        self._store.resources.remove(name)
        self._commands.end_driver(resource)

    def set_attributes(self, path: str, values: Mapping[str, str]) -> None:
        """Set attributes of a resource or a sub-resource; raise NotFound or WrongCall, and then none is set.

        path: its name or full path. values: by full or short names.
        """
        name, part = self.split(path)
        with self._store.resources.changing(name) as resource:
            owner, definitions = self._owner(resource, part)
            owner.attributes = attributes.merged(path, definitions, owner.attributes, values, self._passwords)

    def attribute(self, path: str, attribute: str) -> tuple[str, str]:
        """Return the full name and the value of an attribute; a password's is encrypted. Raises NotFound.

        path: the name or full path of a resource or a sub-resource.
        """
        name, part = self.split(path)
        owner, definitions = self._owner(self._store.resources.get(name), part)
        full = attributes.full_name(path, definitions, attribute)
        return full, owner.attributes.get(full, "")

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
        found = autoload.read(answer)
        details = self._static_vm(resource, found)
        definitions = self._catalog.attributes(resource.model)
        parts = [self._with_encrypted_passwords(each, definitions) for each in found.sub_resources]
        # Drivers may name an attribute of the standard by the family's name: docs/reference/features.md A9.
        values = {name.removeprefix(f"{resource.family}."): value for name, value in found.attributes.items()}
        with self._store.resources.changing(resource.name) as changed:
            changed.attributes = attributes.merged(
                resource.name, definitions, changed.attributes, values, self._passwords
            )
            changed.sub_resources = _updated(changed.sub_resources, parts)
            changed.vm_details = details or changed.vm_details
        self._report(resource.name, found.left_out)

    def _static_vm(self, resource: Resource, found: autoload.AutoLoadDetails) -> VmDetails | None:
        """Take the VM details of a static VM out of what was discovered, and return them; None if there are none."""
        if self._catalog.of_model(resource.model).kind != APP or autoload.VM_DETAILS not in found.attributes:
            return None
        details = autoload.vm_details(found.attributes.pop(autoload.VM_DETAILS))
        if resource.app:
            found.left_out.append(
                f"The attribute {autoload.VM_DETAILS} is left out: Deploy has answered the VM details"
            )
            return None
        details.provider = self._commands.provider(self.name_at(details.provider)).name
        before = resource.vm_details
        is_same = before and (before.uid, before.provider) == (details.uid, details.provider)
        return replace(before, custom_parameters=details.custom_parameters) if before and is_same else details

    def _with_encrypted_passwords(
        self, part: SubResource, definitions: Mapping[str, AttributeDefinition]
    ) -> SubResource:
        known = _definitions_of(part, definitions)
        secret = [name for name in part.attributes if known[name].is_password]
        return replace(
            part,
            attributes={**part.attributes, **{name: self._passwords.encrypt(part.attributes[name]) for name in secret}},
        )

    def _report(self, name: str, sentences: Sequence[str]) -> None:
        """Write what discovery has left out to the log, and to the feed of the sandboxes that have the resource."""
        sandboxes = [each.id for each in self._store.sandboxes if name in each.resources and not each.is_over]
        for sentence in sentences:
            logger.warning("Discovery of %s: %s", name, sentence)
            for sandbox in sandboxes:
                feed.post(self._store, sandbox, f"Discovery of '{name}': {sentence}")

    def _owner(self, resource: Resource, part: str) -> tuple[Resource | SubResource, Mapping[str, AttributeDefinition]]:
        """Return a resource, or the sub-resource of this name in it, and the definitions of its attributes."""
        definitions = self._catalog.attributes(resource.model)
        if not part:
            return resource, definitions
        owner = next(each for each in resource.sub_resources if each.name == part)
        return owner, _definitions_of(owner, definitions)

    def _sub_resource_names(self, resource: str) -> list[str]:
        return [each.name for each in self._store.resources.get(resource).sub_resources]

    def _warn_about_networking(self, resource: Resource) -> None:
        # The real server takes a shell for L3 when its driver has PrepareSandboxInfra: docs/reference/server.md §6.
        declared = resource.attributes.get(f"{resource.model}.Networking type", "")
        is_l3 = self._catalog.of_model(resource.model).is_l3
        if declared and (declared == "L3") != is_l3:
            kind = "L3" if is_l3 else "L2"
            logger.warning(
                "%s: its Networking type is %s, but by its driver's commands it is %s", resource.name, declared, kind
            )


def _updated(before: Sequence[SubResource], found: Sequence[SubResource]) -> list[SubResource]:
    """Return the found sub-resources; each keeps the attributes that it had and that were not answered again."""
    known = {(each.address, each.model): each.attributes for each in before}
    return [
        replace(each, attributes={**known.get((each.address, each.model), {}), **each.attributes}) for each in found
    ]


def _definitions_of(
    part: SubResource, definitions: Mapping[str, AttributeDefinition]
) -> dict[str, AttributeDefinition]:
    """Return the definitions of a sub-resource's attributes. definitions: those of its resource's model.

    The shell defines an attribute of its ports as "GenericVPort.Requested vNIC Name" (docs/reference/features.md A9). One
    that it does not define is a text, or a password if it is named so.
    """
    own = {name: each for name, each in definitions.items() if name.startswith(f"{part.model}.")}
    answered = {name: autoload.undefined_attribute(name) for name in part.attributes}
    return {**answered, **own}
