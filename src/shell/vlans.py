"""VLANs as CloudShell's requests name them: one id, lists and ranges, Access or Trunk, QnQ. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from shell.errors import MistakeError

# IEEE 802.1Q has twelve bits with 0 and 4095 reserved; VXLAN (RFC 7348) has twenty-four.
HIGHEST_ID = {"VLAN": 4094, "VXLAN": 16_777_215}
MODES = ("Access", "Trunk")
Ranges = tuple[tuple[int, int], ...]


class InvalidVlan(MistakeError):
    template = "VLAN '{value}' is wrong: it should be {right}"


class InvalidInnerTags(MistakeError):
    template = "The inner tags '{value}' in 'CTag' are wrong: they should be numbers from 1 to 4094, or ranges of them"


class Vlan(NamedTuple):
    """A VLAN to put on an interface.

    ranges: its ids as sorted, disjoint (first, last) pairs; mode: Access or Trunk; inner: the inner tags of a QnQ tunnel,
    empty without one.
    """

    ranges: Ranges
    mode: str
    inner: Ranges = ()


class VlanIds(NamedTuple):
    """The ids of a VLAN to take off, with the inner tags of a QnQ tunnel; both empty for any VLAN."""

    ranges: Ranges = ()
    inner: Ranges = ()


@lru_cache(maxsize=1024)
def read_vlan(ids: str, mode: str, vlan_type: str = "VLAN", inner: str = "") -> Vlan:
    """Return the VLAN of a request; inner is not empty for QnQ only.

    Raises InvalidVlan: unknown mode, ids out of range for the type, more than one id in Access mode or under QnQ. Raises
    InvalidInnerTags.
    """
    if mode not in MODES:
        raise InvalidVlan(value=ids, right=f"in mode Access or Trunk, not {mode!r}")
    ranges = read_ids(ids, vlan_type)
    is_single = len(ranges) == 1 and ranges[0][0] == ranges[0][1]
    if not is_single and (mode == "Access" or inner):
        raise InvalidVlan(value=ids, right="one id; ranges and lists need mode Trunk without QnQ")
    return Vlan(ranges, mode, read_inner(inner))


def read_inner(tags: str) -> Ranges:
    """Return the inner tags of a QnQ tunnel, its CTag; empty for an empty text. Raises InvalidInnerTags."""
    try:
        return read_ids(tags) if tags else ()
    except InvalidVlan:
        raise InvalidInnerTags(value=tags) from None


@lru_cache(maxsize=1024)
def read_ids(text: str, vlan_type: str = "VLAN") -> Ranges:
    """Return the ids of "100-110, 200" as sorted, disjoint (first, last) pairs; raise InvalidVlan."""
    return merged(_pair(part, text, HIGHEST_ID[vlan_type]) for part in text.split(","))


def merged(pairs: Iterable[tuple[int, int]]) -> Ranges:
    """Return pairs sorted, with those that overlap or touch made one."""
    ranges: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if ranges and first <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], max(last, ranges[-1][1]))
        else:
            ranges.append((first, last))
    return tuple(ranges)


def _pair(part: str, text: str, highest: int) -> tuple[int, int]:
    first, dash, last = (piece.strip() for piece in part.partition("-"))
    numbers = (first, last) if dash else (first, first)
    if not all(number.isascii() and number.isdigit() and len(number) < 9 for number in numbers):
        raise InvalidVlan(value=text, right=f"a number from 1 to {highest}, or ranges of them like 100-110,200")
    low, high = int(numbers[0]), int(numbers[1])
    if not 1 <= low <= high <= highest:
        raise InvalidVlan(value=text, right=f"from 1 to {highest}, and ranges from low to high")
    return low, high
