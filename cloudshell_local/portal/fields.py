"""Attributes as the fields of a form, and what was typed into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloudshell_local.shells.standards import AttributeDefinition
from cloudshell_local.storage.passwords import Passwords

PREFIX = "attribute:"
MASK = "••••••"
TRUTHS = ("True", "False")
TEXT, NUMBER, CHOICE, PASSWORD = "text", "number", "choice", "password"


@dataclass(frozen=True)
class Field:
    """A field of a form. name: as the form sends it; value: empty for a password; is_set: whether a password is kept."""

    name: str
    label: str
    kind: str
    value: str = ""
    choices: Sequence[str] = ()
    step: str = ""
    description: str = ""
    is_set: bool = False


def fields(
    definitions: Mapping[str, AttributeDefinition], values: Mapping[str, str], passwords: Passwords
) -> list[Field]:
    """Return the fields of attributes, with the values that they have or else their defaults."""
    return [_field(name, each, values.get(name, each.default), passwords) for name, each in definitions.items()]


def typed(form: Mapping[str, str], definitions: Mapping[str, AttributeDefinition]) -> dict[str, str]:
    """Return the attributes that were typed. An empty password means: leave it as it is."""
    found = {name: form[PREFIX + name] for name in definitions if PREFIX + name in form}
    kept = {name: value if definitions[name].is_password else value.strip() for name, value in found.items()}
    return {name: value for name, value in kept.items() if value or not definitions[name].is_password}


def shown(values: Mapping[str, str], passwords: Passwords) -> dict[str, str]:
    """Return attributes by their short names as people may see them: no password."""
    return {name.rpartition(".")[2]: _masked(value, passwords) for name, value in values.items()}


def _field(name: str, definition: AttributeDefinition, value: str, passwords: Passwords) -> Field:
    label, described = name.rpartition(".")[2], definition.description
    if definition.is_password:
        return Field(PREFIX + name, label, PASSWORD, description=described, is_set=_is_set(value, passwords))
    choices = definition.values or (TRUTHS if definition.type == "boolean" else ())
    if choices:
        value = next((choice for choice in choices if choice.lower() == value.lower()), value)
        listed = choices if value in choices else (value, *choices)
        return Field(PREFIX + name, label, CHOICE, value, listed, description=described)
    step = {"integer": "1", "float": "any"}.get(definition.type, "")
    return Field(PREFIX + name, label, NUMBER if step else TEXT, value, step=step, description=described)


def _is_set(encrypted: str, passwords: Passwords) -> bool:
    return bool(encrypted) and bool(passwords.decrypt(encrypted))


def _masked(value: str, passwords: Passwords) -> str:
    if not passwords.is_encrypted(value):
        return value
    return MASK if passwords.decrypt(value) else ""
