"""What a cloud starts with: regions, accounts, images and sizes, read from a JSON file and checked; if it says so, also
how it is filled and what its weather is.

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
from collections.abc import Collection, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from heavenly_cloud.errors import HeavenlyError, InvalidData
from heavenly_cloud.faults import Fault, parse_weather
from heavenly_cloud.models import Image, Size
from heavenly_cloud.networks import parse_network

SHIPPED_DATA = Path(__file__).with_name("heaven.json")
_HASHED = 64
_HASH = re.compile(r"([0-9a-f]{2})+\$[0-9a-f]{128}")
_TYPES: dict[str, type | tuple[type, ...]] = {"str": str, "int": int, "bool": bool, "float": (int, float)}


@dataclass(frozen=True)
class Region:
    """A place to deploy. vcpus: its capacity; the seconds: how long an instance takes to be made, to be powered on and off,
    and to have its address once it is on."""

    name: str
    deployable: bool
    management_network: str
    public_network: str
    vcpus: int
    build_seconds: float = 0
    start_seconds: float = 0
    stop_seconds: float = 0
    boot_seconds: float = 0


@dataclass(frozen=True)
class Account:
    """Who may log in, and the quotas: how many instances, vCPUs and sandboxes at a time."""

    name: str
    password_hash: str
    instances: int
    vcpus: int
    sandboxes: int


@dataclass(frozen=True)
class Filling:
    """What is in a new cloud. account: whose it is, the first account's if empty; names tell where each thing is:
    "narnia.s0" is a sandbox, "narnia.s0.angel2" an instance in it."""

    instances: int = 0
    sandboxes: int = 0
    account: str = ""


@dataclass(frozen=True)
class HeavenData:
    """All of it, each thing by its name. weather: the rules of `faults` that a new cloud begins with."""

    regions: Mapping[str, Region]
    accounts: Mapping[str, Account]
    images: Mapping[str, Image]
    sizes: Mapping[str, Size]
    filling: Filling = field(default_factory=Filling)
    weather: tuple[Fault, ...] = ()


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
    _require_keys(raw, set(kinds), "the top", {"filling", "weather"})
    assert isinstance(raw, dict)
    named: dict[str, Any] = {kind: _records(record, raw[kind], kind) for kind, record in kinds.items()}
    filling = _record(Filling, raw.get("filling", {}), "filling")
    data = HeavenData(**named, filling=filling, weather=parse_weather(raw.get("weather", [])))
    if filling.account and filling.account not in data.accounts:
        raise InvalidData(where="filling.account", reason=f"there is no account '{filling.account}'")
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
        made = _record(record, item, where)
        if item["name"] in records:
            raise InvalidData(where=where, reason=f"the name '{item['name']}' stands twice")
        records[item["name"]] = made
    return records


def _record(record: type[Record], item: Any, where: str) -> Record:
    needed = {each.name for each in fields(record) if each.default is MISSING}  # type: ignore[arg-type]
    _require_keys(item, needed, where, {each.name for each in fields(record)} - needed)  # type: ignore[arg-type]
    _require_types(record, item, where)
    return record(**item)


def _require_keys(raw: object, needed: set[str], where: str, others: Collection[str] = ()) -> None:
    if not isinstance(raw, dict):
        raise InvalidData(where=where, reason="it should be an object")
    if missing := needed - raw.keys():
        raise InvalidData(where=where, reason=f"{sorted(missing)[0]} is missing")
    known = needed | set(others)
    if unknown := raw.keys() - known:
        raise InvalidData(where=where, reason=f"{min(unknown)} is not known; known are {', '.join(sorted(known))}")


def _require_types(record: type, item: Mapping[str, Any], where: str) -> None:
    for each in fields(record):
        if each.name not in item:
            continue
        value, kind = item[each.name], str(each.type)
        if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "bool"):
            raise InvalidData(where=f"{where}.{each.name}", reason=f"it should be of type {kind}")
        if isinstance(value, (int, float)) and not 0 <= value < float("inf"):
            raise InvalidData(where=f"{where}.{each.name}", reason="it should be a number that is not below 0")


def _require_network(text: str, where: str) -> None:
    try:
        parse_network(text)
    except HeavenlyError as error:
        raise InvalidData(where=where, reason=str(error)) from error


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Return "salt$hash" in hex, made with scrypt."""
    salt = os.urandom(16) if salt is None else salt
    return f"{salt.hex()}${_derived(password, salt)[:_HASHED].hex()}"


def sealing_key(password: str, password_hash: str) -> bytes | None:
    """Return the 32 bytes that the account's secrets are sealed with; None if the password is not the one that was
    hashed. The time it takes does not tell how wrong it is."""
    salt, _, hashed = password_hash.partition("$")
    derived = _derived(password, bytes.fromhex(salt))
    return derived[_HASHED:] if hmac.compare_digest(derived[:_HASHED].hex(), hashed) else None


def _derived(password: str, salt: bytes) -> bytes:
    # scrypt ends in PBKDF2, whose blocks tell nothing of each other: the key cannot be had from the hash before it.
    return hashlib.scrypt(password.encode(), salt=salt, n=2**13, r=8, p=1, dklen=_HASHED + 32)
