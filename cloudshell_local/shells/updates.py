"""Updates of installed shells: what another version may change, and what becomes of the attributes that exist already."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.shells.definition import ShellDefinition
from cloudshell_local.shells.deployment_options import DeploymentOption
from cloudshell_local.shells.standards import AttributeDefinition
from cloudshell_local.shells.usage import users_of_model, users_of_options
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


Attributes = Mapping[str, AttributeDefinition]


@dataclass(frozen=True)
class Update:
    """An update of a shell: the version that is installed and the new one."""

    installed: ShellDefinition
    new: ShellDefinition

    @property
    def options(self) -> list[tuple[DeploymentOption, DeploymentOption]]:
        """The deployment types that both versions have, as they are in each."""
        new = {option.name: option for option in self.new.options}
        return [(option, new[option.name]) for option in self.installed.options if option.name in new]

    @property
    def removed_options(self) -> list[str]:
        """The names of the deployment types that the new version lacks."""
        new = [option.name for option in self.new.options]
        return [option.name for option in self.installed.options if option.name not in new]

    @property
    def removed_attributes(self) -> set[str]:
        """The full names of the attributes that the new version lacks, of the model and of its deployment types."""
        options = (_removed(before.attributes, after.attributes) for before, after in self.options)
        return set(_removed(self.installed.attributes, self.new.attributes)).union(*options)


def check_update(store: Store, installed: ShellDefinition, new: ShellDefinition) -> None:
    """Raise InvalidPackage if a new version changes what must not change (docs/reference/server.md §7).

    That is also what resources or Apps use: a deployment type, an attribute or its type. The error names them.
    """
    if (new.name, new.model) != (installed.name, installed.model):
        found = f"is '{new.name}' with the model '{new.model}'"
        raise InvalidPackage(installed.name, [f"the new package {found}; a shell's name and model cannot change"])
    if _numbers(new.version) < _numbers(installed.version):
        raise InvalidPackage(installed.name, [f"version {new.version} is lower than the installed {installed.version}"])
    update = Update(installed, new)
    problems = [*_model_problems(store, update), *_option_problems(store, update)]
    if problems:
        raise InvalidPackage(installed.name, problems)


def _model_problems(store: Store, update: Update) -> Iterator[str]:
    installed, new = update.installed.attributes, update.new.attributes
    users = users_of_model(store, update.new.model)
    removed = [_quoted(name) for name in _removed(installed, new)]
    if removed and not update.new.may_remove_attributes:
        used = f" (used by {', '.join(users)})" if users else ""
        yield f"{REMOVED_ATTRIBUTES}{', '.join(removed)}{used}. {HOW_TO_REMOVE}"
    yield from _type_problems(installed, new, users)
    for name, attribute in new.items():
        takers = [
            each.name for each in store.resources if each.model == update.new.model and name not in each.attributes
        ]
        if takers and not attribute.fits(attribute.default):
            wrong = f"the default of the new attribute {_quoted(name)} is '{attribute.default}'"
            yield f"{wrong} and should be {attribute.expected}, since these resources would take it: {', '.join(takers)}"


def _option_problems(store: Store, update: Update) -> Iterator[str]:
    for name in update.removed_options:
        users = users_of_options(store, [name])
        if users:
            yield f"the deployment type '{name}' is missing, and it is used by {', '.join(users)}"
    for before, after in update.options:
        users = users_of_options(store, [before.name])
        removed = [_quoted(name, before.name) for name in _removed(before.attributes, after.attributes)]
        if removed and users and not (after.may_remove_attributes or update.new.may_remove_attributes):
            lacks = f"the deployment type '{before.name}' lacks the attributes {', '.join(removed)}"
            yield f"{lacks}, and it is used by {', '.join(users)}. {HOW_TO_REMOVE}"
        yield from _type_problems(before.attributes, after.attributes, users)


def _type_problems(installed: Attributes, new: Attributes, users: Sequence[str]) -> Iterator[str]:
    """Yield the attributes whose types change while they are used; the guide says that a type cannot be modified."""
    for name, before in installed.items():
        if users and name in new and new[name].type != before.type:
            change = f"the type of the attribute '{name}' cannot change from {before.type} to {new[name].type}"
            yield f"{change}, since it is used by {', '.join(users)}"


def update_attributes(store: Store, installed: ShellDefinition, new: ShellDefinition) -> None:
    """Give the resources and Apps of an updated shell the attributes of its new version.

    Resources get those that are new, with their defaults; resources, Apps and deployment paths lose those that are
    removed, since a driver is given the attributes of its model and deployment type and no others.
    """
    removed = Update(installed, new).removed_attributes
    defaults = {name: each.default for name, each in new.attributes.items() if not each.is_password}
    with store.lock:
        for name in [each.name for each in store.resources if each.model == new.model]:
            with store.resources.changing(name) as resource:
                resource.attributes = _without(removed, {**defaults, **resource.attributes})
        if removed:
            _remove_from_apps(store, new.model, removed)


def _remove_from_apps(store: Store, model: str, removed: Collection[str]) -> None:
    for template in store.templates:
        if _has_app_of(model, [template.app]):
            with store.templates.changing(template.app.name) as changed_template:
                _remove(model, removed, [changed_template.app])
    for blueprint in store.blueprints:
        if _has_app_of(model, blueprint.apps.read_only()):
            with store.blueprints.changing(blueprint.name) as changed_blueprint:
                _remove(model, removed, changed_blueprint.apps)
    for sandbox in store.sandboxes:
        if _has_app_of(model, sandbox.apps.read_only()):
            with store.sandboxes.changing(sandbox.id) as changed_sandbox:
                _remove(model, removed, changed_sandbox.apps)
    for resource in store.resources:
        if resource.app and _has_app_of(model, [resource.app]):
            with store.resources.changing(resource.name) as changed:
                _remove(model, removed, [changed.app] if changed.app else [])


def _has_app_of(model: str, apps: Iterable[App]) -> bool:
    return any(app.model == model or any(_model(path.option) == model for path in app.paths) for app in apps)


def _remove(model: str, removed: Collection[str], apps: Iterable[App]) -> None:
    for app in apps:
        if app.model == model:
            app.attributes = _without(removed, app.attributes)
        for path in app.paths:
            if _model(path.option) == model:
                path.attributes = _without(removed, path.attributes)


def _removed(installed: Attributes, new: Attributes) -> list[str]:
    return [name for name in installed if name not in new]


def _without(removed: Collection[str], attributes: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if name not in removed}


def _model(option: str) -> str:
    return option.partition(".")[0]


def _quoted(full_name: str, owner: str = "") -> str:
    return f"'{full_name.removeprefix(f'{owner}.') if owner else full_name.partition('.')[2]}'"


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]
