"""Network interfaces of an instance: their names and indexes, their addresses, and the VLANs that they carry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from heavenly_cloud.errors import NicBusy
from heavenly_cloud.models import Nic, NicRequest, Subnet
from heavenly_cloud.networks import Vlan, nic_index
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
    names = {_key(nic.name) for nic in taken}
    indexes = {nic.index for nic in taken}
    existing = {*indexes}
    found: dict[int, Slot] = {}
    # Names with a number come first, or an empty name could get the index that a later one asks for.
    for position in sorted(range(len(asked)), key=lambda each: nic_index(asked[each]) is None):
        slot = _slot(asked[position], indexes)
        if _key(slot.name) in names or slot.index in indexes:
            use = "in use" if slot.index in existing else "asked for, and it can be on one network only"
            raise NicBusy(nic=slot.name, name=instance_name, use=use)
        names.add(_key(slot.name))
        indexes.add(slot.index)
        found[position] = slot
    return [found[position] for position in range(len(asked))]


def _slot(name: str, indexes: set[int]) -> Slot:
    index = nic_index(name)
    if index is not None:
        return Slot(f"eth{index}", index)
    index = 0
    while index in indexes:
        index += 1
    return Slot(name or f"eth{index}", index)


def _key(name: str) -> str:
    """Return what names of one interface have in common: case does not matter, nor do zeros in eth01."""
    index = nic_index(name)
    return name.casefold() if index is None else f"eth{index}"


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


def nic_for_vlan(instance_name: str, nics: Sequence[Nic], vlan: Vlan, asked: str, connection: str) -> Nic | None:
    """Return the interface that carries the connection or is free to carry it, None when a new one is needed.

    asked: the name of the interface that it must be, or empty. Raises NicBusy when that one is used otherwise.
    """
    candidates = [nic for nic in nics if not asked or _key(nic.name) == _key(asked)]
    for nic in candidates:
        if _carries(nic, connection, nic.vlan == vlan):
            return nic
    if asked and candidates and _use(candidates[0]):
        raise NicBusy(nic=candidates[0].name, name=instance_name, use=_use(candidates[0]))
    return next((nic for nic in candidates if not _use(nic)), None)


def _carries(nic: Nic, connection: str, is_same_vlan: bool) -> bool:
    """Return whether an interface carries a connection. Where one of the two has no word for it, the VLAN decides."""
    return nic.vlan is not None and (nic.connection == connection if nic.connection and connection else is_same_vlan)


def _use(nic: Nic) -> str:
    if nic.network:
        return f"on the network '{nic.network}'; ask for another one"
    return f"on VLAN {nic.vlan}" if nic.vlan else ""


def with_nic(nics: Iterable[Nic], changed: Nic) -> tuple[Nic, ...]:
    """Return the interfaces with this one added, or replaced by its MAC address, in the order of their indexes."""
    others = [nic for nic in nics if nic.mac != changed.mac]
    return tuple(sorted([*others, changed], key=lambda nic: nic.index))


def with_connection_on(nics: Iterable[Nic], connection: str, macs: Collection[str]) -> tuple[Nic, ...]:
    """Return the interfaces with a connection taken off all but those with these MAC addresses."""
    return tuple(
        _unplugged(nic) if connection and nic.connection == connection and nic.mac not in macs else nic for nic in nics
    )


def unplugged(
    nics: Iterable[Nic], ids: str, inner: str, only: Sequence[str], connection: str
) -> tuple[list[Nic], tuple[Nic, ...]]:
    """Return the interfaces that a connection is taken off, and all interfaces as they are afterwards.

    ids: its VLAN's, or empty for any; inner: of those, only the QnQ tunnel of these tags, or empty for any; only: names or
    MAC addresses of interfaces, or empty for all; connection: the caller's own word for it, or empty for any.
    """
    wanted = {_key(name) for name in only}
    changed: list[Nic] = []
    result: list[Nic] = []
    for nic in nics:
        is_meant = not wanted or _key(nic.name) in wanted or nic.mac in wanted
        is_same_vlan = nic.vlan is not None and ids in ("", nic.vlan.ids) and inner in ("", nic.vlan.inner)
        if is_meant and _carries(nic, connection, is_same_vlan):
            nic = _unplugged(nic)
            changed.append(nic)
        result.append(nic)
    return changed, tuple(result)


def _unplugged(nic: Nic) -> Nic:
    return replace(nic, vlan=None, connection="")
