"""Attributes as the fields of a form: from definitions to fields, and from the submitted form to attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloudshell_local.portal.filters import short_name
from cloudshell_local.shells.standards import READ_ONLY, AttributeDefinition
from cloudshell_local.storage.passwords import Passwords

PREFIX = "attribute:"
MASK = "••••••"
BOOLEANS = ("True", "False")
TEXT, NUMBER, CHOICE, PASSWORD = "text", "number", "choice", "password"


@dataclass(frozen=True)
class Field:
    """A field of a form.

    name: the key in the submitted form. kind: TEXT, NUMBER, CHOICE or PASSWORD. value: empty for a password.
    step: of a number, as HTML has it. is_set: whether a password is stored.
    """

    name: str
    label: str
    kind: str
    value: str = ""
    choices: Sequence[str] = ()
    step: str = ""
    description: str = ""
    is_set: bool = False


def attribute_fields(
    definitions: Mapping[str, AttributeDefinition], values: Mapping[str, str], passwords: Passwords
) -> list[Field]:
    """Return the fields of attributes, with their values or else their defaults."""
    return [_field(name, each, values.get(name, each.default), passwords) for name, each in definitions.items()]


def editable(definitions: Mapping[str, AttributeDefinition]) -> dict[str, AttributeDefinition]:
    """Return the attributes that pages may change: those without the tag read_only (docs/reference/features.md A9)."""
    return {name: each for name, each in definitions.items() if READ_ONLY not in each.tags}


def choice_or_text(name: str, value: str, choices: Sequence[str], label: str = "", description: str = "") -> Field:
    """Return a field with a value: a list if there are choices, otherwise a text."""
    kind = CHOICE if choices else TEXT
    return Field(PREFIX + name, label or name, kind, value, choices, description=description)


def submitted_attributes(form: Mapping[str, str], definitions: Mapping[str, AttributeDefinition]) -> dict[str, str]:
    """Return the attributes that a form has. A password field that was left empty is left out: the password stays."""
    found = {name: form[PREFIX + name] for name in definitions if PREFIX + name in form}
    values = {name: value if definitions[name].is_password else value.strip() for name, value in found.items()}
    return {name: value for name, value in values.items() if value or not definitions[name].is_password}


def masked_attributes(values: Mapping[str, str], passwords: Passwords) -> dict[str, str]:
    """Return attributes by their short names, with MASK in place of passwords."""
    return {short_name(name): _masked(value, passwords) for name, value in values.items()}


def _field(name: str, definition: AttributeDefinition, value: str, passwords: Passwords) -> Field:
    label, description = short_name(name), definition.description
    if definition.is_password:
        return Field(PREFIX + name, label, PASSWORD, description=description, is_set=_is_set(value, passwords))
    choices = definition.values or (BOOLEANS if definition.type == "boolean" else ())
    if choices:
        value = next((choice for choice in choices if choice.lower() == value.lower()), value)
        # A stored value that is not among the choices stays selected, so that saving the form does not change it.
        return choice_or_text(name, value, choices if value in choices else (value, *choices), label, description)
    step = {"integer": "1", "float": "any"}.get(definition.type, "")
    return Field(PREFIX + name, label, NUMBER if step else TEXT, value, step=step, description=description)


def _is_set(encrypted: str, passwords: Passwords) -> bool:
    return bool(encrypted) and bool(passwords.find(encrypted))


def _masked(value: str, passwords: Passwords) -> str:
    password = passwords.find(value)
    return value if password is None else MASK if password else ""
