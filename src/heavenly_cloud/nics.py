"""Network interfaces of an instance: their names and indexes, their addresses, and the VLANs that they carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from heavenly_cloud.errors import NicBusy
from heavenly_cloud.models import Nic, NicRequest, Subnet
from heavenly_cloud.networks import Vlan, nic_index, nic_name
from heavenly_cloud.state import CloudState, management_network


@dataclass(frozen=True)
class Slot:
    """A name and an index that no other interface of the instance has."""

    name: str
    index: int


def slots(instance_name: str, asked: Sequence[str], taken: Iterable[Nic] = ()) -> list[Slot]:
    """Return a slot for each name that is asked for, in that order; an empty name gets the first free one.

    Raises NicBusy when a slot is taken or asked for twice.
    """
    names = {nic.name for nic in taken}
    indexes = {nic.index for nic in taken}
    wanted = [nic_name(text) for text in asked]
    found: dict[int, Slot] = {}
    # Names with a number come first, or an empty name could get the index that a later one asks for.
    for position in sorted(range(len(wanted)), key=lambda each: nic_index(wanted[each]) is None):
        slot = _slot(wanted[position], indexes)
        if slot.name in names or slot.index in indexes:
            raise NicBusy(nic=slot.name, name=instance_name, use="in use")
        names.add(slot.name)
        indexes.add(slot.index)
        found[position] = slot
    return [found[position] for position in range(len(wanted))]


def _slot(name: str, indexes: set[int]) -> Slot:
    index = nic_index(name)
    if index is None:
        index = 0
        while index in indexes:
            index += 1
    return Slot(name or f"eth{index}", index)


def new_nic(state: CloudState, region: str, slot: Slot, wanted: NicRequest, subnet: Subnet | None) -> Nic:
    """Return a new interface on a network, with a MAC address, an IP address, and a public one in a public subnet.

    subnet: where it goes, None for the management network. Raises the errors of the allocators.
    """
    network = subnet.id if subnet else management_network(region)
    pool = state.pool(region, network, subnet.cidr if subnet else "")
    mac = state.macs.allocate()
    public_address = state.public_pool(region).allocate() if subnet and subnet.public else ""
    address = pool.take(wanted.address) if wanted.address else pool.allocate()
    return Nic(slot.name, slot.index, mac, network, address, public_address)


def nic_for_vlan(instance_name: str, nics: Sequence[Nic], vlan: Vlan, asked: str) -> Nic | None:
    """Return the interface that carries the VLAN or is free to carry it, None when a new one is needed.

    asked: the name of the interface that it must be, or empty. Raises NicBusy when that one is used otherwise.
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
    """Return the interfaces with this one added, or replaced by its MAC address, in the order of their indexes."""
    others = [nic for nic in nics if nic.mac != changed.mac]
    return tuple(sorted([*others, changed], key=lambda nic: nic.index))


def unplugged(nics: Iterable[Nic], ids: str, only: Sequence[str]) -> tuple[list[Nic], tuple[Nic, ...]]:
    """Return the interfaces that a VLAN is taken off, and all interfaces as they are afterwards.

    ids: the VLAN's, or empty for any; only: names or MAC addresses of interfaces, or empty for all.
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
