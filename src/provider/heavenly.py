"""HeavenlyCloud's implementation of the interface that operations call. Another shell has its own cloud's here.

Each method is one call of the cloud, of the same name; its errors are mapped in one place (`errors.mapped_errors`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable

import heavenly_cloud as cloud
from heavenly_cloud.errors import Interrupted
from heavenly_cloud.lifecycle import InstanceState
from heavenly_cloud.networks import parse_network
from provider.cloud import Instance, InstanceRequest, Nic, SecurityRule, Subnet
from provider.deployments import Deployment, read_deployment
from provider.errors import mapped_errors
from provider.resource import ProviderResource
from provider.unknown_instances import UnknownInstances
from shell.command import Scope
from shell.deployments import DeploymentRequest
from shell.errors import Cancelled
from shell.vlans import Ranges, Vlan, VlanIds

# Seconds, longer than any Deploy and what CloudShell does with its answer: whoever does not know the VM then, never will.
LEASE = 3600.0


class HeavenlyProvider:
    """The account that a resource names, in its region, for one command."""

    def __init__(
        self, client: cloud.Client, resource: ProviderResource, unknown: UnknownInstances, scope: Scope
    ) -> None:
        self._client = client.for_command(scope.sandbox, _interruptible(scope.wait), self._log_fault)
        self._resource = resource
        self._unknown = unknown
        self._scope = scope

    # The cloud provider resource

    @mapped_errors
    def check_usable(self, networking: str) -> None:
        self._resource.check(networking)
        self._client.require_open_region()
        for network in self._resource.networks_in_use:
            parse_network(network)
        for number, stats in enumerate(self._client.fault_stats, 1):
            self._scope.logger.info(
                "Fault rule %d: %s; it was applied %d times", number, stats.rule.operation, stats.hits
            )

    def get_defaults(self, networking: str) -> dict[str, str]:
        return self._resource.defaults(networking)

    # Instances

    @mapped_errors
    def read_deployment(self, request: DeploymentRequest) -> Deployment:
        return read_deployment(request)

    def new_instance_id(self) -> str:
        return self._client.new_instance_id()

    @mapped_errors
    def create_instance(self, request: InstanceRequest) -> Instance:
        deployment = request.deployment
        if self._client.is_persistent:
            self._unknown.delete_when_due(self._client, self._scope.logger)
        return self._instance(
            self._client.create_instance(
                cloud.InstanceRequest(
                    id=request.id,
                    name=request.name,
                    being=deployment.being,
                    image=deployment.image,
                    size=deployment.size,
                    tag=self._scope.sandbox,
                    nics=tuple(
                        cloud.NicRequest(nic.network or cloud.MANAGEMENT, nic.name, nic.address) for nic in request.nics
                    ),
                    lease=LEASE if self._client.is_persistent else 0,
                )
            )
        )

    @mapped_errors
    def get_instance(self, instance_id: str) -> Instance:
        return self._instance(self._client.get_instance(instance_id))

    @mapped_errors
    def power_on(self, instance_id: str) -> Instance:
        return self._instance(self._client.power_on(instance_id))

    @mapped_errors
    def power_off(self, instance_id: str) -> Instance:
        return self._instance(self._client.power_off(instance_id))

    @mapped_errors
    def get_guest_address(self, instance_id: str) -> str:
        return self._client.guest_address(instance_id)

    @mapped_errors
    def delete_instance(self, instance_id: str) -> None:
        self._client.delete_instance(instance_id)

    # VLANs

    def get_vlan_type(self) -> str:
        return self._resource.require_vlan_type()

    @mapped_errors
    def connect_vlan(self, instance_id: str, vlan: Vlan, names: Sequence[str], connection: str) -> list[str]:
        return [nic.mac for nic in self._client.connect_vlan(instance_id, _vlan(vlan), names, connection)]

    @mapped_errors
    def disconnect_vlan(self, instance_id: str, vlan: VlanIds, names: Sequence[str], connection: str) -> list[str]:
        ids, inner = _text(vlan.ranges), _text(vlan.inner)
        return [nic.mac for nic in self._client.disconnect_vlan(instance_id, ids, inner, names, connection)]

    # A sandbox's network

    @mapped_errors
    def prepare_network(self, cidr: str) -> None:
        self._client.prepare_network(self._scope.sandbox, cidr, self._resource.networks_in_use)

    @mapped_errors
    def prepare_subnet(self, cidr: str, alias: str, public: bool) -> Subnet:
        return _subnet(self._client.prepare_subnet(self._scope.sandbox, cidr, alias, public))

    @mapped_errors
    def prepare_key_pair(self) -> str:
        return self._client.prepare_key_pair(self._scope.sandbox).private_key

    @mapped_errors
    def get_subnets(self) -> list[Subnet]:
        return [_subnet(subnet) for subnet in self._client.get_network(self._scope.sandbox).subnets]

    @mapped_errors
    def delete_network(self) -> None:
        if self._client.is_persistent:  # A VM that nobody knows would keep its network in use.
            self._unknown.delete(self._client, self._scope.logger, self._scope.sandbox)
        self._client.delete_network(self._scope.sandbox)

    @mapped_errors
    def set_security_rules(self, instance_id: str, rules: Sequence[tuple[str, Sequence[SecurityRule]]]) -> None:
        wanted = [(network, [cloud.SecurityRule(*rule) for rule in each]) for network, each in rules]
        self._client.set_security_rules(instance_id, wanted)

    # Records and events

    def _instance(self, instance: cloud.Instance) -> Instance:
        return Instance(
            id=instance.id,
            name=instance.name,
            address=instance.address,
            public_address=instance.public_address,
            nics=[_nic(nic) for nic in instance.nics],
            is_on=instance.state in (InstanceState.STARTING, InstanceState.ON),
            state=instance.state.value,
            progress=self._client.progress(instance),
            details=instance_details(instance, self._resource),
        )

    def _log_fault(self, event: cloud.Event) -> None:
        self._scope.logger.info(
            "Fault rule %s: %s of '%s' %s", event.rule, event.operation, event.subject, event.outcome
        )


def instance_details(instance: cloud.Instance, resource: ProviderResource) -> dict[str, object]:
    """Return what VM details show of an instance."""
    return {
        **vars(instance.being),
        "Image": f"{instance.image.name} ({instance.image.operating_system})",
        "Size": instance.size.name,
        "vCPUs": instance.size.vcpus,
        "Memory": f"{instance.size.memory_gb} GB",
        "Storage": f"{instance.size.storage_gb} GB on {resource.storage}",
        "Region": instance.region,
        "Cloud color": resource.color,
        "Power": instance.state.value,
        "SSH key": "the sandbox's" if instance.public_key else "",
    }


def nic_details(nic: cloud.Nic) -> dict[str, object]:
    """Return what VM details show of a network interface."""
    return {
        "Name": nic.name,
        "IP": nic.address,
        "Public IP": nic.public_address,
        "MAC Address": nic.mac,
        "Network": nic.network,
        "VLAN": str(nic.vlan) if nic.vlan else "",
        "Inbound": "; ".join(str(rule) for rule in nic.rules),
    }


def _nic(nic: cloud.Nic) -> Nic:
    return Nic(
        name=nic.name,
        slot=nic.index,
        mac=nic.mac,
        network=nic.network or (f"VLAN {nic.vlan.ids}" if nic.vlan else ""),
        address=nic.address,
        public_address=nic.public_address,
        is_management=nic.network.startswith(cloud.MANAGEMENT),
        details=nic_details(nic),
    )


def _subnet(subnet: cloud.Subnet) -> Subnet:
    return Subnet(subnet.id, subnet.cidr)


def _vlan(vlan: Vlan) -> cloud.Vlan:
    return cloud.Vlan(_text(vlan.ranges), vlan.mode, _text(vlan.inner))


def _text(ranges: Ranges) -> str:
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)


def _interruptible(wait: Callable[[float], object]) -> Callable[[float], object]:
    """Return a command's wait that raises the cloud's Interrupted where the command is cancelled."""

    def wait_or_interrupt(seconds: float) -> None:
        try:
            wait(seconds)
        except Cancelled as error:
            raise Interrupted(reason=str(error)) from error

    return wait_or_interrupt
