"""Parts of YAML data, read without trust in their shape."""

from __future__ import annotations

from collections.abc import Mapping

YamlMapping = Mapping[str, object]


def mapping(data: YamlMapping, key: str) -> dict[str, object]:
    """Return a part of YAML data that should be a mapping, empty if it is none; its keys are text."""
    found = data.get(key)
    return {str(name): value for name, value in found.items()} if isinstance(found, dict) else {}


def sequence(data: YamlMapping, key: str) -> list[object]:
    """Return a part of YAML data that should be a list, empty if it is none."""
    found = data.get(key)
    return found if isinstance(found, list) else []


def as_text(value: object) -> str:
    """Return a value as text, as attributes have it, whatever type YAML gives it; None is the empty text."""
    return "" if value is None else str(value)


def words(value: object) -> list[str]:
    """Return the items of a list, or of a text in which commas separate them, as texts without outer spaces."""
    items = value if isinstance(value, list) else as_text(value).split(",")
    return [text for item in items if (text := as_text(item).strip())]
