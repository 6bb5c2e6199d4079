"""Sandboxes: the diagram of each, and its activity feed. Setup and teardown are in `lifecycle`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from cloudshell_local.errors import LocalError, NotFound, WrongCall, known_names
from cloudshell_local.execution.executions import Execution
from cloudshell_local.orchestration.inputs import require_inputs
from cloudshell_local.services import diagrams, feed
from cloudshell_local.services.names import LONGEST, Named, require_name
from cloudshell_local.services.times import minutes_from_now, now
from cloudshell_local.services.vlan_ids import require_ids
from cloudshell_local.storage.model import (
    App,
    Blueprint,
    Connector,
    Message,
    Resource,
    Sandbox,
    Service,
    new_id,
)
from cloudshell_local.storage.parts import Parts, copied
from cloudshell_local.storage.store import Store

# Names of a connector's attributes, by the side that they are about (docs/reference/wire.md §7).
INTERFACE = {"source": "Source Interface", "target": "Target Interface"}
REQUESTED_VNIC = {"source": "Requested Source vNIC Name", "target": "Requested Target vNIC Name"}


class Sandboxes:
    """The sandboxes of the server. An id that is unknown raises NotFound in every method."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, sandbox_id: str) -> Sandbox:
        """Return the current state of a sandbox."""
        return self._store.sandboxes.get(sandbox_id)

    def live(self, sandbox_id: str) -> Sandbox:
        """Return the current state of a sandbox; raise WrongCall if it has ended."""
        sandbox = self.get(sandbox_id)
        if sandbox.is_over:
            raise WrongCall(f"The sandbox '{sandbox.name}' has ended")
        return sandbox

    def all_live(self) -> list[Sandbox]:
        """Return all sandboxes that have not ended."""
        return [sandbox for sandbox in self._store.sandboxes if not sandbox.is_over]

    def changing(self, sandbox_id: str) -> AbstractContextManager[Sandbox]:
        """Yield a copy of a sandbox, which replaces it when the block ends and is dropped when it raises."""
        return self._store.sandboxes.changing(sandbox_id)

    @contextmanager
    def changing_live(self, sandbox_id: str) -> Iterator[Sandbox]:
        """Yield a copy of a sandbox as `changing` does; raise WrongCall if it has ended."""
        with self.changing(sandbox_id) as sandbox:
            self.live(sandbox_id)
            yield sandbox

    def create(self, name: str, owner: str, minutes: int, inputs: Mapping[str, str] | None = None) -> Sandbox:
        """Create an empty sandbox and return it; raise WrongCall for its name or an input.

        minutes: its duration. inputs: of its orchestration.
        """
        require_name(Named.SANDBOX, name)
        require_inputs(inputs or {})
        sandbox = Sandbox(new_id(), name, owner, now(), minutes_from_now(minutes), inputs=dict(inputs or {}))
        self._store.sandboxes.put(sandbox.id, sandbox)
        self.post(sandbox.id, f"The sandbox '{name}' was created")
        return sandbox

    def create_from(
        self, blueprint: Blueprint, name: str, owner: str, minutes: int, inputs: Mapping[str, str] | None = None
    ) -> Sandbox:
        """Create a sandbox from a blueprint, and return it.

        name: the blueprint's, as far as it is short enough, unless given. Raises WrongCall for a name that CloudShell does
        not allow, for an input that orchestration could not have, and when the blueprint needs an excluded resource.
        """
        self._refuse_excluded(blueprint)
        require_inputs(inputs or {})
        name = require_name(Named.SANDBOX, name) if name else blueprint.name[: LONGEST[Named.SANDBOX]]
        sandbox = Sandbox(new_id(), name, owner, now(), minutes_from_now(minutes), blueprint.name)
        sandbox.description, sandbox.inputs = blueprint.description, dict(inputs or {})
        sandbox.apps, sandbox.services = Parts(copied(blueprint.apps)), Parts(copied(blueprint.services))
        sandbox.connectors = Parts(
            Connector(each.source, each.target, each.direction, each.alias, attributes=dict(each.attributes))
            for each in blueprint.connectors
        )
        sandbox.resources = {resource: (0, 0) for resource in blueprint.resources}
        sandbox.has_teardown = blueprint.has_teardown and blueprint.teardown_minutes > 0
        self._store.sandboxes.put(sandbox.id, sandbox)
        self.post(sandbox.id, f"The sandbox '{sandbox.name}' was created from the blueprint '{blueprint.name}'")
        return sandbox

    def write(self, sandbox_id: str, text: str) -> None:
        """Write a message of a client into the activity feed, or raise."""
        feed.write(self._store, sandbox_id, text)

    def post(self, sandbox_id: str, text: str) -> None:
        """Post a message to the activity feed."""
        feed.post(self._store, sandbox_id, text)

    def post_error(self, sandbox_id: str, text: str) -> None:
        """Post an error to the activity feed, in red."""
        feed.post_error(self._store, sandbox_id, text)

    @contextmanager
    def refusal_posted(self, sandbox_id: str, command: str, resource: Resource) -> Iterator[None]:
        """Post to the activity feed why a command could not be started: scripts, as the setup, tell only that it failed."""
        try:
            yield
        except LocalError as error:
            self.post_error(sandbox_id, f"'{command}' on {resource.name_in_sandbox}: not started: {error}")
            raise

    def last_error(self, sandbox_id: str) -> str:
        """Return the last error in the activity feed, empty if there is none."""
        begin, _, end = feed.RED.partition("{}")
        errors = [each.text for each in self.feed(sandbox_id) if each.text.startswith(begin)]
        return errors[-1].removeprefix(begin).removesuffix(end) if errors else ""

    def post_output(self, sandbox_id: str, execution: Execution) -> None:
        """Post the output of a command, without its secrets, to the activity feed when the command succeeds."""

        def post(_: object) -> None:
            if not execution.answer.exception() and execution.answer.result():
                self.post(sandbox_id, execution.without_secrets(execution.answer.result() or ""))

        execution.answer.add_done_callback(post)

    def feed(self, sandbox_id: str) -> list[Message]:
        """Return the activity feed, the newest line last."""
        return self._store.feed(sandbox_id)

    def delete(self, sandbox_id: str) -> None:
        """Delete a sandbox and its activity feed; raise WrongCall unless it has ended."""
        sandbox = self.get(sandbox_id)
        if not sandbox.is_over:
            raise WrongCall(f"The sandbox '{sandbox.name}' must be ended before it can be deleted")
        self._store.sandboxes.remove(sandbox_id)
        self._store.delete_feed(sandbox_id)

    def add_app(self, sandbox_id: str, app: App) -> None:
        """Add an App, with a number after its name if that is taken; raise WrongCall if the sandbox has ended."""
        with self.changing_live(sandbox_id) as sandbox:
            diagrams.add_app(sandbox, app)

    def remove_app(self, sandbox_id: str, name: str) -> None:
        """Remove an App that is not deployed, with its connectors; raise NotFound, or WrongCall when one is connected."""
        with self.changing(sandbox_id) as sandbox:
            diagrams.remove_app(sandbox, name)

    def add_service(self, sandbox_id: str, service: Service) -> None:
        """Add a service to a sandbox; raise WrongCall when its alias is taken, or the sandbox has ended.

        A Subnet service cannot be added, edited or removed in a sandbox: docs/reference/server.md §6.
        """
        with self.changing_live(sandbox_id) as sandbox:
            diagrams.add_service(sandbox, service)
            _require_no_subnet(sandbox, service)

    def remove_services(self, sandbox_id: str, aliases: Sequence[str]) -> None:
        """Remove services by their aliases, with their connectors.

        Raises NotFound, or WrongCall when one is connected or is a Subnet service.
        """
        with self.changing(sandbox_id) as sandbox:
            for alias in aliases:
                _require_no_subnet(sandbox, diagrams.find_service(sandbox, alias))
                diagrams.remove_service(sandbox, alias)

    def set_service_attributes(self, sandbox_id: str, alias: str, values: Mapping[str, str]) -> None:
        """Set attributes of a service; raise NotFound for an unknown alias, or WrongCall.

        Attributes of a Subnet service cannot be set, nor VLAN ids that cannot be read.
        """
        with self.changing(sandbox_id) as sandbox:
            service = diagrams.find_service(sandbox, alias)
            _require_no_subnet(sandbox, service)
            require_ids(values)
            service.attributes.update(values)

    def rename_service(self, sandbox_id: str, alias: str, new_alias: str) -> None:
        """Rename a service, also where connectors end at it; raise NotFound, or WrongCall when the alias is taken."""
        with self.changing(sandbox_id) as sandbox:
            service = diagrams.find_service(sandbox, alias)
            if new_alias != alias and diagrams.is_taken(sandbox, new_alias):
                raise WrongCall(f"Two things of the diagram are named '{new_alias}'")
            service.alias = new_alias
            diagrams.move_connectors(sandbox, alias, new_alias)
            if alias in sandbox.vlans:
                sandbox.vlans[new_alias] = sandbox.vlans.pop(alias)

    def set_connectors(self, sandbox_id: str, connectors: Sequence[Connector]) -> None:
        """Add connectors, or update those between the same things; raise WrongCall for one that ends at nothing."""
        with self.changing_live(sandbox_id) as sandbox:
            diagrams.add_connectors(sandbox, connectors)

    def set_connector_attributes(self, sandbox_id: str, source: str, target: str, values: Mapping[str, str]) -> None:
        """Set attributes of the connector between two things; raise ConnectionNotFound, or WrongCall for its VLAN ids."""
        require_ids(values)
        with self.changing(sandbox_id) as sandbox:
            diagrams.find_connector(sandbox, source, target).attributes.update(values)

    def remove_connectors(self, sandbox_id: str, endpoints: Sequence[str]) -> None:
        """Remove the connectors between pairs of endpoints; raise ConnectionNotFound, or WrongCall when one is connected."""
        with self.changing(sandbox_id) as sandbox:
            diagrams.remove_connectors(sandbox, endpoint_pairs(endpoints))

    def add_resources(self, sandbox_id: str, names: Sequence[str]) -> None:
        """Add resources of Inventory to a sandbox; raise NotFound, or WrongCall when one is excluded."""
        with self.changing_live(sandbox_id) as sandbox:
            for resource in [self._store.resources.get(name) for name in names]:
                _require_included(resource)
            sandbox.resources.update({name: (0, 0) for name in names})

    def move_resource(self, sandbox_id: str, name: str, position: tuple[float, float]) -> None:
        """Set the position of a resource in the diagram; raise NotFound for one that is not in the sandbox."""
        with self.changing_live(sandbox_id) as sandbox:
            if name not in sandbox.resources:
                raise NotFound(name, known_names("Resources of the sandbox", sandbox.resources))
            sandbox.resources[name] = position

    def provider_of(self, sandbox: Sandbox, name: str) -> str:
        """Return the name of the cloud provider of an App, deployed or not; empty for anything that is no App."""
        app = sandbox.apps.get(name)
        if app:
            return app.path.provider
        if name in sandbox.resources and name in self._store.resources:
            details = self._store.resources.get(name).vm_details
            return details.provider if details else ""
        return ""

    def providers_of(self, sandbox: Sandbox, connector: Connector) -> list[str]:
        """Return the names of the cloud providers of the Apps at the ends of a connector."""
        found = [self.provider_of(sandbox, name) for name in (connector.source, connector.target)]
        return [name for name in dict.fromkeys(found) if name]

    def _refuse_excluded(self, blueprint: Blueprint) -> None:
        names = [path.provider for app in blueprint.apps for path in [app.path]]
        for name in [*names, *blueprint.resources]:
            _require_included(self._store.resources.get(name))


def endpoint_pairs(endpoints: Sequence[str]) -> list[tuple[str, str]]:
    """Return a list of endpoints as pairs; raise WrongCall for a list of odd length."""
    if len(endpoints) % 2:
        raise WrongCall("The endpoints should be pairs: a source, its target, another source, ...")
    return list(zip(endpoints[::2], endpoints[1::2]))


def _require_no_subnet(sandbox: Sandbox, service: Service) -> None:
    """Raise WrongCall for a Subnet service, unless a setup is running that has not prepared the subnets yet."""
    is_early = sandbox.provisioning == "Setup" and not sandbox.networks
    if service.is_subnet and not is_early:
        raise WrongCall(
            f"The Subnet service '{service.alias}' cannot be added, edited or removed in a sandbox: subnets are made when "
            "it is set up; change its blueprint, and reserve another"
        )


def _require_included(resource: Resource) -> None:
    if resource.excluded:
        raise WrongCall(
            f"The resource '{resource.name}' is excluded; discover it, or include it, to use it in a sandbox"
        )
