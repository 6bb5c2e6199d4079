"""VLANs, networks and interface names: parsing and checking. Pure: no cloud, no state."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, ip_network

from heavenly_cloud.errors import InvalidCidr, InvalidVlan, IPv6Network, NetworkOverlap, NoRoom, UnusableNetwork

# VXLAN (RFC 7348) has twenty-four bits for an id; IEEE 802.1Q has twelve of them.
HIGHEST_ID = 16_777_215
MODES = ("Access", "Trunk")
_IDS = re.compile(r"\d{1,8}(-\d{1,8})?(,\d{1,8}(-\d{1,8})?)*", re.ASCII)
_NUMBERED_NIC = re.compile(r"eth0*(\d{1,3})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Vlan:
    """A VLAN on an interface.

    ids: "11", or sorted numbers and ranges as "100-110,200"; mode: Access or Trunk; inner: the inner tags of a QnQ tunnel,
    likewise, or empty. Raises InvalidVlan.
    """

    ids: str
    mode: str
    inner: str = ""

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise InvalidVlan(value=self.ids, right=f"in mode Access or Trunk, not {self.mode!r}")
        if not (_is_sorted(self.ids) and (not self.inner or _is_sorted(self.inner))):
            right = f"sorted numbers from 1 to {HIGHEST_ID} and ranges of them, as '11' or '100-110,200'"
            raise InvalidVlan(value=self.ids, right=right)

    def __str__(self) -> str:
        return f"{self.ids} ({self.mode})" if not self.inner else f"{self.ids} ({self.mode}, QnQ {self.inner})"


@lru_cache(maxsize=1024)
def _is_sorted(ids: str) -> bool:
    if not _IDS.fullmatch(ids):
        return False
    numbers = [0, *(int(number) for number in re.split("[-,]", ids)), HIGHEST_ID + 1]
    return all(before < after for before, after in zip(numbers, numbers[1:]))


@lru_cache(maxsize=4096)
def parse_network(text: str) -> IPv4Network:
    """Return the network of "10.0.3.0/24"; raise InvalidCidr, for host bits too, or IPv6Network."""
    if "/" not in text:
        raise InvalidCidr(value=text)
    try:
        network = ip_network(text.strip())
    except ValueError:
        raise InvalidCidr(value=text) from None
    if not isinstance(network, IPv4Network):
        raise IPv6Network(value=text)
    return network


def parse_private_network(text: str, what: str) -> IPv4Network:
    """Return a network that VMs can be in; raise as parse_network does, UnusableNetwork or NoRoom. what: for the error."""
    network = parse_network(text)
    if network.is_multicast or network.is_loopback or network.is_link_local or network.is_reserved:
        raise UnusableNetwork(what=what, cidr=network)
    if usable_addresses(network) < 1:
        raise NoRoom(what=what, cidr=network)
    return network


def usable_addresses(network: IPv4Network) -> int:
    """Return how many addresses VMs may have: not the network's own, its broadcast, and its first (the gateway)."""
    return max(network.num_addresses - 3, 0)


def refuse_overlap(network: IPv4Network, others: Iterable[tuple[str, IPv4Network]]) -> None:
    """Raise NetworkOverlap when the network shares an address with one of the others, given as (label, network)."""
    for label, other in others:
        if network.overlaps(other):
            raise NetworkOverlap(cidr=network, other=f"{label} {other}")


@lru_cache(maxsize=1024)
def nic_index(name: str) -> int | None:
    """Return the index that a name like "eth1" stands for, None for other names."""
    numbered = _NUMBERED_NIC.fullmatch(name)
    return int(numbered[1]) if numbered else None
