"""Editing of Apps in a sandbox that are not deployed: EditAppsInReservation (docs/reference/features.md C3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloudshell_local.errors import WrongCall
from cloudshell_local.services import attributes, diagrams
from cloudshell_local.services.blueprints import Blueprints, find_path
from cloudshell_local.services.editing import DeploymentEditor, Scope, locked, may_change, may_change_resource
from cloudshell_local.services.names import Named, require_name
from cloudshell_local.services.sandboxes.deployment import DeploymentService
from cloudshell_local.services.sandboxes.sandboxes import Sandboxes
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.shells.standards import BUILT_IN_MODELS, AttributeDefinition
from cloudshell_local.storage.data_folder import DataFolder
from cloudshell_local.storage.model import App, Sandbox

Definitions = Mapping[str, AttributeDefinition]


@dataclass(frozen=True)
class AppEdit:
    """Changes of an App in a sandbox; an empty field changes nothing.

    name: the App's. model, driver, values: of its App resource. path: the name of the deployment path that is chosen.
    path_values: of that path or, without one, of the present one. Values are attributes by full or short names, and they are
    all: an attribute that is not among them becomes empty.
    """

    name: str
    new_name: str = ""
    description: str = ""
    model: str = ""
    driver: str = ""
    values: Mapping[str, str] | None = None
    path: str = ""
    path_values: Mapping[str, str] | None = None


class AppEditing:
    """Edits Apps of sandboxes until they are deployed."""

    def __init__(
        self,
        data: DataFolder,
        catalog: Catalog,
        blueprints: Blueprints,
        sandboxes: Sandboxes,
        deployment: DeploymentService,
    ) -> None:
        self._passwords = data.passwords
        self._catalog = catalog
        self._blueprints = blueprints
        self._sandboxes = sandboxes
        self._deployment = deployment
        self._editor = DeploymentEditor(catalog, data.passwords)

    def set_deployment(self, sandbox_id: str, name: str, values: Mapping[str, str], is_admin: bool) -> None:
        """Change attributes of an App's deployment path; those that are not given stay. Raises as `edit` does."""
        with self._sandboxes.changing_live(sandbox_id) as sandbox:
            self._editor.edit(self._find(sandbox, name).path, values, Scope.SANDBOX, is_admin)

    def edit(self, sandbox_id: str, edits: Sequence[AppEdit], is_admin: bool) -> None:
        """Edit Apps, all or none.

        is_admin: whether attributes may be changed that users may not change. Raises NotFound for what is unknown,
        NotPermitted for an attribute that the user may not change, and WrongCall for what does not fit, for an App that is
        being deployed, and if the sandbox has ended.
        """
        with self._sandboxes.changing_live(sandbox_id) as sandbox:
            for edit in edits:
                self._edit(sandbox, edit, is_admin)
        for edit in edits:
            self._sandboxes.post(sandbox_id, f"The App '{edit.name}' was edited")

    def _edit(self, sandbox: Sandbox, edit: AppEdit, is_admin: bool) -> None:
        app = self._find(sandbox, edit.name)
        self._edit_resource(app, edit, is_admin)
        self._edit_path(app, edit, is_admin)
        app.description = edit.description or app.description
        if edit.new_name not in ("", app.name):
            _rename(sandbox, app, edit.new_name)

    def _find(self, sandbox: Sandbox, name: str) -> App:
        app = diagrams.find_app(sandbox, name)
        if self._deployment.is_deploying(sandbox.id, app.name):
            raise WrongCall(f"The App '{app.name}' is being deployed and cannot be edited")
        return app

    def _edit_resource(self, app: App, edit: AppEdit, is_admin: bool) -> None:
        model = edit.model or app.model
        if edit.driver not in ("", self._driver(model)):
            raise WrongCall(f"The driver of the model '{model}' is '{self._driver(model)}', not '{edit.driver}'")
        if model != app.model:
            app.attributes = self._blueprints.complete_app(app.name, model, {}, app.paths).attributes
            app.model = model
        if edit.values is not None:
            definitions = self._catalog.attributes(model)
            editable = {name for name, each in definitions.items() if may_change_resource(each, is_admin)}
            app.attributes = self._replaced(app.name, definitions, app.attributes, edit.values, editable)

    def _edit_path(self, app: App, edit: AppEdit, is_admin: bool) -> None:
        path = find_path(app, edit.path) if edit.path else app.path
        for each in app.paths:
            each.default = each is path
        if edit.path_values is not None:
            definitions = self._catalog.option(path.option).attributes
            editable = {name for name, each in definitions.items() if may_change(each, Scope.SANDBOX, is_admin)}
            path.attributes = self._replaced(path.name, definitions, path.attributes, edit.path_values, editable)

    def _replaced(
        self,
        owner: str,
        definitions: Definitions,
        current: Mapping[str, str],
        new: Mapping[str, str],
        editable: set[str],
    ) -> dict[str, str]:
        """Return all attributes anew: the editable ones that are not given are empty, the others stay."""
        given = attributes.merged(owner, definitions, {}, new, self._passwords)
        for name in given.keys() - editable:
            if self._in_clear(given[name]) != self._in_clear(current.get(name, "")):
                raise locked(name, definitions[name], Scope.SANDBOX)
        empty = {name: attributes.validated(definitions[name], name, "", self._passwords) for name in editable}
        fixed = {name: value for name, value in current.items() if name not in editable}
        found = {**empty, **given, **fixed}
        return {name: found[name] for name in definitions if name in found}

    def _in_clear(self, value: str) -> str:
        password = self._passwords.find(value)
        return value if password is None else password

    def _driver(self, model: str) -> str:
        return "" if model in BUILT_IN_MODELS else self._catalog.of_model(model).driver.name


def _rename(sandbox: Sandbox, app: App, name: str) -> None:
    require_name(Named.APP, name)
    if diagrams.is_taken(sandbox, name):
        raise WrongCall(f"Two things of the diagram are named '{name}'")
    diagrams.move_connectors(sandbox, app.name, name)
    app.name = name
