"""Networks and subnets on L3 providers.

They are prepared before Apps are deployed; Deploy connects the Apps to them, and nothing can be connected later
(docs/reference/server.md §6). What is not known of the real server, as the size of the default subnet, is listed under "What
is guessed" in README.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from cloudshell_local.errors import CommandFailed, WrongCall
from cloudshell_local.services.commands import actions
from cloudshell_local.services.commands.actions import Json
from cloudshell_local.services.commands.service import CommandService
from cloudshell_local.services.diagrams import ALLOCATED_CIDR, connectors_of, service_of
from cloudshell_local.services.networking import allocation
from cloudshell_local.services.networking.service_models import is_public
from cloudshell_local.services.sandboxes.sandboxes import INTERFACE, REQUESTED_VNIC, Sandboxes
from cloudshell_local.storage.data_folder import DataFolder
from cloudshell_local.storage.model import CONNECTED, PARTIAL, App, Connector, Resource, Sandbox, SandboxNetwork

SUBNET_ID = "Subnet Id"
POINT_TO_POINT_SIZE = 16
DEFAULT_SUBNET = "DefaultSubnet"


@dataclass(frozen=True)
class _Subnet:
    """Subnet that a service or a connector between two Apps needs. key: the service's alias or the connector's id."""

    key: str
    alias: str
    size: int
    public: bool
    allocated: str
    attributes: Mapping[str, str] | None = None


class Subnets:
    """Prepares and cleans up the networks of sandboxes."""

    def __init__(self, data: DataFolder, commands: CommandService, sandboxes: Sandboxes) -> None:
        self._store = data.store
        self._passwords = data.passwords
        self._commands = commands
        self._sandboxes = sandboxes

    def prepare(self, sandbox_id: str) -> None:
        """Prepare the network and the subnets of a sandbox on each L3 provider that its Apps use; raise CommandFailed.

        It may be done again, as each setup does: drivers get or create (docs/reference/wire.md §8.1).
        """
        sandbox = self._sandboxes.live(sandbox_id)
        for name in self._providers(sandbox):
            self._prepare(sandbox_id, self._commands.provider(name))

    def cleanup(self, sandbox_id: str) -> None:
        """Clean up the networks of a sandbox on all L3 providers; raise CommandFailed."""
        sandbox = self._sandboxes.get(sandbox_id)
        for name in dict.fromkeys([*self._providers(sandbox), *sandbox.networks]):
            action = actions.action("cleanupNetwork", actionTarget=None, actionParams=None, customActionAttributes=[])
            self._run_all(sandbox, name, "CleanupSandboxInfra", [action])
            with self._sandboxes.changing(sandbox_id) as changed:
                changed.networks.pop(name, None)

    def connect_actions(self, sandbox: Sandbox, app: App) -> dict[str, Json]:
        """Return the connectSubnet actions of an App's Deploy, by the connectors' ids.

        Raises WrongCall for a subnet that is not prepared, for a VLAN service, and for an App of another provider.
        """
        lines = connectors_of(sandbox, app.name)
        for line in lines:
            _require_no_vlan(sandbox, line, app)
            self._require_one_provider(sandbox, line, app)
        return {line.id: _connect(sandbox, line, "source" if line.source == app.name else "target") for line in lines}

    def fixed_lines(self, sandbox: Sandbox) -> frozenset[str]:
        """Return the ids of the connectors that nobody can connect or disconnect: those of Apps of L3 providers."""
        l3 = set(self._l3_providers(sandbox, [*sandbox.apps.keys(), *sandbox.resources]))
        lines = sandbox.connectors.read_only()
        return frozenset(line.id for line in lines if l3.intersection(self._sandboxes.providers_of(sandbox, line)))

    def record_connected(self, sandbox_id: str, resource: str, interfaces: Mapping[str, str]) -> None:
        """Record which connectors of a resource Deploy has connected. interfaces: its answers, by the connectors' ids."""
        with self._sandboxes.changing(sandbox_id) as sandbox:
            for connector in sandbox.connectors.where(lambda each: each.id in interfaces):
                side = "source" if connector.source == resource else "target"
                connector.attributes[INTERFACE[side]] = interfaces[connector.id]
                waits = sandbox.apps.has(connector.source) or sandbox.apps.has(connector.target)
                connector.state = PARTIAL if waits else CONNECTED

    def _require_one_provider(self, sandbox: Sandbox, line: Connector, app: App) -> None:
        others = [each for each in self._sandboxes.providers_of(sandbox, line) if each != app.path.provider]
        if others:
            end = line.target if line.source == app.name else line.source
            raise WrongCall(
                f"'{app.name}' cannot be connected to '{end}', which is of another provider, '{others[0]}': its provider "
                f"'{app.path.provider}' connects Apps to its own subnets"
            )

    def _providers(self, sandbox: Sandbox) -> list[str]:
        """Return the names of the L3 providers that a sandbox's Apps use."""
        return self._l3_providers(sandbox, [*sandbox.apps.keys(), *filter(self._is_deployed, sandbox.resources)])

    def _l3_providers(self, sandbox: Sandbox, names: Iterable[str]) -> list[str]:
        """Return the names of the L3 providers of Apps and static VMs in a sandbox, which are given by their names."""
        providers = dict.fromkeys(self._sandboxes.provider_of(sandbox, name) for name in names)
        return [name for name in providers if name in self._store.resources and self._commands.is_l3(name)]

    def _is_deployed(self, name: str) -> bool:
        """Return whether a resource is a deployed app. A static VM needs no network: it has the one that it was found on."""
        return name in self._store.resources and not self._store.resources.get(name).is_static_vm

    def _prepare(self, sandbox_id: str, provider: Resource) -> None:
        network = self._allocate_network(sandbox_id, provider)
        subnets = self._allocate_subnets(sandbox_id, provider, network)
        sandbox = self._sandboxes.get(sandbox_id)
        keys = actions.action("createKeys")
        wanted = {
            each.key: actions.prepare_subnet(each.allocated, each.alias, each.public, each.attributes)
            for each in subnets
        }
        request = [actions.prepare_network(str(network)), keys, *wanted.values()]
        results = self._run_all(sandbox, provider.name, "PrepareSandboxInfra", request, optional=keys["actionId"])
        with self._sandboxes.changing(sandbox_id) as changed:
            key = str(results.get(keys["actionId"], {}).get("accessKey") or "")
            changed.networks[provider.name].access_key = self._passwords.encrypt(key) if key else ""
            for name, action in wanted.items():
                _set_attributes(changed, name, {SUBNET_ID: str(results[action["actionId"]].get("subnetId") or "")})

    def _run_all(
        self, sandbox: Sandbox, provider: str, command: str, requested: Sequence[Json], optional: str = ""
    ) -> dict[str, Json]:
        """Run a command with actions, and return its results; raise CommandFailed if an action failed.

        optional: the id of an action that may have no result, as createKeys (docs/reference/wire.md §8.1).
        """
        resource, request = self._store.resources.get(provider), actions.request(requested)
        results = actions.results(command, requested, self._commands.run(resource, command, sandbox, request=request))
        needed = [each for each in requested if each["actionId"] != optional or optional in results]
        problems = [problem for problem in (actions.problem(results, each) for each in needed) if problem]
        if problems:
            raise CommandFailed(f"'{command}' on '{provider}' failed: {'; '.join(dict.fromkeys(problems))}")
        return results

    def _allocate_network(self, sandbox_id: str, provider: Resource) -> IPv4Network:
        """Return the sandbox's network on a provider; allocate it if there is none."""
        with self._sandboxes.changing(sandbox_id) as sandbox:
            if provider.name not in sandbox.networks:
                taken = allocation.parse_networks(provider.attributes.get(f"{provider.model}.Networks in use", ""))
                taken += [
                    IPv4Network(held.cidr) for each in self._sandboxes.all_live() for held in each.networks.values()
                ]
                taken += [IPv4Network(held.cidr) for held in sandbox.networks.values()]
                sandbox.networks[provider.name] = SandboxNetwork(str(allocation.free_network(taken)))
            return IPv4Network(sandbox.networks[provider.name].cidr)

    def _allocate_subnets(self, sandbox_id: str, provider: Resource, network: IPv4Network) -> list[_Subnet]:
        """Return the subnets that services and connectors on a provider need, allocated; else the default subnet."""
        with self._sandboxes.changing(sandbox_id) as sandbox:
            wanted = list(self._wanted(sandbox, provider.name))
            if not wanted:
                return [_Subnet("", DEFAULT_SUBNET, network.num_addresses, True, str(network))]
            taken = [IPv4Network(each.allocated) for each in wanted if each.allocated]
            for each in wanted:
                if not each.allocated:
                    free = allocation.free_subnet(network, each.size, taken)
                    taken.append(free)
                    _set_attributes(sandbox, each.key, {ALLOCATED_CIDR: str(free)})
            return list(self._wanted(sandbox, provider.name))

    def _wanted(self, sandbox: Sandbox, provider: str) -> Iterator[_Subnet]:
        for service in sandbox.services:
            if service.is_subnet and self._serves(sandbox, service.alias, provider):
                values, name = dict(service.attributes), service.alias
                yield _Subnet(name, name, _size(values), is_public(service), values.get(ALLOCATED_CIDR, ""), values)
        services = {service.alias for service in sandbox.services}
        for line in sandbox.connectors:
            if not services & {line.source, line.target} and provider in self._sandboxes.providers_of(sandbox, line):
                alias = line.alias or f"P2P {line.id[:8]}"
                yield _Subnet(line.id, alias, POINT_TO_POINT_SIZE, True, line.attributes.get(ALLOCATED_CIDR, ""), {})

    def _serves(self, sandbox: Sandbox, alias: str, provider: str) -> bool:
        """Return whether a Subnet service is of a provider: that of its Apps, or the sandbox's first if it has no Apps."""
        lines = connectors_of(sandbox, alias)
        providers = [name for line in lines for name in self._sandboxes.providers_of(sandbox, line)]
        return provider in (providers or self._providers(sandbox)[:1])


