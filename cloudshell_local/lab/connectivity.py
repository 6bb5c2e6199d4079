"""The lines of the diagram: VLANs on L2 providers, networks and subnets on L3 ones.

L2: lines are connected when somebody asks (setup does), with setVlan and removeVlan actions. L3: networks and subnets are
prepared before Apps are deployed, Apps are connected when they are deployed, and nothing can be changed later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from cloudshell_local.errors import CommandFailed, ConnectionNotFound, LocalError, WrongCall
from cloudshell_local.kept.model import (
    CONNECTED,
    DISCONNECTED,
    FAILED,
    PARTIAL,
    App,
    Connector,
    Resource,
    Sandbox,
    SandboxNetwork,
)
from cloudshell_local.kept.passwords import Passwords
from cloudshell_local.kept.store import Store
from cloudshell_local.lab import actions, allocation
from cloudshell_local.lab.actions import Json
from cloudshell_local.lab.commands import Commands
from cloudshell_local.lab.sandboxes import Sandboxes, connector_between, pairs, service_named
from cloudshell_local.lab.services import MANUAL, POINT_TO_POINT, is_vlan

INTERFACE = {"source": "Source Interface", "target": "Target Interface"}
REQUESTED_VNIC = {"source": "Requested Source vNIC Name", "target": "Requested Target vNIC Name"}
CIDR, SUBNET_ID = "Allocated CIDR", "Subnet Id"
POINT_TO_POINT_SIZE = 16
DEFAULT_SUBNET = "DefaultSubnet"


@dataclass(frozen=True)
class _End:
    """A deployed app at an end of a line, and the action for it. side: "source" or "target"."""

    connector: Connector
    side: str
    provider: str
    action: Json


@dataclass(frozen=True)
class _Subnet:
    """A subnet that a line or a service wants. key: the service's alias or the connector's id."""

    key: str
    alias: str
    size: int
    public: bool
    allocated: str
    attributes: Mapping[str, str] | None = None


class Connectivity:
    """Connects and disconnects."""

    def __init__(self, store: Store, passwords: Passwords, commands: Commands, sandboxes: Sandboxes) -> None:
        self._store = store
        self._passwords = passwords
        self._commands = commands
        self._sandboxes = sandboxes

    # L2

    def connect(self, sandbox_id: str, endpoints: Sequence[str]) -> list[Connector]:
        """Connect the lines between pairs of endpoints, with one command per provider; return those lines.

        Raises ConnectionNotFound, WrongCall, Exhausted, and CommandFailed when some could not be connected: the others
        are.
        """
        sandbox = self._sandboxes.live(sandbox_id)
        wanted = [connector_between(sandbox, *pair) for pair in pairs(endpoints)]
        todo = [connector for connector in wanted if connector.state != CONNECTED]
        self._refuse_l3(sandbox, todo)
        for connector in todo:
            self._hold_vlan(sandbox_id, connector)
        sandbox = self._sandboxes.get(sandbox_id)
        ends = [end for connector in todo for end in self._ends(sandbox, connector, "setVlan")]
        problems = self._apply(sandbox, ends)
        self._take_over(sandbox_id, todo, ends, problems)
        told = [text for _, text in problems.values() if text]
        if told:
            raise CommandFailed("; ".join(told))
        return wanted

    def disconnect(self, sandbox_id: str, endpoints: Sequence[str]) -> list[Connector]:
        """Disconnect the lines between pairs of endpoints; return them. Raises ConnectionNotFound, CommandFailed.

        An end whose VM is gone is disconnected already. On an L3 provider this is only noted: no command is for it.
        """
        sandbox = self._sandboxes.get(sandbox_id)
        found = [connector_between(sandbox, *pair) for pair in pairs(endpoints)]
        for connector in found:
            if connector.state == DISCONNECTED:
                raise ConnectionNotFound(connector.source, connector.target)
        ends = [end for connector in found for end in self._ends(sandbox, connector, "removeVlan")]
        problems = self._apply(sandbox, ends)
        self._note_disconnected(sandbox_id, found, ends, problems)
        told = [text for _, text in problems.values() if text]
        if told:
            raise CommandFailed("; ".join(told))
        return found

    def drop(self, sandbox_id: str, resource: Resource) -> None:
        """Take a resource out of the diagram. The VLANs of its lines are removed, though its VM may be gone by now."""
        sandbox = self._sandboxes.get(sandbox_id)
        lines = [each for each in sandbox.connectors if resource.name in (each.source, each.target)]
        open_lines = [each for each in lines if each.state in (CONNECTED, PARTIAL)]
        ends = [end for line in open_lines for end in self._ends(sandbox, line, "removeVlan", gone=resource)]
        for _, text in self._apply(sandbox, ends).values():
            if text:
                self._sandboxes.say_error(sandbox_id, f"Disconnecting '{resource.name}' failed: {text}")
        with self._sandboxes.changing(sandbox_id) as changed:
            changed.connectors = [
                each for each in changed.connectors if resource.name not in (each.source, each.target)
            ]
            changed.resources.pop(resource.name, None)
            _release_vlans(changed)

    def _refuse_l3(self, sandbox: Sandbox, connectors: Sequence[Connector]) -> None:
        for connector in connectors:
            for name in self._providers_of(sandbox, connector):
                if self._commands.is_l3(name):
                    raise WrongCall(
                        f"'{connector.source}' and '{connector.target}' cannot be connected now: '{name}' connects Apps to "
                        "subnets when it deploys them"
                    )

    def _hold_vlan(self, sandbox_id: str, connector: Connector) -> None:
        """Allocate a line's VLAN, unless its service has one already."""
        with self._sandboxes.changing(sandbox_id) as sandbox:
            key, service = _vlan_of(sandbox, connector)
            if key in sandbox.vlans:
                return
            taken = [vlan for each in self._sandboxes.all_live() for vlan in each.vlans.values()]
            sandbox.vlans[key] = _choose(service, [*taken, *sandbox.vlans.values()])
            if key != connector.id:
                service_named(sandbox, key).attributes["Virtual Network"] = sandbox.vlans[key]

    def _ends(self, sandbox: Sandbox, connector: Connector, kind: str, gone: Resource | None = None) -> Iterator[_End]:
        """Yield the line's ends that are VMs of L2 providers. gone: one of them that is not in Inventory any more."""
        key, service = _vlan_of(sandbox, connector)
        for side, name in (("source", connector.source), ("target", connector.target)):
            if kind == "setVlan":
                _require_deployed(sandbox, name)
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

    def _apply(self, sandbox: Sandbox, ends: Sequence[_End]) -> dict[str, tuple[Json, str]]:
        """Return each action's result and problem, by its id."""
        found: dict[str, tuple[Json, str]] = {}
        for provider in dict.fromkeys(end.provider for end in ends):
            asked = [end.action for end in ends if end.provider == provider]
            try:
                resource = self._store.resources.get(provider)
                answer = self._commands.run(
                    resource, "ApplyConnectivityChanges", sandbox, request=actions.request(asked)
                )
                results = actions.results("ApplyConnectivityChanges", asked, answer)
            except LocalError as error:
                found.update({each["actionId"]: ({}, str(error)) for each in asked})
                continue
            for each in asked:
                found[each["actionId"]] = (results.get(each["actionId"], {}), actions.problem(results, each))
        return found

    def _take_over(
        self, sandbox_id: str, todo: Sequence[Connector], ends: Sequence[_End], found: Mapping[str, tuple[Json, str]]
    ) -> None:
        with self._sandboxes.changing(sandbox_id) as sandbox:
            for line in todo:
                connector = next(each for each in sandbox.connectors if each.id == line.id)
                mine = [(end, *found[end.action["actionId"]]) for end in ends if end.connector.id == line.id]
                failed = sum(1 for _, _, text in mine if text)
                connector.state = CONNECTED if not failed else FAILED if failed == len(mine) else PARTIAL
                for end, result, text in mine:
                    if not text:
                        connector.attributes[INTERFACE[end.side]] = str(result.get("updatedInterface") or "")

    def _note_disconnected(
        self, sandbox_id: str, lines: Sequence[Connector], ends: Sequence[_End], found: Mapping[str, tuple[Json, str]]
    ) -> None:
        failed = {end.connector.id for end in ends if found[end.action["actionId"]][1]}
        with self._sandboxes.changing(sandbox_id) as sandbox:
            for connector in sandbox.connectors:
                if connector.id in {line.id for line in lines} - failed:
                    connector.state = DISCONNECTED
                    for name in INTERFACE.values():
                        connector.attributes.pop(name, None)
            _release_vlans(sandbox)

    def _providers_of(self, sandbox: Sandbox, connector: Connector) -> list[str]:
        found = [self._provider_of(sandbox, name) for name in (connector.source, connector.target)]
        return [name for name in dict.fromkeys(found) if name]

    def _provider_of(self, sandbox: Sandbox, name: str) -> str:
        for app in sandbox.apps:
            if app.name == name:
                return app.path.provider
        if name in sandbox.resources and name in self._store.resources:
            details = self._store.resources.get(name).vm_details
            return details.provider if details else ""
        return ""

    # L3

    def prepare(self, sandbox_id: str) -> None:
        """Prepare the sandbox's network on each L3 provider that its Apps use: again is fine. Raises CommandFailed."""
        sandbox = self._sandboxes.live(sandbox_id)
        for name in self._l3_providers(sandbox):
            self._prepare(sandbox_id, self._commands.provider(name))

    def cleanup(self, sandbox_id: str) -> None:
        """Clean up what `prepare` made; raise CommandFailed."""
        sandbox = self._sandboxes.get(sandbox_id)
        for name in dict.fromkeys([*self._l3_providers(sandbox), *sandbox.networks]):
            action = actions.action("cleanupNetwork", actionTarget=None, actionParams=None, customActionAttributes=[])
            self._run_all(sandbox, name, "CleanupSandboxInfra", [action])
            with self._sandboxes.changing(sandbox_id) as changed:
                changed.networks.pop(name, None)

    def subnet_actions(self, sandbox: Sandbox, app: App) -> dict[str, Json]:
        """Return what connects an App when it is deployed, by the lines' ids; raise WrongCall if it is not prepared."""
        found = {}
        for connector in sandbox.connectors:
            if app.name not in (connector.source, connector.target):
                continue
            side = "source" if connector.source == app.name else "target"
            subnet = _subnet_of(sandbox, connector)
            if SUBNET_ID not in subnet or not subnet[SUBNET_ID]:
                raise WrongCall(f"The subnet between '{connector.source}' and '{connector.target}' is not prepared")
            found[connector.id] = actions.connect_subnet(
                subnet[SUBNET_ID],
                subnet[CIDR],
                subnet.get("Public", "True").lower() == "true",
                connector.attributes.get(REQUESTED_VNIC[side]) or None,
                subnet,
            )
        return found

    def subnets_were_connected(self, sandbox_id: str, resource: str, interfaces: Mapping[str, str]) -> None:
        """Note that Deploy has connected these lines (ids), and what it answered of their interfaces."""
        with self._sandboxes.changing(sandbox_id) as sandbox:
            waiting = {app.name for app in sandbox.apps}
            for connector in sandbox.connectors:
                if connector.id in interfaces:
                    side = "source" if connector.source == resource else "target"
                    connector.attributes[INTERFACE[side]] = interfaces[connector.id]
                    connector.state = PARTIAL if waiting & {connector.source, connector.target} else CONNECTED

    def _l3_providers(self, sandbox: Sandbox) -> list[str]:
        names = [app.path.provider for app in sandbox.apps]
        names += [self._provider_of(sandbox, name) for name in sandbox.resources]
        return [name for name in dict.fromkeys(names) if name and self._commands.is_l3(name)]

    def _prepare(self, sandbox_id: str, provider: Resource) -> None:
        network = self._hold_network(sandbox_id, provider)
        subnets = self._hold_subnets(sandbox_id, provider, network)
        sandbox = self._sandboxes.get(sandbox_id)
        keys = actions.action("createKeys")
        wanted = {
            each.key: actions.prepare_subnet(each.allocated, each.alias, each.public, each.attributes)
            for each in subnets
        }
        asked = [actions.prepare_network(str(network)), keys, *wanted.values()]
        results = self._run_all(sandbox, provider.name, "PrepareSandboxInfra", asked, optional=keys["actionId"])
        with self._sandboxes.changing(sandbox_id) as changed:
            key = str(results.get(keys["actionId"], {}).get("accessKey") or "")
            changed.networks[provider.name].access_key = self._passwords.encrypt(key) if key else ""
            for name, action in wanted.items():
                _note(changed, name, {SUBNET_ID: str(results[action["actionId"]].get("subnetId") or "")})

    def _run_all(
        self, sandbox: Sandbox, provider: str, command: str, asked: Sequence[Json], optional: str = ""
    ) -> dict[str, Json]:
        """Return the results; raise CommandFailed if one failed. optional: an action that may have no result."""
        resource = self._store.resources.get(provider)
        results = actions.results(
            command, asked, self._commands.run(resource, command, sandbox, request=actions.request(asked))
        )
        needed = [each for each in asked if each["actionId"] != optional or optional in results]
        told = [text for text in (actions.problem(results, each) for each in needed) if text]
        if told:
            raise CommandFailed(f"'{command}' on '{provider}' failed: {'; '.join(dict.fromkeys(told))}")
        return results

    def _hold_network(self, sandbox_id: str, provider: Resource) -> IPv4Network:
        """Allocate the sandbox's network on a provider, unless it has one."""
        with self._sandboxes.changing(sandbox_id) as sandbox:
            if provider.name not in sandbox.networks:
                taken = allocation.parse_networks(provider.attributes.get(f"{provider.model}.Networks in use", ""))
                taken += [
                    IPv4Network(held.cidr) for each in self._sandboxes.all_live() for held in each.networks.values()
                ]
                taken += [IPv4Network(held.cidr) for held in sandbox.networks.values()]
                sandbox.networks[provider.name] = SandboxNetwork(str(allocation.free_network(taken)))
            return IPv4Network(sandbox.networks[provider.name].cidr)

    def _hold_subnets(self, sandbox_id: str, provider: Resource, network: IPv4Network) -> list[_Subnet]:
        """Allocate what lines and services of the provider want; the default subnet if they want none."""
        with self._sandboxes.changing(sandbox_id) as sandbox:
            wanted = list(self._wanted(sandbox, provider.name))
            if not wanted:
                return [_Subnet("", DEFAULT_SUBNET, network.num_addresses, True, str(network))]
            taken = [IPv4Network(each.allocated) for each in wanted if each.allocated]
            for each in wanted:
                if not each.allocated:
                    free = allocation.free_subnet(network, each.size, taken)
                    taken.append(free)
                    _note(sandbox, each.key, {CIDR: str(free)})
            return list(self._wanted(sandbox, provider.name))

    def _wanted(self, sandbox: Sandbox, provider: str) -> Iterator[_Subnet]:
        for service in sandbox.services:
            if not is_vlan(service) and self._serves(sandbox, service.alias, provider):
                values = service.attributes
                yield _Subnet(
                    service.alias,
                    service.alias,
                    _size(values),
                    actions.is_public(service),
                    values.get(CIDR, ""),
                    dict(values),
                )
        services = {service.alias for service in sandbox.services}
        for line in sandbox.connectors:
            if not services & {line.source, line.target} and provider in self._providers_of(sandbox, line):
                alias = line.alias or f"P2P {line.id[:8]}"
                yield _Subnet(line.id, alias, POINT_TO_POINT_SIZE, True, line.attributes.get(CIDR, ""), {})

    def _serves(self, sandbox: Sandbox, alias: str, provider: str) -> bool:
        """Tell whether a Subnet service is of a provider: the one of its Apps, or, without any, the first."""
        lines = [each for each in sandbox.connectors if alias in (each.source, each.target)]
        providers = [name for line in lines for name in self._providers_of(sandbox, line)]
        return provider in (providers or self._l3_providers(sandbox)[:1])


