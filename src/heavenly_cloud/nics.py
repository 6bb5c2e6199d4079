"""Interfaces: where a new one goes in an instance, what it takes from the cloud, which VLAN it carries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from heavenly_cloud.errors import NicBusy
from heavenly_cloud.holdings import Holdings, management_network
from heavenly_cloud.models import Nic, NicRequest, Subnet
from heavenly_cloud.networks import Vlan, nic_index, nic_name


@dataclass(frozen=True)
class Place:
    """A name and an index that no other interface of the instance has."""

    name: str
    index: int


def places(instance_name: str, asked: Sequence[str], taken: Iterable[Nic] = ()) -> list[Place]:
    """Return a place for each name that was asked for, in that order; an empty name goes where there is room.

    Raises NicBusy when a place is taken or asked for twice.
    """
    names = {nic.name for nic in taken}
    indexes = {nic.index for nic in taken}
    wanted = [nic_name(text) for text in asked]
    found: dict[int, Place] = {}
    # Those that ask for a number come first, else one that does not care might sit down on it.
    for position in sorted(range(len(wanted)), key=lambda each: nic_index(wanted[each]) is None):
        place = _place(wanted[position], indexes)
        if place.name in names or place.index in indexes:
            raise NicBusy(nic=place.name, name=instance_name, use="in use")
        names.add(place.name)
        indexes.add(place.index)
        found[position] = place
    return [found[position] for position in range(len(wanted))]


def _place(name: str, indexes: set[int]) -> Place:
    index = nic_index(name)
    if index is None:
        index = 0
        while index in indexes:
            index += 1
    return Place(name or f"eth{index}", index)


def new_nic(held: Holdings, region: str, place: Place, wanted: NicRequest, subnet: Subnet | None) -> Nic:
    """Make an interface on a network: a MAC address, an address, and a public one on a public subnet.

    subnet: the one that is wanted, None for the management network. Raises the errors of the allocators.
    """
    network = subnet.id if subnet else management_network(region)
    pool = held.pool(region, network, subnet.cidr if subnet else "")
    mac = held.macs.allocate()
    public_address = held.public_pool(region).allocate() if subnet and subnet.public else ""
    address = pool.take(wanted.address) if wanted.address else pool.allocate()
    return Nic(place.name, place.index, mac, network, address, public_address)


def nic_for_vlan(instance_name: str, nics: Sequence[Nic], vlan: Vlan, asked: str) -> Nic | None:
    """Return the interface that carries the VLAN or may carry it, None when a new one is needed.

    asked: the name of the interface it must be, or empty. Raises NicBusy when that one is used for something else.
    """
    candidates = [nic for nic in nics if not asked or nic.name == nic_name(asked)]
    for nic in candidates:
        if nic.vlan == vlan:
            return nic
    if asked and candidates and _use(candidates[0]):
        raise NicBusy(nic=candidates[0].name, name=instance_name, use=_use(candidates[0]))
    return next((nic for nic in candidates if not _use(nic)), None)


def _use(nic: Nic) -> str:
    if nic.network:
        return f"on the network '{nic.network}'; ask for another one"
    return f"on VLAN {nic.vlan}" if nic.vlan else ""


def with_nic(nics: Iterable[Nic], changed: Nic) -> tuple[Nic, ...]:
    """Return the interfaces with this one put in, by its MAC address, in the order of their index."""
    others = [nic for nic in nics if nic.mac != changed.mac]
    return tuple(sorted([*others, changed], key=lambda nic: nic.index))


def unplugged(nics: Iterable[Nic], ids: str, only: Sequence[str]) -> tuple[list[Nic], tuple[Nic, ...]]:
    """Take a VLAN off interfaces; return those that it was taken off, and all of them as they are then.

    ids: the VLAN's, or empty for whatever is carried; only: names or MAC addresses, or empty for all.
    """
    wanted = {nic_name(name).lower() for name in only} if only else set()
    changed: list[Nic] = []
    result: list[Nic] = []
    for nic in nics:
        meant = not wanted or nic.name.lower() in wanted or nic.mac in wanted
        if meant and nic.vlan and ids in ("", nic.vlan.ids):
            nic = replace(nic, vlan=None)
            changed.append(nic)
        result.append(nic)
    return changed, tuple(result)
