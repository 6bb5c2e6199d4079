"""Records as JSON and back, for what outlives a process: stores and snapshots.

An object says what it is: {"is": "Nic", "name": "eth0", ...}. So nothing but the records' own classes is needed to read it,
and a person can.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from heavenly_cloud import models
from heavenly_cloud.allocators import PoolUse
from heavenly_cloud.errors import HeavenlyError, InvalidData
from heavenly_cloud.lifecycle import State
from heavenly_cloud.models import Usage
from heavenly_cloud.networks import Vlan

IS = "is"
_CLASSES: dict[str, Any] = {
    each.__name__: each
    for each in (
        models.Angel,
        models.Beginning,
        models.Image,
        models.Instance,
        models.Man,
        models.Network,
        models.Nic,
        models.Sandbox,
        models.SealedKeyPair,
        models.SecurityRule,
        models.Size,
        models.Subnet,
        models.Usage,
        PoolUse,
        Vlan,
    )
}


def encode(record: Any) -> str:
    """Return a record as JSON."""
    return json.dumps(_plain(record), separators=(",", ":"))


def decode(text: str, where: str) -> Any:
    """Return the record that JSON says; raise InvalidData, which says where it stood."""
    try:
        return _record(json.loads(text))
    except (ValueError, TypeError, KeyError, HeavenlyError) as error:
        raise InvalidData(where=where, reason=f"it is no record of this cloud ({type(error).__name__})") from error


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return _object(value, [field.name for field in fields(value)])
    if isinstance(value, (Usage, PoolUse)):
        return _object(value, value._fields)
    if isinstance(value, State):
        return {IS: "State", "value": value.value}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value


def _object(value: Any, names: Sequence[str]) -> dict[str, Any]:
    return {IS: type(value).__name__, **{name: _plain(getattr(value, name)) for name in names}}


def _record(raw: Any) -> Any:
    if isinstance(raw, list):
        return tuple(_record(item) for item in raw)
    if not isinstance(raw, dict):
        return raw
    values = {name: _record(value) for name, value in raw.items() if name != IS}
    return State(values["value"]) if raw[IS] == "State" else _CLASSES[raw[IS]](**values)
