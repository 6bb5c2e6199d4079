"""VLAN ids and ranges, networks and interface names: parsing and checking. Pure: no cloud, no state."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network

from heavenly_cloud.errors import InvalidCidr, InvalidVlan, NetworkOverlap

# IEEE 802.1Q has twelve bits with 0 and 4095 reserved; VXLAN (RFC 7348) has twenty-four.
HIGHEST_ID = {"VLAN": 4094, "VXLAN": 16_777_215}
MODES = ("Access", "Trunk")
_NUMBERED_NIC = re.compile(r"(?:eth)?0*(\d{1,3})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Vlan:
    """A VLAN on an interface: ids as "11" or "100-110,200", mode Access or Trunk, the inner tags of a QnQ tunnel."""

    ids: str
    mode: str
    inner: str = ""

    def __str__(self) -> str:
        return f"{self.ids} ({self.mode})" if not self.inner else f"{self.ids} ({self.mode}, QnQ {self.inner})"


@lru_cache(maxsize=1024)
def vlan(ids: str, mode: str, vlan_type: str = "VLAN", inner: str = "") -> Vlan:
    """Return a checked and normalised Vlan; inner is empty unless it is a QnQ tunnel.

    Raises InvalidVlan: unknown mode, ids out of range for the type, more than one id in Access mode or under QnQ.
    """
    if mode not in MODES:
        raise InvalidVlan(value=ids, right=f"in mode Access or Trunk, not {mode!r}")
    ranges = parse_ids(ids, vlan_type)
    single = len(ranges) == 1 and ranges[0][0] == ranges[0][1]
    if not single and (mode == "Access" or inner):
        raise InvalidVlan(value=ids, right="one id; ranges and lists need mode Trunk without QnQ")
    return Vlan(_text(ranges), mode, normal_ids(inner) if inner else "")


@lru_cache(maxsize=1024)
def normal_ids(text: str, vlan_type: str = "VLAN") -> str:
    """Return ids sorted and merged, as a Vlan has them; raise InvalidVlan."""
    return _text(parse_ids(text, vlan_type))


def parse_ids(text: str, vlan_type: str = "VLAN") -> list[tuple[int, int]]:
    """Return the ids of "100-110, 200" as sorted, disjoint (first, last) pairs; raise InvalidVlan."""
    ranges: list[tuple[int, int]] = []
    for first, last in sorted(_pair(part, text, HIGHEST_ID[vlan_type]) for part in text.split(",")):
        if ranges and first <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], max(last, ranges[-1][1]))
        else:
            ranges.append((first, last))
    return ranges


def _pair(part: str, text: str, highest: int) -> tuple[int, int]:
    first, dash, last = (piece.strip() for piece in part.partition("-"))
    numbers = (first, last) if dash else (first, first)
    if not all(number.isascii() and number.isdigit() and len(number) < 9 for number in numbers):
        raise InvalidVlan(value=text, right=f"a number from 1 to {highest}, or ranges of them like 100-110,200")
    low, high = int(numbers[0]), int(numbers[1])
    if not 1 <= low <= high <= highest:
        raise InvalidVlan(value=text, right=f"from 1 to {highest}, and ranges from low to high")
    return low, high


def _text(ranges: Iterable[tuple[int, int]]) -> str:
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)


@lru_cache(maxsize=4096)
def parse_network(text: str) -> IPv4Network:
    """Return the network of "10.0.3.0/24"; raise InvalidCidr, for host bits too."""
    if "/" not in text:
        raise InvalidCidr(value=text)
    try:
        return IPv4Network(text.strip())
    except ValueError:
        raise InvalidCidr(value=text) from None


def refuse_overlap(network: IPv4Network, others: Iterable[tuple[str, IPv4Network]]) -> None:
    """Raise NetworkOverlap when the network shares an address with one of the others, given as (label, network)."""
    for label, other in others:
        if network.overlaps(other):
            raise NetworkOverlap(cidr=network, other=f"{label} {other}")


@lru_cache(maxsize=1024)
def nic_name(text: str) -> str:
    """Return the interface name that a text stands for: "1" and "eth1" are "eth1", other words stay as they are."""
    numbered = _NUMBERED_NIC.fullmatch(text.strip())
    return f"eth{numbered[1]}" if numbered else text.strip()


@lru_cache(maxsize=1024)
def nic_index(name: str) -> int | None:
    """Return the index that a name like "eth1" stands for, None for other names."""
    numbered = _NUMBERED_NIC.fullmatch(name)
    return int(numbered[1]) if numbered else None