def _require_deployed(sandbox: Sandbox, name: str) -> None:
    if any(app.name == name for app in sandbox.apps):
        raise WrongCall(f"The App '{name}' is not deployed; it cannot be connected yet")


def _vlan_of(sandbox: Sandbox, connector: Connector) -> tuple[str, Mapping[str, str]]:
    """Return under which key a line's VLAN is held, and the attributes of the service: of a P2P line, the defaults."""
    for service in sandbox.services:
        if service.alias in (connector.source, connector.target):
            return service.alias, service.attributes
    return connector.id, {
        **POINT_TO_POINT,
        **{name: value for name, value in connector.attributes.items() if name in POINT_TO_POINT},
    }


def _choose(service: Mapping[str, str], taken: Sequence[str]) -> str:
    """Return the VLAN of a service: a network or an id that was typed, else the first free one."""
    typed = service.get("Virtual Network") or service.get("VLAN ID", "")
    if not typed:
        return allocation.first_free_vlan(service.get("Allocation Ranges") or allocation.DEFAULT_RANGES, taken)
    if service.get("Isolation Level", "Exclusive") == "Exclusive":
        for other in taken:
            if allocation.overlap(typed, other):
                raise WrongCall(f"The VLAN {typed} is used by another service ({other}), and one of them is exclusive")
    return typed


