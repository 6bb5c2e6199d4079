"""Attributes by short or full names, checked against their definitions, with passwords encrypted."""

from __future__ import annotations

from collections.abc import Mapping

from cloudshell_local.errors import NotFound, WrongCall
from cloudshell_local.shells.standards import AttributeDefinition
from cloudshell_local.storage.passwords import Passwords


def complete(
    owner: str,
    definitions: Mapping[str, AttributeDefinition],
    values: Mapping[str, str],
    passwords: Passwords,
) -> dict[str, str]:
    """Return all attributes: those that are given, and the defaults of the others.

    An empty password is encrypted too, as on the real server, so it is not an empty text: docs/reference/wire.md §1.1.
    owner, values: as for `merged`. Raises as `merged` does, and WrongCall also for a default that does not fit.
    """
    given = merged(owner, definitions, {}, values, passwords)
    defaults = {name: _default(each, name, passwords) for name, each in definitions.items() if name not in given}
    return {name: given[name] if name in given else defaults[name] for name in definitions}


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
    if not definition.fits(value):
        raise WrongCall(f"The attribute '{name}' is '{value}' and should be {definition.expected}")
    return value


def is_off(values: Mapping[str, str], name: str) -> bool:
    """Return whether a boolean attribute, by its short name in any case, is there and is False."""
    return any(
        key.rpartition(".")[2].lower() == name.lower() and value.lower() == "false" for key, value in values.items()
    )


def _default(definition: AttributeDefinition, name: str, passwords: Passwords) -> str:
    if not definition.fits(definition.default):
        raise WrongCall(
            f"The attribute '{name}' has the default '{definition.default}' and should be {definition.expected}; give it a "
            "value, or correct the shell"
        )
    return validated(definition, name, definition.default, passwords)
