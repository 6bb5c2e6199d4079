"""What the cloud holds, typed: the records behind the names that operations use, and what is counted of them."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from heavenly_cloud.allocators import AddressPool, MacPool
from heavenly_cloud.data import Account, HeavenData, Region
from heavenly_cloud.errors import (
    InstanceForgotten,
    InstanceNotFound,
    NoCapacity,
    QuotaExceeded,
    SandboxNotFound,
    SubnetForgotten,
    SubnetNotFound,
)
from heavenly_cloud.models import MANAGEMENT, Instance, Network, Sandbox, Size, Subnet, Usage
from heavenly_cloud.networks import parse_network, refuse_overlap
from heavenly_cloud.store import Records

# The kinds of records, and who owns them.
INSTANCE = "instance"  # account; id
NAME = "name"  # nobody; name: the id of the instance
LEASE = "lease"  # account; id of an instance that was not confirmed: when it ends
USER = "user"  # subnet; id of an instance that is on it: its name
SANDBOX = "sandbox"  # account; id
NETWORK = "network"  # region; first address
USAGE = "usage"  # account or region
NOTHING = Usage()


class Holdings:
    """For one piece of work. lasts: whether the records outlive the process; rng: all that is random; own: sixteen bits
    that other clouds hardly have."""

    def __init__(self, records: Records, data: HeavenData, lasts: bool, rng: random.Random, own: int) -> None:
        self.records = records
        self.data = data
        self.rng = rng
        self._lasts = lasts
        self._own = own

    def new_id(self, kind: str) -> str:
        """Return an id that tells which cloud it is of."""
        return new_id(kind, self._own, self.rng)

    def _is_of_another_cloud(self, thing_id: str, kind: str) -> bool:
        is_ours = re.fullmatch(rf"{kind}-([0-9a-f]{{4}})[0-9a-f]{{12}}", thing_id)
        return is_ours is not None and is_ours[1] != f"{self._own:04x}"

    # Instances

    def find_instance(self, account: str, instance_id: str) -> Instance | None:
        """Return the account's instance if it is there."""
        found: Instance | None = self.records.get(INSTANCE, account, instance_id)
        return found

    def instance(self, account: str, instance_id: str) -> Instance:
        """Return the account's instance; raise InstanceNotFound."""
        found = self.find_instance(account, instance_id)
        if found is None:
            forgotten = not self._lasts and self._is_of_another_cloud(instance_id, "vm")
            raise (InstanceForgotten if forgotten else InstanceNotFound)(id=instance_id)
        return found

    def is_taken(self, name: str) -> bool:
        """Tell whether an instance has the name."""
        return self.records.get(NAME, "", name) is not None

    def put_instance(self, instance: Instance) -> None:
        """Put an instance in the place of what it was."""
        self.records.put(INSTANCE, instance.account, instance.id, instance)

    def add_instance(self, instance: Instance) -> None:
        """Put a new instance in, and count it."""
        self.put_instance(instance)
        self.records.put(NAME, "", instance.name, instance.id)
        for network in _subnets_of(instance):
            self.records.put(USER, network, instance.id, instance.name)
        self._count(instance, 1)

    def remove_instance(self, instance: Instance) -> None:
        """Take an instance out; all that it used is free again."""
        self._release(instance)
        self.records.delete(INSTANCE, instance.account, instance.id)
        self.records.delete(NAME, "", instance.name)
        self.end_lease(instance)
        for network in _subnets_of(instance):
            self.records.delete(USER, network, instance.id)
        self._count(instance, -1)

    def lease(self, instance: Instance, until: float) -> None:
        """Have an instance deleted after a time, unless the lease is ended."""
        self.records.put(LEASE, instance.account, instance.id, until)

    def end_lease(self, instance: Instance) -> None:
        """Have an instance stay."""
        self.records.delete(LEASE, instance.account, instance.id)

    def remove_expired(self, account: str, now: float) -> None:
        """Delete the account's instances whose leases are over."""
        for instance_id, until in self.records.owned(LEASE, account):
            if until <= now:
                self.remove_instance(self.instance(account, instance_id))

    def _count(self, instance: Instance, sign: int) -> None:
        vcpus = sign * instance.size.vcpus
        self._add(_of_account(instance.account), Usage(sign, vcpus))
        self._add(_of_region(instance.region), Usage(sign, vcpus))

    def _add(self, owner: str, more: Usage) -> None:
        used = self._used(owner)
        total = Usage(used.instances + more.instances, used.vcpus + more.vcpus, used.sandboxes + more.sandboxes)
        self.records.put(USAGE, owner, "", total)

    def _used(self, owner: str) -> Usage:
        return self.records.get(USAGE, owner, "") or NOTHING

    def require_room(self, account: Account, region: Region, size: Size) -> None:
        """Raise QuotaExceeded or NoCapacity when an instance more would be too many."""
        used = self._used(_of_account(account.name))
        _require_quota(account.name, "instances", used.instances, 1, account.instances)
        _require_quota(account.name, "vCPUs", used.vcpus, size.vcpus, account.vcpus)
        in_region = self._used(_of_region(region.name)).vcpus
        if in_region + size.vcpus > region.vcpus:
            raise NoCapacity(region=region.name, limit=region.vcpus, used=in_region, asked=size.vcpus)

    # Addresses

    @property
    def macs(self) -> MacPool:
        """The MAC addresses."""
        return MacPool(self.records, self._own)

    def pool(self, region: str, network: str, cidr: str = "") -> AddressPool:
        """Return the addresses of a network: the region's management network, or the subnet with this cidr."""
        if network == management_network(region):
            cidr = self.data.regions[region].management_network
            return AddressPool(self.records, network, parse_network(cidr), f"the management network {cidr}")
        return AddressPool(self.records, network, parse_network(cidr), f"the subnet {cidr}")

    def public_pool(self, region: str) -> AddressPool:
        """Return the public addresses of a region."""
        cidr = self.data.regions[region].public_network
        return AddressPool(self.records, f"public-{region}", parse_network(cidr), f"the public network {cidr}")

    def _release(self, instance: Instance) -> None:
        sandbox = self.find_sandbox(instance.account, instance.sandbox)
        cidrs = {subnet.id: subnet.cidr for subnet in (sandbox.subnets if sandbox else ())}
        for nic in instance.nics:
            self.macs.release(nic.mac)
            if nic.address:
                self.pool(instance.region, nic.network, cidrs.get(nic.network, "")).release(nic.address)
            if nic.public_address:
                self.public_pool(instance.region).release(nic.public_address)

    # Sandboxes

    def find_sandbox(self, account: str, sandbox_id: str) -> Sandbox | None:
        """Return the account's sandbox if it is there."""
        found: Sandbox | None = self.records.get(SANDBOX, account, sandbox_id)
        return found

    def sandbox(self, account: str, sandbox_id: str) -> Sandbox:
        """Return the account's sandbox; raise SandboxNotFound."""
        found = self.find_sandbox(account, sandbox_id)
        if found is None:
            raise SandboxNotFound(id=sandbox_id)
        return found

    def subnet(self, account: str, sandbox_id: str, subnet_id: str) -> Subnet:
        """Return the sandbox's subnet; raise SubnetNotFound, also for one of another sandbox."""
        sandbox = self.find_sandbox(account, sandbox_id)
        for subnet in sandbox.subnets if sandbox else ():
            if subnet.id == subnet_id:
                return subnet
        forgotten = not self._lasts and self._is_of_another_cloud(subnet_id, "subnet")
        raise (SubnetForgotten if forgotten else SubnetNotFound)(id=subnet_id)

    def put_sandbox(self, sandbox: Sandbox) -> None:
        """Put a sandbox in the place of what it was."""
        self.records.put(SANDBOX, sandbox.account, sandbox.id, sandbox)

    def add_sandbox(self, account: Account, sandbox: Sandbox) -> None:
        """Put a new sandbox in, and count it; raise QuotaExceeded, or NetworkOverlap, which names what is in the way."""
        used = self._used(_of_account(account.name)).sandboxes
        _require_quota(account.name, "sandboxes", used, 1, account.sandboxes)
        network, key = parse_network(sandbox.cidr), _first_address(sandbox.cidr)
        # Networks that share no address: an overlap can only be with the one before or the one after.
        neighbours: list[Network] = self.records.around(NETWORK, sandbox.region, key)
        refuse_overlap(network, ((other.what, parse_network(other.cidr)) for other in neighbours))
        what = f"the network of the sandbox '{sandbox.id}':"
        self.records.put(NETWORK, sandbox.region, key, Network(sandbox.cidr, what))
        self.put_sandbox(sandbox)
        self._add(_of_account(sandbox.account), Usage(sandboxes=1))

    def add_subnet(self, sandbox: Sandbox, subnet: Subnet) -> None:
        """Put a new subnet in."""
        self.put_sandbox(replace(sandbox, subnets=(*sandbox.subnets, subnet)))

    def remove_sandbox(self, sandbox: Sandbox) -> None:
        """Take a sandbox out with its subnets; its network is free again."""
        for subnet in sandbox.subnets:
            self.pool(sandbox.region, subnet.id, subnet.cidr).drop()
        self.records.delete(NETWORK, sandbox.region, _first_address(sandbox.cidr))
        self.records.delete(SANDBOX, sandbox.account, sandbox.id)
        self._add(_of_account(sandbox.account), Usage(sandboxes=-1))

    def users(self, sandbox: Sandbox) -> list[str]:
        """Return the names of the instances that are on its subnets."""
        found = {name for subnet in sandbox.subnets for _, name in self.records.owned(USER, subnet.id)}
        return sorted(found)


def management_network(region: str) -> str:
    """Return the id of a region's management network."""
    return f"{MANAGEMENT}-{region}"


def _subnets_of(instance: Instance) -> set[str]:
    management = management_network(instance.region)
    return {nic.network for nic in instance.nics if nic.network not in ("", management)}


def _of_account(name: str) -> str:
    return f"account {name}"


def _of_region(name: str) -> str:
    return f"region {name}"


def _first_address(cidr: str) -> str:
    return f"{int(parse_network(cidr).network_address):010}"


def _require_quota(account: str, kind: str, used: int, asked: int, limit: int) -> None:
    if used + asked > limit:
        raise QuotaExceeded(account=account, kind=kind, limit=limit, used=used, asked=asked)


def new_id(kind: str, own: int, rng: random.Random) -> str:
    """Return an id of a kind of thing: own tells of which cloud it is."""
    return f"{kind}-{own:04x}{rng.getrandbits(48):012x}"
