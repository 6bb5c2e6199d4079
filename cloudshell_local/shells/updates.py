"""Updates of installed shells: what another version may change, and what becomes of the attributes that exist already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.shells.definition import ShellDefinition
from cloudshell_local.storage.model import App
from cloudshell_local.storage.store import Store

# The server's own sentences: docs/reference/server.md §1.
REMOVED_ATTRIBUTES = (
    "Error: Removing attributes from an existing shell is not supported. The following attributes are missing from the new "
    "shell definition: "
)
# The developer guide's way: docs/reference/features.md A3.
HOW_TO_REMOVE = (
    "To remove them all the same, add to the node type's capabilities "
    "`deprecate_properties: {type: cloudshell.capabilities.DeprecateProperties, "
    "properties: {allow_deprecate_properties: {type: boolean, default: true}}}` "
    "and declare this type under capability_types at the root of the definition"
)


def check_update(installed: ShellDefinition, new: ShellDefinition) -> None:
    """Raise InvalidPackage if a new version changes what must not change (docs/reference/server.md §7)."""
    if (new.name, new.model) != (installed.name, installed.model):
        found = f"is '{new.name}' with the model '{new.model}'"
        raise InvalidPackage(installed.name, [f"the new package {found}; a shell's name and model cannot change"])
    if _numbers(new.version) < _numbers(installed.version):
        raise InvalidPackage(installed.name, [f"version {new.version} is lower than the installed {installed.version}"])
    removed = [f"'{name.partition('.')[2]}'" for name in _removed(installed, new)]
    if removed and not new.may_remove_attributes:
        raise InvalidPackage(installed.name, [f"{REMOVED_ATTRIBUTES}{', '.join(removed)}. {HOW_TO_REMOVE}"])


def update_attributes(store: Store, installed: ShellDefinition, new: ShellDefinition) -> None:
    """Give the resources and Apps of an updated shell the attributes of its new version.

    Resources get those that are new, with their defaults; resources and Apps lose those that are removed, since a driver
    is given the attributes of its model and no others.
    """
    removed = _removed(installed, new)
    defaults = {name: each.default for name, each in new.attributes.items() if not each.is_password}
    with store.lock:
        for resource in store.resources:
            if resource.model == new.model:
                with store.resources.changing(resource.name) as changed:
                    changed.attributes = _without(removed, {**defaults, **resource.attributes})
        if removed:
            _remove_from_apps(store, new.model, removed)


def _remove_from_apps(store: Store, model: str, removed: Iterable[str]) -> None:
    for template in store.templates:
        if _has_app_of(model, [template.app]):
            with store.templates.changing(template.app.name) as changed_template:
                _remove(model, removed, [changed_template.app])
    for blueprint in store.blueprints:
        if _has_app_of(model, blueprint.apps):
            with store.blueprints.changing(blueprint.name) as changed_blueprint:
                _remove(model, removed, changed_blueprint.apps)
    for sandbox in store.sandboxes:
        if _has_app_of(model, sandbox.apps):
            with store.sandboxes.changing(sandbox.id) as changed_sandbox:
                _remove(model, removed, changed_sandbox.apps)


def _has_app_of(model: str, apps: Iterable[App]) -> bool:
    return any(app.model == model for app in apps)


def _remove(model: str, removed: Iterable[str], apps: Iterable[App]) -> None:
    for app in apps:
        if app.model == model:
            app.attributes = _without(removed, app.attributes)


def _removed(installed: ShellDefinition, new: ShellDefinition) -> list[str]:
    return [name for name in installed.attributes if name not in new.attributes]


def _without(removed: Iterable[str], attributes: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if name not in removed}


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]
