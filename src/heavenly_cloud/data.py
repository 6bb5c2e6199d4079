"""What a cloud starts with: regions, accounts, images and sizes, read from a JSON file and checked.

The file that ships is heaven.json beside this module; another one of the same shape may take its place
(`HeavenlyCloud(load_data(Path("mine.json")))`). Passwords are kept as hashes; one is made with

    python -c 'from heavenly_cloud.data import hash_password; print(hash_password(input()))'
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from heavenly_cloud.errors import HeavenlyError, InvalidData
from heavenly_cloud.models import Image, Size
from heavenly_cloud.networks import parse_network

SHIPPED_DATA = Path(__file__).with_name("heaven.json")
_HASH = re.compile(r"([0-9a-f]{2})+\$[0-9a-f]{128}")
_TYPES: dict[str, type | tuple[type, ...]] = {"str": str, "int": int, "bool": bool, "float": (int, float)}


@dataclass(frozen=True)
class Region:
    """A place to deploy. vcpus: its capacity; build_seconds, boot_seconds: how long an instance takes to be made, and to
    have its address once it is on."""

    name: str
    deployable: bool
    management_network: str
    public_network: str
    vcpus: int
    build_seconds: float
    boot_seconds: float


@dataclass(frozen=True)
class Account:
    """Who may log in, and the quotas: how many instances, vCPUs and sandboxes at a time."""

    name: str
    password_hash: str
    instances: int
    vcpus: int
    sandboxes: int


@dataclass(frozen=True)
class HeavenData:
    """All of it, each thing by its name."""

    regions: Mapping[str, Region]
    accounts: Mapping[str, Account]
    images: Mapping[str, Image]
    sizes: Mapping[str, Size]


def load_data(path: Path = SHIPPED_DATA) -> HeavenData:
    """Read and check a data file; raise InvalidData, which says where the mistake is."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidData(where=path.name, reason=f"it cannot be read as JSON ({type(error).__name__})") from error
    return parse_data(raw)


def parse_data(raw: object) -> HeavenData:
    """Check data that is read already; raise InvalidData."""
    kinds = {"regions": Region, "accounts": Account, "images": Image, "sizes": Size}
    _require_keys(raw, set(kinds), "the top")
    assert isinstance(raw, dict)
    data = HeavenData(**{kind: _records(record, raw[kind], kind) for kind, record in kinds.items()})
    for account in data.accounts.values():
        if not _HASH.fullmatch(account.password_hash):
            raise InvalidData(where=f"account '{account.name}', password_hash", reason="hash_password did not make it")
    for region in data.regions.values():
        _require_network(region.management_network, f"region '{region.name}', management_network")
        _require_network(region.public_network, f"region '{region.name}', public_network")
    return data


Record = TypeVar("Record")


def _records(record: type[Record], raw: object, kind: str) -> dict[str, Record]:
    if not isinstance(raw, list) or not raw:
        raise InvalidData(where=kind, reason="it should be a list with at least one item")
    records: dict[str, Record] = {}
    for number, item in enumerate(raw):
        where = f"{kind}[{number}]"
        _require_keys(item, {field.name for field in fields(record)}, where)  # type: ignore[arg-type]
        _require_types(record, item, where)
        if item["name"] in records:
            raise InvalidData(where=where, reason=f"the name '{item['name']}' stands twice")
        records[item["name"]] = record(**item)
    return records


def _require_keys(raw: object, expected: set[str], where: str) -> None:
    if not isinstance(raw, dict):
        raise InvalidData(where=where, reason="it should be an object")
    if missing := expected - raw.keys():
        raise InvalidData(where=where, reason=f"{sorted(missing)[0]} is missing")
    if unknown := raw.keys() - expected:
        raise InvalidData(
            where=where, reason=f"{sorted(unknown)[0]} is not known; known are {', '.join(sorted(expected))}"
        )


def _require_types(record: type, item: Mapping[str, Any], where: str) -> None:
    for field in fields(record):
        value, kind = item[field.name], str(field.type)
        if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "bool"):
            raise InvalidData(where=f"{where}.{field.name}", reason=f"it should be of type {kind}")
        if isinstance(value, (int, float)) and value < 0:
            raise InvalidData(where=f"{where}.{field.name}", reason="it should not be below 0")


def _require_network(text: str, where: str) -> None:
    try:
        parse_network(text)
    except HeavenlyError as error:
        raise InvalidData(where=where, reason=str(error)) from error


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Return "salt$hash" in hex, made with scrypt."""
    salt = os.urandom(16) if salt is None else salt
    return f"{salt.hex()}${hashlib.scrypt(password.encode(), salt=salt, n=2**13, r=8, p=1).hex()}"


def is_password(password: str, password_hash: str) -> bool:
    """Return whether the password is the one that was hashed; the time it takes does not tell how wrong it is."""
    salt, _, _ = password_hash.partition("$")
    return hmac.compare_digest(hash_password(password, bytes.fromhex(salt)), password_hash)
