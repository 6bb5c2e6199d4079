"""Attributes by their short or full names, checked against their model; passwords encrypted."""

from __future__ import annotations

from collections.abc import Mapping

from cloudshell_local.errors import NotFound, WrongCall
from cloudshell_local.shells.standards import AttributeDefinition
from cloudshell_local.storage.passwords import Passwords

_TRUTHS = ("true", "false")


def defaults(definitions: Mapping[str, AttributeDefinition], passwords: Passwords) -> dict[str, str]:
    """Return a model's attributes with their defaults. An empty password is encrypted too, as the real server does."""
    return {name: validated(each, name, each.default, passwords) for name, each in definitions.items()}


def merged(
    owner: str,
    definitions: Mapping[str, AttributeDefinition],
    current: Mapping[str, str],
    given: Mapping[str, str],
    passwords: Passwords,
) -> dict[str, str]:
    """Return the current attributes with those given set; raise NotFound or WrongCall."""
    found = dict(current)
    for name, value in given.items():
        full = full_name(owner, definitions, name)
        found[full] = validated(definitions[full], full, value, passwords)
    return found


def full_name(owner: str, definitions: Mapping[str, AttributeDefinition], name: str) -> str:
    """Return an attribute's full name from it or from its last part; raise NotFound with those that there are."""
    if name in definitions:
        return name
    for full in definitions:
        if full.endswith(f".{name}"):
            return full
    raise NotFound(name, f"'{owner}' has the attributes {', '.join(definitions)}.")


def validated(definition: AttributeDefinition, name: str, value: str, passwords: Passwords) -> str:
    """Return a value as it is kept; raise WrongCall for one that the attribute cannot have."""
    if definition.is_password:
        return passwords.encrypt(value)
    if value and not _fits(definition, value):
        right = f"one of {', '.join(definition.values)}" if definition.values else f"of the type {definition.type}"
        raise WrongCall(f"The attribute '{name}' is '{value}' and should be {right}")
    return value


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
