"""Encoding of records as JSON, for stores and exports.

An object names its type: {"is": "Nic", "name": "eth0", ...}. So a person can read it, and the records' own classes are
enough to decode it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from heavenly_cloud import models
from heavenly_cloud.allocators import PoolUse
from heavenly_cloud.errors import HeavenlyError, InvalidData
from heavenly_cloud.lifecycle import InstanceState
from heavenly_cloud.models import Usage
from heavenly_cloud.networks import Vlan

TYPE = "is"
_STATE = "InstanceState"
_CLASSES: dict[str, Any] = {
    each.__name__: each
    for each in (
        models.Angel,
        models.CidrBlock,
        models.EncryptedKeyPair,
        models.Identity,
        models.Image,
        models.Instance,
        models.Man,
        models.Nic,
        models.SecurityRule,
        models.Size,
        models.Subnet,
        models.Usage,
        models.VirtualNetwork,
        PoolUse,
        Vlan,
    )
}


def encode(record: Any) -> str:
    """Return a record as JSON text."""
    return json.dumps(encode_json(record), separators=(",", ":"))


def decode(text: str, where: str) -> Any:
    """Return the record in JSON text; raise InvalidData, which names the place where the text stood."""
    return decode_json(parse_json(text, where), where)


def parse_json(text: str, where: str) -> Any:
    """Return JSON text decoded, but not yet as a record; raise InvalidData."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise _not_a_record(error, where) from error


def decode_json(raw: Any, where: str) -> Any:
    """Return the record in decoded JSON; raise InvalidData."""
    try:
        return _decoded(raw)
    except (ValueError, TypeError, KeyError, HeavenlyError) as error:
        raise _not_a_record(error, where) from error


def _not_a_record(error: Exception, where: str) -> InvalidData:
    return InvalidData(where=where, reason=f"it is not a record of this cloud ({type(error).__name__})")


def encode_json(value: Any) -> Any:
    """Return a record as objects that json.dumps knows."""
    if is_dataclass(value):
        return _object(value, [field.name for field in fields(value)])
    if isinstance(value, (Usage, PoolUse)):
        return _object(value, value._fields)
    if isinstance(value, InstanceState):
        return {TYPE: _STATE, "value": value.value}
    if isinstance(value, (tuple, list)):
        return [encode_json(item) for item in value]
    return value


def _object(value: Any, names: Sequence[str]) -> dict[str, Any]:
    return {TYPE: type(value).__name__, **{name: encode_json(getattr(value, name)) for name in names}}


def _decoded(raw: Any) -> Any:
    if isinstance(raw, list):
        return tuple(_decoded(item) for item in raw)
    if not isinstance(raw, dict):
        return raw
    values = {name: _decoded(value) for name, value in raw.items() if name != TYPE}
    return InstanceState(values["value"]) if raw[TYPE] == _STATE else _CLASSES[raw[TYPE]](**values)
