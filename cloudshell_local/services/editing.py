"""Editing of deployment attributes: which of them the tags of a deployment type leave to whom, and where.

Tags: docs/reference/features.md A8 and A9. They are rules of the portal; what the real API makes of them is not known, so
here an administrator may change over it whatever is not locked (README, What is guessed).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from cloudshell_local.errors import LocalError, NotPermitted, WrongCall
from cloudshell_local.services import attributes
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.shells.standards import (
    ONLY_IN_TEMPLATE,
    READ_ONLY,
    READ_ONLY_TO_USERS,
    USER_INPUT,
    AttributeDefinition,
)
from cloudshell_local.storage.model import DeploymentPath
from cloudshell_local.storage.passwords import Passwords


class Scope(Enum):
    """Scope in which an App is edited, as errors call it."""

    TEMPLATE = "an App template"
    BLUEPRINT = "a blueprint"
    SANDBOX = "a sandbox"


class DeploymentEditor:
    """Editor of the attributes of deployment paths, of Apps that are not deployed yet."""

    def __init__(self, catalog: Catalog, passwords: Passwords) -> None:
        self._catalog = catalog
        self._passwords = passwords

    def inputs(self, option: str, scope: Scope, is_admin: bool) -> dict[str, AttributeDefinition]:
        """Return the attributes of a deployment type that a page asks for, by their full names; raise NotFound.

        Those are the ones with the tag user_input that this user may change there.
        """
        found = self._catalog.option(option).attributes
        return {name: each for name, each in found.items() if is_input(each) and may_change(each, scope, is_admin)}

    def edit(self, path: DeploymentPath, values: Mapping[str, str], scope: Scope, is_admin: bool) -> None:
        """Change attributes of a deployment path, which is part of a record that is being changed.

        values: by short or full names; one that is as before is no change. Raises NotFound for an unknown name, WrongCall
        for a value that does not fit, and NotPermitted or WrongCall for an attribute that this user may not change there.
        """
        definitions = self._catalog.option(path.option).attributes
        changed: dict[str, str] = {}
        for name, value in values.items():
            full = attributes.full_name(path.option, definitions, name)
            if self._is_as_before(path.attributes.get(full, ""), value):
                continue
            if not may_change(definitions[full], scope, is_admin):
                raise locked(full, definitions[full], scope)
            changed[full] = value
        path.attributes = attributes.merged(path.option, definitions, path.attributes, changed, self._passwords)

    def _is_as_before(self, stored: str, value: str) -> bool:
        if not self._passwords.is_encrypted(stored):
            return value == stored
        return value in (stored, self._passwords.decrypt(stored))


def is_input(definition: AttributeDefinition) -> bool:
    """Return whether pages ask for an attribute of a deployment type."""
    return USER_INPUT in definition.tags and READ_ONLY not in definition.tags


def may_change(definition: AttributeDefinition, scope: Scope, is_admin: bool) -> bool:
    """Return whether a user may change an attribute of a deployment type."""
    if scope is Scope.TEMPLATE:
        return True
    if ONLY_IN_TEMPLATE in definition.tags:
        return is_admin and scope is Scope.SANDBOX
    return is_admin or (is_input(definition) and READ_ONLY_TO_USERS not in definition.tags)


def may_change_resource(definition: AttributeDefinition, is_admin: bool) -> bool:
    """Return whether a user may change an attribute of the App resource in a blueprint or a sandbox."""
    return is_admin or not {ONLY_IN_TEMPLATE, READ_ONLY_TO_USERS, READ_ONLY} & set(definition.tags)


def locked(name: str, definition: AttributeDefinition, scope: Scope) -> LocalError:
    """Return the error of an attribute that a user may not change, though an administrator perhaps may."""
    if may_change(definition, scope, is_admin=True):
        return NotPermitted(f"change the attribute '{name}' in {scope.value}")
    return WrongCall(
        f"The attribute '{name}' cannot be changed in {scope.value}; its tags are: {', '.join(definition.tags)}"
    )
