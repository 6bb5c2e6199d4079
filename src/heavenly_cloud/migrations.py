"""Migrations of the records of earlier versions, as stores and exports hold them. Pure: JSON rows in, JSON rows out.

One version number counts for both. A new version adds one function to STEPS: it takes the rows of the version before and
returns them as the next version has them. What a step does not recognise, it leaves as it is: reading such a record is
still refused by name, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable

JsonRow = tuple[str, str, str, Any]  # kind, owner, key, and the record as decoded JSON

# Version 1.0.0 of HeavenlyCloud wrote version 1; the words of version 1 stand in this module alone.
_KINDS_2 = {"beginning": "identity", "sandbox": "virtual network", "network": "CIDR block", "user": "attachment"}
# Type of version 1: its name in version 2, and the fields that have a new name.
_TYPES_2: dict[str, tuple[str, dict[str, str]]] = {
    "Beginning": ("Identity", {"opened": "epoch"}),
    "Instance": ("Instance", {"sandbox": "tag"}),
    "Sandbox": ("VirtualNetwork", {"id": "tag"}),
    "SealedKeyPair": ("EncryptedKeyPair", {"sealed": "encrypted_private_key"}),
    "State": ("InstanceState", {}),
    "Subnet": ("Subnet", {"sandbox": "tag"}),
    "Usage": ("Usage", {"sandboxes": "networks"}),
}
# Keys of a configuration file that have a new name, for the error that names it.
RENAMED_CONFIG_KEYS = {"filling": "sample_data", "weather": "fault_rules", "sandboxes": "networks"}


def migrate(rows: Iterable[JsonRow], version: int) -> list[JsonRow]:
    """Return rows of an earlier version as the current VERSION has them; raise KeyError for a version without a step."""
    migrated = list(rows)
    for number in range(version, VERSION):
        migrated = STEPS[number](migrated)
    return migrated


def _from_1_to_2(rows: list[JsonRow]) -> list[JsonRow]:
    """Give kinds, types and fields their new names; a block of addresses names its network's tag, not a sentence."""
    tags = {
        (record.get("region"), record.get("cidr")): key
        for kind, _, key, record in rows
        if kind == "sandbox" and isinstance(record, dict)
    }
    migrated: list[JsonRow] = []
    for kind, owner, key, record in rows:
        if kind == "network" and isinstance(record, dict) and (owner, record.get("cidr")) in tags:
            record = {"is": "CidrBlock", "cidr": record["cidr"], "tag": tags[owner, record["cidr"]]}
        migrated.append((_KINDS_2.get(kind, kind), owner, key, _renamed(record)))
    return migrated


def _renamed(value: Any) -> Any:
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    if not isinstance(value, dict) or not isinstance(value.get("is"), str):
        return value
    name, fields = _TYPES_2.get(value["is"], (value["is"], {}))
    return {**{fields.get(field, field): _renamed(item) for field, item in value.items()}, "is": name}


STEPS: dict[int, Callable[[list[JsonRow]], list[JsonRow]]] = {1: _from_1_to_2}
VERSION = max(STEPS) + 1
