"""VLANs on L2 providers: connecting and disconnecting deployed Apps, during setup or when a user asks for it.

The actions and their rules: docs/reference/wire.md §7 and docs/reference/server.md §6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cloudshell_local.errors import CommandFailed, ConnectionFixed, ConnectionNotFound, LocalError, WrongCall
from cloudshell_local.services.commands import actions
from cloudshell_local.services.commands.actions import Json
from cloudshell_local.services.commands.service import CommandService
from cloudshell_local.services.diagrams import (
    connector_names,
    connectors_of,
    find_connectors,
    is_subnet_line,
    service_of,
)
from cloudshell_local.services.networking import allocation
from cloudshell_local.services.networking.service_models import POINT_TO_POINT
from cloudshell_local.services.sandboxes.sandboxes import INTERFACE, REQUESTED_VNIC, Sandboxes, endpoint_pairs
from cloudshell_local.storage.model import (
    CONNECTED,
    DISCONNECTED,
    FAILED,
    PARTIAL,
    Connector,
    Resource,
    Sandbox,
    Service,
)
from cloudshell_local.storage.store import Store

NETWORK = "Virtual Network"


@dataclass(frozen=True)
class _End:
    """Deployed app at an end of a connector, with the action for it. side: "source" or "target"."""

    connector: Connector
    side: str
    provider: str
    action: Json


@dataclass(frozen=True)
class _ActionResult:
    """Answer of the driver to an action; problem: why it failed, empty if it did not."""

    result: Json
    problem: str = ""


class Vlans:
    """Connects and disconnects the connectors of sandboxes on L2 providers."""

    def __init__(self, store: Store, commands: CommandService, sandboxes: Sandboxes) -> None:
        self._store = store
        self._commands = commands
        self._sandboxes = sandboxes

    def connect(self, sandbox_id: str, endpoints: Sequence[str]) -> list[Connector]:
        """Connect the connectors between pairs of endpoints, with one command per provider, and return them.

        endpoints: source, target, source, target, ... Raises ConnectionNotFound, WrongCall or Exhausted before any command
        is run, and CommandFailed when some could not be connected; the others are connected then.
        """
        sandbox = self._sandboxes.live(sandbox_id)
        wanted = find_connectors(sandbox, endpoint_pairs(endpoints))
        todo = [connector for connector in wanted if connector.state != CONNECTED]
        for connector in todo:
            self._require_connectable(sandbox, connector)
        for connector in todo:
            self._allocate_vlan(sandbox_id, connector)
        sandbox = self._sandboxes.get(sandbox_id)
        ends = [end for connector in todo for end in self._ends(sandbox, connector, "setVlan")]
        done = self._apply(sandbox, ends)
        self._record_connected(sandbox_id, todo, ends, done)
        _require_success(done)
        return wanted

    def disconnect(self, sandbox_id: str, endpoints: Sequence[str]) -> list[Connector]:
        """Disconnect the connectors between pairs of endpoints, and return them; raise ConnectionNotFound or CommandFailed.

        No command is run for an end whose VM is gone, nor for one on an L3 provider, where no such command exists: a
        connector to a subnet is disconnected in a teardown alone, and raises ConnectionFixed before.
        """
        sandbox = self._sandboxes.get(sandbox_id)
        found = find_connectors(sandbox, endpoint_pairs(endpoints))
        for connector in found:
            if connector.state == DISCONNECTED:
                connected = [each for each in sandbox.connectors.read_only() if each.state != DISCONNECTED]
                raise ConnectionNotFound(connector.source, connector.target, connector_names(connected))
            if sandbox.provisioning != "Teardown" and is_subnet_line(sandbox, connector):
                raise ConnectionFixed(connector.source, connector.target)
        ends = [end for connector in found for end in self._ends(sandbox, connector, "removeVlan")]
        done = self._apply(sandbox, ends)
        self._record_disconnected(sandbox_id, found, ends, done)
        _require_success(done)
        return found

    def remove_resource(self, sandbox_id: str, resource: Resource) -> None:
        """Remove a resource from a sandbox, with its connectors, which are disconnected.

        Its VM may be deleted already: the real server may send removeVlan after DeleteInstance (docs/reference/wire.md §7).
        """
        sandbox = self._sandboxes.get(sandbox_id)
        lines = connectors_of(sandbox, resource.name)
        open_lines = [each for each in lines if each.state in (CONNECTED, PARTIAL)]
        ends = [end for line in open_lines for end in self._ends(sandbox, line, "removeVlan", gone=resource)]
        for each in self._apply(sandbox, ends).values():
            if each.problem:
                self._sandboxes.post_error(sandbox_id, f"Disconnecting '{resource.name}' failed: {each.problem}")
        with self._sandboxes.changing(sandbox_id) as changed:
            for line in lines:
                if changed.connectors.has(line.id):
                    changed.connectors.remove(line)
            changed.resources.pop(resource.name, None)
            _release(changed)

    def _require_connectable(self, sandbox: Sandbox, connector: Connector) -> None:
        ends = f"'{connector.source}' and '{connector.target}'"
        providers = self._sandboxes.providers_of(sandbox, connector)
        if not providers:
            raise WrongCall(f"{ends} cannot be connected: neither is an App")
        service = service_of(sandbox, connector)
        for name in providers:
            self._require_vlans(name, ends, service)
        for name in (connector.source, connector.target):
            if sandbox.apps.has(name):
                raise WrongCall(f"The App '{name}' is not deployed; it cannot be connected yet")

    def _require_vlans(self, provider: str, ends: str, service: Service | None) -> None:
        """Raise WrongCall unless a provider uses VLANs and a service, if there is one, is a VLAN service."""
        is_l3, is_subnet = self._commands.is_l3(provider), service is not None and service.is_subnet
        if service and is_l3 != is_subnet:
            wrong, right = ("VLAN", "Subnet") if is_l3 else ("Subnet", "VLAN")
            raise WrongCall(
                f"{ends} cannot be connected: '{service.alias}' is a {wrong} service, and the provider '{provider}' "
                f"connects Apps to {right} services"
            )
        if is_l3:
            raise WrongCall(
                f"{ends} cannot be connected now: '{provider}' connects Apps to subnets when it deploys them; remove the "
                "connection, or the App"
            )

    def _allocate_vlan(self, sandbox_id: str, connector: Connector) -> None:
        """Allocate a VLAN for a connector, unless its service has one already."""
        with self._sandboxes.changing(sandbox_id) as sandbox:
            key, service = _vlan_of(sandbox, connector)
            if key in sandbox.vlans:
                return
            taken = [vlan for each in self._sandboxes.all_live() for vlan in each.vlans.values()]
            sandbox.vlans[key] = _choose(service, [*taken, *sandbox.vlans.values()])
            filled = sandbox.services.get(key)
            if filled and not filled.attributes.get(NETWORK):
                filled.attributes[NETWORK], filled.is_filled_in = sandbox.vlans[key], True

    def _ends(self, sandbox: Sandbox, connector: Connector, kind: str, gone: Resource | None = None) -> Iterator[_End]:
        """Yield the ends of a connector that are VMs on L2 providers. gone: one of them that is no longer in Inventory."""
        key, service = _vlan_of(sandbox, connector)
        for side, name in (("source", connector.source), ("target", connector.target)):
            resource = gone if gone and gone.name == name else self._resource(name)
            if not resource or not resource.vm_details or self._commands.is_l3(resource.vm_details.provider):
                continue
            action = actions.vlan(
                kind,
                resource,
                service,
                sandbox.vlans.get(key, ""),
                service.get("Access Mode", "Access"),
                connector.attributes.get(INTERFACE[side], "") if kind == "removeVlan" else "",
                connector.attributes.get(REQUESTED_VNIC[side], ""),
                connector.id,
            )
            yield _End(connector, side, resource.vm_details.provider, action)

    def _resource(self, name: str) -> Resource | None:
        return self._store.resources.get(name) if name in self._store.resources else None

    def _apply(self, sandbox: Sandbox, ends: Sequence[_End]) -> dict[str, _ActionResult]:
        """Run the actions for the ends, with one command per provider; return the results by the actions' ids."""
        found: dict[str, _ActionResult] = {}
        for provider in dict.fromkeys(end.provider for end in ends):
            found.update(self._apply_on(provider, sandbox, [end.action for end in ends if end.provider == provider]))
        return found

    def _apply_on(self, provider: str, sandbox: Sandbox, requested: Sequence[Json]) -> dict[str, _ActionResult]:
        command, request = "ApplyConnectivityChanges", actions.request(requested)
        try:
            answer = self._commands.run(self._store.resources.get(provider), command, sandbox, request=request)
            results = actions.results(command, requested, answer)
        except LocalError as error:
            return {each["actionId"]: _ActionResult({}, str(error)) for each in requested}
        self._post_information(sandbox.id, requested, results)
        by_id = {each["actionId"]: each for each in requested}
        return {key: _ActionResult(results.get(key, {}), actions.problem(results, each)) for key, each in by_id.items()}

    def _post_information(self, sandbox_id: str, requested: Sequence[Json], results: Mapping[str, Json]) -> None:
        """Post what the driver has to say to the sandbox's users, with the name of the deployed app."""
        for each in requested:
            information = actions.information([results.get(each["actionId"], {})])
            if information:
                self._sandboxes.post(sandbox_id, f"'{each['actionTarget']['fullName']}': {information}")

    def _record_connected(
        self, sandbox_id: str, lines: Sequence[Connector], ends: Sequence[_End], done: Mapping[str, _ActionResult]
    ) -> None:
        results: dict[str, list[tuple[_End, _ActionResult]]] = {line.id: [] for line in lines}
        for end in ends:
            results[end.connector.id].append((end, done[end.action["actionId"]]))
        with self._sandboxes.changing(sandbox_id) as sandbox:
            for line in lines:
                connector = sandbox.connectors.get(line.id)
                if connector:
                    _record_connector(connector, results[line.id])

    def _record_disconnected(
        self, sandbox_id: str, lines: Sequence[Connector], ends: Sequence[_End], done: Mapping[str, _ActionResult]
    ) -> None:
        done_ids = {line.id for line in lines}
        done_ids -= {end.connector.id for end in ends if done[end.action["actionId"]].problem}
        with self._sandboxes.changing(sandbox_id) as sandbox:
            for connector in filter(None, map(sandbox.connectors.get, done_ids)):
                connector.state = DISCONNECTED
                for name in INTERFACE.values():
                    connector.attributes.pop(name, None)
            _release(sandbox)


