"""Configuration of a cloud: its regions, accounts, images and sizes, its sample data and its fault rules.

The file that ships is cloud.json beside this module; another one of the same shape can be used instead
(`HeavenlyCloud(load_config(Path("mine.json")))`). Passwords are stored as hashes; make one with

    python -c 'from heavenly_cloud.config import hash_password; print(hash_password(input()))'
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
from heavenly_cloud.faults import FaultRule, parse_fault_rules
from heavenly_cloud.migrations import RENAMED_CONFIG_KEYS
from heavenly_cloud.models import Image, Size
from heavenly_cloud.networks import parse_network

DEFAULT_CONFIG = Path(__file__).with_name("cloud.json")
_HASH_BYTES = 64
_KEY_BYTES = 32
_HASH = re.compile(r"([0-9a-f]{2})+\$[0-9a-f]{128}")
_TYPES: dict[str, type | tuple[type, ...]] = {"str": str, "int": int, "bool": bool, "float": (int, float)}


@dataclass(frozen=True)
class Region:
    """A place to deploy in.

    vcpus: its capacity; build_seconds, start_seconds, stop_seconds: how long an instance takes to be built, powered on and
    powered off; boot_seconds: how long it takes from being on to having its address.
    """

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
    """A user of the cloud, with quotas: how many instances, vCPUs and virtual networks it may have at a time."""

    name: str
    password_hash: str
    instances: int
    vcpus: int
    networks: int


@dataclass(frozen=True)
class SampleData:
    """The instances and virtual networks that a new cloud is populated with.

    account: their owner, the first account if empty. Names tell where each thing is: "narnia.net0" is the tag of a virtual
    network, "narnia.net0.angel2" an instance in it.
    """

    instances: int = 0
    networks: int = 0
    account: str = ""


@dataclass(frozen=True)
class CloudConfig:
    """Configuration of a cloud, each thing by its name. fault_rules: those that a new cloud begins with."""

    regions: Mapping[str, Region]
    accounts: Mapping[str, Account]
    images: Mapping[str, Image]
    sizes: Mapping[str, Size]
    sample_data: SampleData = field(default_factory=SampleData)
    fault_rules: tuple[FaultRule, ...] = ()


def load_config(path: Path = DEFAULT_CONFIG) -> CloudConfig:
    """Read and check a configuration file; raise InvalidData, which says where the mistake is."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidData(where=path.name, reason=f"it cannot be read as JSON ({type(error).__name__})") from error
    return parse_config(raw)


def parse_config(raw: object) -> CloudConfig:
    """Check a configuration that was decoded from JSON; raise InvalidData."""
    kinds = {"regions": Region, "accounts": Account, "images": Image, "sizes": Size}
    _require_keys(raw, set(kinds), "the top", {"sample_data", "fault_rules"})
    assert isinstance(raw, dict)
    named: dict[str, Any] = {kind: _parse_items(item, raw[kind], kind) for kind, item in kinds.items()}
    sample_data = _parse_item(SampleData, raw.get("sample_data", {}), "sample_data")
    fault_rules = parse_fault_rules(raw.get("fault_rules", []))
    config = CloudConfig(**named, sample_data=sample_data, fault_rules=fault_rules)
    _require_consistent(config)
    return config


def _require_consistent(config: CloudConfig) -> None:
    owner = config.sample_data.account
    if owner and owner not in config.accounts:
        raise InvalidData(where="sample_data.account", reason=f"there is no account '{owner}'")
    for account in config.accounts.values():
        if not _HASH.fullmatch(account.password_hash):
            raise InvalidData(where=f"account '{account.name}', password_hash", reason="hash_password did not make it")
    for region in config.regions.values():
        _require_network(region.management_network, f"region '{region.name}', management_network")
        _require_network(region.public_network, f"region '{region.name}', public_network")


Item = TypeVar("Item")


def _parse_items(item_type: type[Item], raw: object, kind: str) -> dict[str, Item]:
    if not isinstance(raw, list) or not raw:
        raise InvalidData(where=kind, reason="it should be a list with at least one item")
    items: dict[str, Item] = {}
    for number, item in enumerate(raw):
        where = f"{kind}[{number}]"
        parsed = _parse_item(item_type, item, where)
        if item["name"] in items:
            raise InvalidData(where=where, reason=f"the name '{item['name']}' stands twice")
        items[item["name"]] = parsed
    return items


def _parse_item(item_type: type[Item], raw: Any, where: str) -> Item:
    known = fields(item_type)  # type: ignore[arg-type]
    needed = {each.name for each in known if each.default is MISSING}
    _require_keys(raw, needed, where, {each.name for each in known} - needed)
    _require_types(item_type, raw, where)
    return item_type(**raw)


def _require_keys(raw: object, needed: set[str], where: str, others: Collection[str] = ()) -> None:
    if not isinstance(raw, dict):
        raise InvalidData(where=where, reason="it should be an object")
    known = needed | set(others)
    for key in raw:
        if key not in known and RENAMED_CONFIG_KEYS.get(key) in known:
            raise InvalidData(where=where, reason=f"{key} is now called {RENAMED_CONFIG_KEYS[key]}; rename the key")
    if missing := needed - raw.keys():
        raise InvalidData(where=where, reason=f"{min(missing)} is missing")
    if unknown := raw.keys() - known:
        raise InvalidData(where=where, reason=f"{min(unknown)} is not known; known are {', '.join(sorted(known))}")


def _require_types(item_type: type, item: Mapping[str, Any], where: str) -> None:
    for each in fields(item_type):
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
    """Return "<salt>$<hash>" in hex, made with scrypt; salt: random if None."""
    salt = os.urandom(16) if salt is None else salt
    return f"{salt.hex()}${_derived(password, salt)[:_HASH_BYTES].hex()}"


def encryption_key(password: str, password_hash: str) -> bytes | None:
    """Return the 32 bytes that the account's secrets are encrypted with; None if the password is not the hashed one.

    The comparison takes the same time however wrong the password is.
    """
    salt, _, hashed = password_hash.partition("$")
    derived = _derived(password, bytes.fromhex(salt))
    return derived[_HASH_BYTES:] if hmac.compare_digest(derived[:_HASH_BYTES].hex(), hashed) else None


def _derived(password: str, salt: bytes) -> bytes:
    # scrypt ends in PBKDF2 (RFC 7914, section 6), whose output blocks are independent: the hash, which comes first, does not
    # give the key away.
    return hashlib.scrypt(password.encode(), salt=salt, n=2**13, r=8, p=1, dklen=_HASH_BYTES + _KEY_BYTES)
