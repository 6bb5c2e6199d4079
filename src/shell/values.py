"""Attribute values. All arrive as text, in lists of names and values, under their own name or "<namespace>.<name>"."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from shell.errors import InvalidValue

LONGEST_NUMBER = 100  # characters
# Python reads more than people mean by a number: "1_000", "nan" and digits of every script.
_WHOLE = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


def attribute_name(attributes: Mapping[str, object], name: str) -> str | None:
    """Return the full name under which an attribute stands ("Public IP" or "Linux Server.Public IP"), if it does."""
    if name in attributes:
        return name
    return next((full for full in attributes if full.endswith(f".{name}")), None)


def text(attributes: Mapping[str, object], name: str, default: str = "") -> str:
    """Return the value of an attribute, the default if it is absent or empty."""
    full = attribute_name(attributes, name)
    value = attributes[full] if full is not None else None
    return default if value is None or value == "" else str(value)


def whole_number(attributes: Mapping[str, object], name: str, default: int) -> int:
    """Return the value as an int; raise InvalidValue, which names the attribute."""
    value = text(attributes, name, str(default))
    if not _WHOLE.fullmatch(value) or len(value) > LONGEST_NUMBER:
        raise InvalidValue(name=f"'{name}'", value=value, right="a whole number")
    return int(value)


def number(attributes: Mapping[str, object], name: str, default: float) -> float:
    """Return the value as a float; raise InvalidValue, which names the attribute."""
    value = text(attributes, name, str(default))
    if not _NUMBER.fullmatch(value) or not math.isfinite(float(value)):
        raise InvalidValue(name=f"'{name}'", value=value, right="a number")
    return float(value)


def truth(attributes: Mapping[str, object], name: str, default: bool) -> bool:
    """Return the value as a bool; raise InvalidValue, which names the attribute."""
    value = text(attributes, name, str(default))
    if value.lower() not in ("true", "false"):
        raise InvalidValue(name=f"'{name}'", value=value, right="True or False")
    return value.lower() == "true"


def split(value: str) -> tuple[str, ...]:
    """Return the parts of a list that people write with commas or semicolons."""
    parts = (part.strip() for part in value.replace(";", ",").split(","))
    return tuple(part for part in parts if part)
