"""VLAN ids and ranges of them, as people type them into the attributes of VLAN services."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cloudshell_local.errors import WrongCall

# IEEE 802.1Q has twelve bits for an id, without 0 and 4095; VXLAN (RFC 7348) has twenty-four.
HIGHEST_ID = {"VLAN": 4094, "VXLAN": 16_777_215}
_RANGE = re.compile(r"([0-9]+)(?:\s*-\s*([0-9]+))?")


def parse_ranges(text: str, highest: int = HIGHEST_ID["VXLAN"]) -> list[range]:
    """Return the ranges of VLAN ids that a text as "3, 100-220" lists; raise WrongCall for other texts."""
    found = readable_ranges(text, highest)
    if not found:
        raise WrongCall(f"'{text}' should be VLAN ids and ranges of them, as 3, 100-220, from 1 to {highest}")
    return found


def readable_ranges(text: str, highest: int = HIGHEST_ID["VXLAN"]) -> list[range]:
    """Return the ranges of ids that a text lists; none if it cannot be read."""
    found = []
    for part in re.split(r"[,;]", text):
        match = _RANGE.fullmatch(part.strip())
        first, last = (_id(match[1], highest), _id(match[2] or match[1], highest)) if match else (0, 0)
        if not 0 < first <= last:
            return []
        found.append(range(first, last + 1))
    return found


def _id(digits: str, highest: int) -> int:
    """Return an id; 0 for one that is too large."""
    found = int(digits) if len(digits.lstrip("0")) <= len(str(highest)) else 0
    return found if found <= highest else 0


def is_ids(text: str) -> bool:
    """Return whether a text lists VLAN ids; else it is the name of a network."""
    return all(_RANGE.fullmatch(part.strip()) for part in re.split(r"[,;]", text))


def require_ids(attributes: Mapping[str, str]) -> None:
    """Raise WrongCall for attributes of a service or a connector that have VLAN ids which cannot be read.

    A text that is no ids is the name of a network, whatever it is.
    """
    for name in ("VLAN ID", "Virtual Network"):
        if is_ids(attributes.get(name, "")):
            parse_ranges(attributes[name])
    if attributes.get("Allocation Ranges"):
        parse_ranges(attributes["Allocation Ranges"])
