"""Where the records are: one container, which the cloud creates and only the cloud changes, under its lock."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from heavenly_cloud.allocators import AddressPool, MacPool
from heavenly_cloud.data import HeavenData
from heavenly_cloud.errors import InstanceNotFound, SandboxNotFound, SubnetNotFound
from heavenly_cloud.models import MANAGEMENT, Instance, Sandbox, Subnet
from heavenly_cloud.networks import NetworkMap, parse_network


class Store:
    """In memory. Every allocator's state follows from the records that use it."""

    def __init__(self, data: HeavenData, rng: random.Random) -> None:
        self.instances: dict[str, Instance] = {}
        self.names: set[str] = set()
        self.sandboxes: dict[str, Sandbox] = {}
        self.subnets: dict[str, Subnet] = {}
        self.networks = {region: NetworkMap() for region in data.regions}
        self.macs = MacPool(rng)
        self.pools: dict[str, AddressPool] = {}
        self.public_pools: dict[str, AddressPool] = {}
        self.vcpus_by_region: Counter[str] = Counter()
        self.vcpus_by_account: Counter[str] = Counter()
        self.instances_by_account: Counter[str] = Counter()
        self.sandboxes_by_account: Counter[str] = Counter()
        for region in data.regions.values():
            name, management, public = region.name, region.management_network, region.public_network
            self.pools[management_network(name)] = AddressPool(
                parse_network(management), f"the management network {management}"
            )
            self.public_pools[name] = AddressPool(parse_network(public), f"the public network {public}")

    def instance(self, account: str, instance_id: str) -> Instance:
        """Return the account's instance; raise InstanceNotFound."""
        instance = self.instances.get(instance_id)
        if instance is None or instance.account != account:
            raise InstanceNotFound(id=instance_id)
        return instance

    def sandbox(self, account: str, sandbox_id: str) -> Sandbox:
        """Return the account's sandbox; raise SandboxNotFound."""
        sandbox = self.sandboxes.get(sandbox_id)
        if sandbox is None or sandbox.account != account:
            raise SandboxNotFound(id=sandbox_id)
        return sandbox

    def subnet(self, sandbox_id: str, subnet_id: str) -> Subnet:
        """Return the sandbox's subnet; raise SubnetNotFound, also for one of another sandbox."""
        subnet = self.subnets.get(subnet_id)
        if subnet is None or subnet.sandbox != sandbox_id:
            raise SubnetNotFound(id=subnet_id)
        return subnet

    def add_instance(self, instance: Instance) -> None:
        """Put a new instance in, and count it."""
        self.instances[instance.id] = instance
        self.names.add(instance.name)
        self._count(instance, 1)

    def remove_instance(self, instance: Instance) -> None:
        """Take an instance out; its name and what it counted are free again."""
        del self.instances[instance.id]
        self.names.remove(instance.name)
        self._count(instance, -1)

    def _count(self, instance: Instance, sign: int) -> None:
        vcpus = instance.size.vcpus * sign
        self.vcpus_by_region[instance.region] += vcpus
        self.vcpus_by_account[instance.account] += vcpus
        self.instances_by_account[instance.account] += sign

    def add_sandbox(self, sandbox: Sandbox) -> None:
        """Put a new sandbox in, and count it."""
        self.sandboxes[sandbox.id] = sandbox
        self.sandboxes_by_account[sandbox.account] += 1

    def add_subnet(self, subnet: Subnet, pool: AddressPool) -> None:
        """Put a new subnet in, under its sandbox too, with the addresses it gives."""
        sandbox = self.sandboxes[subnet.sandbox]
        self.subnets[subnet.id] = subnet
        self.pools[subnet.id] = pool
        self.sandboxes[sandbox.id] = replace(sandbox, subnets=(*sandbox.subnets, subnet))

    def remove_sandbox(self, sandbox: Sandbox) -> None:
        """Take a sandbox out with its subnets; its network is free again."""
        for subnet in sandbox.subnets:
            del self.subnets[subnet.id], self.pools[subnet.id]
        self.networks[sandbox.region].remove(parse_network(sandbox.cidr))
        self.sandboxes_by_account[sandbox.account] -= 1
        del self.sandboxes[sandbox.id]


def management_network(region: str) -> str:
    """Return the id of a region's management network."""
    return f"{MANAGEMENT}-{region}"