def _release_vlans(sandbox: Sandbox) -> None:
    """Give back the VLANs that no line uses any more."""
    used = {_vlan_of(sandbox, each)[0] for each in sandbox.connectors if each.state in (CONNECTED, PARTIAL)}
    for key in sandbox.vlans.keys() - used:
        vlan = sandbox.vlans.pop(key)
        for service in sandbox.services:
            if service.alias == key and service.name != MANUAL and service.attributes.get("Virtual Network") == vlan:
                service.attributes["Virtual Network"] = ""


def _subnet_of(sandbox: Sandbox, connector: Connector) -> Mapping[str, str]:
    for service in sandbox.services:
        if service.alias in (connector.source, connector.target):
            return service.attributes
    return {name: connector.attributes[name] for name in (CIDR, SUBNET_ID) if name in connector.attributes}


def _note(sandbox: Sandbox, key: str, values: Mapping[str, str]) -> None:
    """Keep what was allocated to a service (by alias) or a line (by id)."""
    for service in sandbox.services:
        if service.alias == key:
            service.attributes.update(values)
    for connector in sandbox.connectors:
        if connector.id == key:
            connector.attributes.update(values)


def _size(values: Mapping[str, str]) -> int:
    size = values.get("Subnet Size", "") or str(POINT_TO_POINT_SIZE)
    if not size.isdigit():
        raise WrongCall(f"The subnet size '{size}' should be one of 16, 32, 64, 128")
    return int(size)