def _connect(sandbox: Sandbox, line: Connector, side: str) -> Json:
    """Return the action that connects the App at one side (source or target) of a connector."""
    subnet = _subnet_of(sandbox, line)
    if not subnet.get(SUBNET_ID):
        raise WrongCall(f"The subnet between '{line.source}' and '{line.target}' is not prepared")
    public = subnet.get("Public", "True").lower() == "true"
    vnic = line.attributes.get(REQUESTED_VNIC[side]) or None
    return actions.connect_subnet(subnet[SUBNET_ID], subnet[ALLOCATED_CIDR], public, vnic, subnet)


def _require_no_vlan(sandbox: Sandbox, line: Connector, app: App) -> None:
    service = service_of(sandbox, line)
    if service and not service.is_subnet:
        raise WrongCall(
            f"'{app.name}' cannot be connected to the VLAN service '{service.alias}': its provider '{app.path.provider}' "
            "connects Apps to Subnet services"
        )


def _subnet_of(sandbox: Sandbox, connector: Connector) -> Mapping[str, str]:
    service = service_of(sandbox, connector)
    if service:
        return service.attributes
    return {name: connector.attributes[name] for name in (ALLOCATED_CIDR, SUBNET_ID) if name in connector.attributes}


def _set_attributes(sandbox: Sandbox, key: str, values: Mapping[str, str]) -> None:
    """Set attributes of the service with this alias, or of the connector with this id."""
    for each in (sandbox.services.get(key), sandbox.connectors.get(key)):
        if each:
            each.attributes.update(values)


def _size(values: Mapping[str, str]) -> int:
    size = values.get("Subnet Size", "") or str(POINT_TO_POINT_SIZE)
    if not size.isdigit():
        raise WrongCall(f"The subnet size '{size}' should be one of 16, 32, 64, 128")
    return int(size)
