"""Typed view of the cloud's records in one transaction, with the counters and pools that belong to them."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from heavenly_cloud.allocators import AddressPool, MacPool
from heavenly_cloud.config import Account, CloudConfig, Region
from heavenly_cloud.errors import (
    InstanceForgotten,
    InstanceNotFound,
    NetworkNotFound,
    NoCapacity,
    QuotaExceeded,
    SubnetForgotten,
    SubnetNotFound,
)
from heavenly_cloud.models import MANAGEMENT, CidrBlock, Instance, Size, Subnet, Usage, VirtualNetwork
from heavenly_cloud.networks import parse_network, refuse_overlap
from heavenly_cloud.store import Records

# Kinds of records, each with the owner and the key of its records.
INSTANCE = "instance"  # account; id
NAME = "name"  # empty; name: the id of the instance
LEASE = "lease"  # account; id of an instance that was not confirmed: the time at which its creator is done
ATTACHMENT = "attachment"  # subnet; id of an instance with an interface in it: the instance's name
NETWORK = "virtual network"  # account; tag
CIDR_BLOCK = "CIDR block"  # region; first address
USAGE = "usage"  # account or region; empty
NO_USAGE = Usage()


class CloudState:
    """The records of one transaction, typed.

    is_persistent: whether the records outlive the process; rng: the source of all randomness; cloud_id: sixteen bits in
    every id, which another cloud is unlikely to share.
    """

    def __init__(
        self, records: Records, config: CloudConfig, is_persistent: bool, rng: random.Random, cloud_id: int
    ) -> None:
        self.records = records
        self.config = config
        self.rng = rng
        self._is_persistent = is_persistent
        self._cloud_id = cloud_id

    def new_id(self, kind: str) -> str:
        """Return a new id for a thing of a kind, with the cloud's id in it."""
        return new_id(kind, self._cloud_id, self.rng)

    def _is_of_another_cloud(self, thing_id: str, kind: str) -> bool:
        match = re.fullmatch(rf"{kind}-([0-9a-f]{{4}})[0-9a-f]{{12}}", thing_id)
        return match is not None and match[1] != f"{self._cloud_id:04x}"

    # Instances

    def find_instance(self, account: str, instance_id: str) -> Instance | None:
        """Return the account's instance, None if it does not exist."""
        found: Instance | None = self.records.get(INSTANCE, account, instance_id)
        return found

    def instance(self, account: str, instance_id: str) -> Instance:
        """Return the account's instance; raise InstanceNotFound."""
        found = self.find_instance(account, instance_id)
        if found is None:
            is_forgotten = not self._is_persistent and self._is_of_another_cloud(instance_id, "vm")
            raise (InstanceForgotten if is_forgotten else InstanceNotFound)(id=instance_id)
        return found

    def is_taken(self, name: str) -> bool:
        """Return whether an instance has the name."""
        return self.records.get(NAME, "", name) is not None

    def put_instance(self, instance: Instance) -> None:
        """Replace an instance."""
        self.records.put(INSTANCE, instance.account, instance.id, instance)

    def add_instance(self, instance: Instance) -> None:
        """Add a new instance and count it."""
        self.put_instance(instance)
        self.records.put(NAME, "", instance.name, instance.id)
        for network in _subnets_of(instance):
            self.records.put(ATTACHMENT, network, instance.id, instance.name)
        self._count(instance, 1)

    def remove_instance(self, instance: Instance) -> None:
        """Remove an instance and release all that it used."""
        self._release(instance)
        self.records.delete(INSTANCE, instance.account, instance.id)
        self.records.delete(NAME, "", instance.name)
        self.end_lease(instance)
        for network in _subnets_of(instance):
            self.records.delete(ATTACHMENT, network, instance.id)
        self._count(instance, -1)

    def lease(self, instance: Instance, until: float) -> None:
        """Note that the creator of an instance may die before it passes the id on; until: when that must be over."""
        self.records.put(LEASE, instance.account, instance.id, until)

    def end_lease(self, instance: Instance) -> None:
        """Delete the lease of an instance; does nothing when it has none."""
        self.records.delete(LEASE, instance.account, instance.id)

    def leased(self, account: str) -> list[tuple[Instance, float]]:
        """Return the account's instances that have a lease, each with the time at which it ends."""
        found = ((self.find_instance(account, key), until) for key, until in self.records.owned(LEASE, account))
        return [(instance, until) for instance, until in found if instance]

    def _count(self, instance: Instance, sign: int) -> None:
        vcpus = sign * instance.size.vcpus
        self._add_usage(_of_account(instance.account), Usage(sign, vcpus))
        self._add_usage(_of_region(instance.region), Usage(sign, vcpus))

    def _add_usage(self, owner: str, more: Usage) -> None:
        used = self._usage(owner)
        total = Usage(used.instances + more.instances, used.vcpus + more.vcpus, used.networks + more.networks)
        self.records.put(USAGE, owner, "", total)

    def _usage(self, owner: str) -> Usage:
        return self.records.get(USAGE, owner, "") or NO_USAGE

    def require_room(self, account: Account, region: Region, size: Size) -> None:
        """Raise QuotaExceeded or NoCapacity when there is no room for one more instance of the size."""
        used = self._usage(_of_account(account.name))
        _require_quota(account.name, "instances", used.instances, 1, account.instances)
        _require_quota(account.name, "vCPUs", used.vcpus, size.vcpus, account.vcpus)
        in_region = self._usage(_of_region(region.name)).vcpus
        if in_region + size.vcpus > region.vcpus:
            raise NoCapacity(region=region.name, limit=region.vcpus, used=in_region, asked=size.vcpus)

    # Addresses

    @property
    def macs(self) -> MacPool:
        """The pool of MAC addresses."""
        return MacPool(self.records, self._cloud_id)

    def pool(self, region: str, network: str, cidr: str = "") -> AddressPool:
        """Return the address pool of a network: the region's management network, or the subnet with this cidr."""
        if network == management_network(region):
            cidr = self.config.regions[region].management_network
            return AddressPool(self.records, network, parse_network(cidr), f"the management network {cidr}")
        return AddressPool(self.records, network, parse_network(cidr), f"the subnet {cidr}")

    def public_pool(self, region: str) -> AddressPool:
        """Return the pool of a region's public addresses."""
        cidr = self.config.regions[region].public_network
        return AddressPool(self.records, f"public-{region}", parse_network(cidr), f"the public network {cidr}")

    def _release(self, instance: Instance) -> None:
        network = self.find_network(instance.account, instance.tag)
        cidrs = {subnet.id: subnet.cidr for subnet in (network.subnets if network else ())}
        for nic in instance.nics:
            self.macs.release(nic.mac)
            if nic.address:
                self.pool(instance.region, nic.network, cidrs.get(nic.network, "")).release(nic.address)
            if nic.public_address:
                self.public_pool(instance.region).release(nic.public_address)

    # Virtual networks

    def find_network(self, account: str, tag: str) -> VirtualNetwork | None:
        """Return the account's virtual network with a tag, None if it does not exist."""
        found: VirtualNetwork | None = self.records.get(NETWORK, account, tag)
        return found

    def network(self, account: str, tag: str) -> VirtualNetwork:
        """Return the account's virtual network with a tag; raise NetworkNotFound."""
        found = self.find_network(account, tag)
        if found is None:
            raise NetworkNotFound(tag=tag)
        return found

    def subnet(self, account: str, tag: str, subnet_id: str) -> Subnet:
        """Return a subnet of the virtual network with the tag; raise SubnetNotFound, also for another network's subnet."""
        network = self.find_network(account, tag)
        for subnet in network.subnets if network else ():
            if subnet.id == subnet_id:
                return subnet
        is_forgotten = not self._is_persistent and self._is_of_another_cloud(subnet_id, "subnet")
        raise (SubnetForgotten if is_forgotten else SubnetNotFound)(id=subnet_id)

    def put_network(self, network: VirtualNetwork) -> None:
        """Replace a virtual network."""
        self.records.put(NETWORK, network.account, network.tag, network)

    def add_network(self, account: Account, network: VirtualNetwork) -> None:
        """Add a new virtual network and count it; raise QuotaExceeded, or NetworkOverlap, which names the other one."""
        used = self._usage(_of_account(account.name)).networks
        _require_quota(account.name, "virtual networks", used, 1, account.networks)
        cidr, key = parse_network(network.cidr), _first_address(network.cidr)
        # The blocks are disjoint, so an overlap can only be with the one before or the one after.
        neighbours: list[CidrBlock] = self.records.around(CIDR_BLOCK, network.region, key)
        refuse_overlap(cidr, ((f"the virtual network '{each.tag}':", parse_network(each.cidr)) for each in neighbours))
        self.records.put(CIDR_BLOCK, network.region, key, CidrBlock(network.cidr, network.tag))
        self.put_network(network)
        self._add_usage(_of_account(network.account), Usage(networks=1))

    def add_subnet(self, network: VirtualNetwork, subnet: Subnet) -> None:
        """Add a new subnet to a virtual network."""
        self.put_network(replace(network, subnets=(*network.subnets, subnet)))

    def remove_network(self, network: VirtualNetwork) -> None:
        """Remove a virtual network with its subnets and release its addresses."""
        for subnet in network.subnets:
            self.pool(network.region, subnet.id, subnet.cidr).drop()
        self.records.delete(CIDR_BLOCK, network.region, _first_address(network.cidr))
        self.records.delete(NETWORK, network.account, network.tag)
        self._add_usage(_of_account(network.account), Usage(networks=-1))

    def users(self, network: VirtualNetwork) -> list[str]:
        """Return the names of the instances that have interfaces in its subnets."""
        names = {name for subnet in network.subnets for _, name in self.records.owned(ATTACHMENT, subnet.id)}
        return sorted(names)


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


def new_id(kind: str, cloud_id: int, rng: random.Random) -> str:
    """Return a new id for a thing of a kind: "<kind>-", then the cloud's id and 48 random bits in hex."""
    return f"{kind}-{cloud_id:04x}{rng.getrandbits(48):012x}"