def _require_success(done: Mapping[str, _ActionResult]) -> None:
    problems = [each.problem for each in done.values() if each.problem]
    if problems:
        raise CommandFailed("; ".join(problems))


def _record_connector(connector: Connector, ends: Sequence[tuple[_End, _ActionResult]]) -> None:
    failed = sum(1 for _, done in ends if done.problem)
    connector.state = CONNECTED if not failed else FAILED if failed == len(ends) else PARTIAL
    for end, done in ends:
        if not done.problem:
            connector.attributes[INTERFACE[end.side]] = str(done.result.get("updatedInterface") or "")


def _vlan_of(sandbox: Sandbox, connector: Connector) -> tuple[str, Mapping[str, str]]:
    """Return the key of a connector's VLAN in `Sandbox.vlans`, and the attributes of its service.

    A connector between two Apps has no service: its attributes are the defaults, updated by its own.
    """
    service = service_of(sandbox, connector)
    if service:
        return service.alias, service.attributes
    own = {name: value for name, value in connector.attributes.items() if name in POINT_TO_POINT}
    return connector.id, {**POINT_TO_POINT, **own}


def _choose(service: Mapping[str, str], taken: Sequence[str]) -> str:
    """Return the VLAN for a service: the network or the id that a user has typed, else the first free id."""
    typed = service.get(NETWORK) or service.get("VLAN ID", "")
    if not typed:
        return allocation.first_free_vlan(service.get("Allocation Ranges") or allocation.DEFAULT_RANGES, taken)
    if service.get("Isolation Level", "Exclusive") == "Exclusive":
        for other in taken:
            if allocation.overlap(typed, other):
                raise WrongCall(f"The VLAN {typed} is used by another service ({other}), and one of them is exclusive")
    return typed


def _release(sandbox: Sandbox) -> None:
    """Release the VLANs that no connector uses any longer."""
    for key in _unused_vlans(sandbox):
        del sandbox.vlans[key]
        service = sandbox.services.get(key)
        if service and service.is_filled_in:
            service.attributes[NETWORK], service.is_filled_in = "", False


def _unused_vlans(sandbox: Sandbox) -> set[str]:
    # A line's VLAN has one of three keys. Which one, only its service tells, and to read a service of a draft copies it.
    unused = set(sandbox.vlans)
    for each in sandbox.connectors.read_only():
        if not unused:
            break
        if each.state in (CONNECTED, PARTIAL):
            unused.difference_update((each.source, each.target, each.id))
    return unused
