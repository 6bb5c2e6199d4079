"""Attributes by short or full names, checked against their definitions, with passwords encrypted."""

from __future__ import annotations

from collections.abc import Mapping

from cloudshell_local.errors import NotFound, WrongCall
from cloudshell_local.shells.standards import AttributeDefinition
from cloudshell_local.storage.passwords import Passwords

_TRUTHS = ("true", "false")


def defaults(definitions: Mapping[str, AttributeDefinition], passwords: Passwords) -> dict[str, str]:
    """Return the default values of attributes.

    An empty password is encrypted too, as on the real server, so it is not an empty text: docs/reference/wire.md §1.1.
    """
    return {name: validated(each, name, each.default, passwords) for name, each in definitions.items()}


def merged(
    owner: str,
    definitions: Mapping[str, AttributeDefinition],
    current: Mapping[str, str],
    new: Mapping[str, str],
    passwords: Passwords,
) -> dict[str, str]:
    """Return the current attributes, updated by new ones.

    owner: what has the attributes, for the error. new: by short or full names. Raises NotFound for an unknown name, and
    WrongCall for a value that does not fit.
    """
    found = dict(current)
    for name, value in new.items():
        full = full_name(owner, definitions, name)
        found[full] = validated(definitions[full], full, value, passwords)
    return found


def full_name(owner: str, definitions: Mapping[str, AttributeDefinition], name: str) -> str:
    """Return the full name of an attribute from its full or short name; raise NotFound, which names the known ones."""
    if name in definitions:
        return name
    for full in definitions:
        if full.endswith(f".{name}"):
            return full
    raise NotFound(name, f"'{owner}' has the attributes {', '.join(definitions)}.")


def validated(definition: AttributeDefinition, name: str, value: str, passwords: Passwords) -> str:
    """Return the value to store for an attribute, a password encrypted; raise WrongCall for a value that does not fit."""
    if definition.is_password:
        return passwords.encrypt(value)
    if value and not _fits(definition, value):
        right = f"one of {', '.join(definition.values)}" if definition.values else f"of the type {definition.type}"
        raise WrongCall(f"The attribute '{name}' is '{value}' and should be {right}")
    return value


def is_off(values: Mapping[str, str], name: str) -> bool:
    """Return whether a boolean attribute, by its short name in any case, is there and is False."""
    return any(
        key.rpartition(".")[2].lower() == name.lower() and value.lower() == "false" for key, value in values.items()
    )


def _fits(definition: AttributeDefinition, value: str) -> bool:
    if definition.values:
        return value in definition.values
    if definition.type == "boolean":
        return value.lower() in _TRUTHS
    try:
        _ = {"integer": int, "float": float}.get(definition.type, str)(value)
    except ValueError:
        return False
    return True
