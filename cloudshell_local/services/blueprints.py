"""App templates, from which Apps are made, and blueprints, from which sandboxes are made."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from cloudshell_local.errors import InUse, NotFound, WrongCall, known_names
from cloudshell_local.services import attributes, diagrams, usage
from cloudshell_local.services.names import Named, require_name
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.storage.data_folder import DataFolder
from cloudshell_local.storage.model import App, AppTemplate, Blueprint, DeploymentPath


class Blueprints:
    """The App templates and blueprints of the server, as Manage > Apps and the blueprint catalog show them."""

    def __init__(self, data: DataFolder, catalog: Catalog) -> None:
        self._store = data.store
        self._passwords = data.passwords
        self._catalog = catalog

    def complete_app(
        self,
        name: str,
        model: str,
        values: Mapping[str, str],
        paths: Sequence[DeploymentPath],
        template: str = "",
        position: tuple[float, float] = (0, 0),
    ) -> App:
        """Return an App whose attributes and deployment paths are complete with their defaults.

        model, values: of the App resource. template: the name of its App template; the App's own unless given. Raises
        NotFound for what is unknown, and WrongCall for what does not fit.
        """
        require_name(Named.APP, name)
        if not paths:
            raise WrongCall(f"The App '{name}' has no deployment path: a deployment type on a cloud provider resource")
        _require_one_default(name, paths)
        complete = attributes.complete(name, self._catalog.attributes(model), values, self._passwords)
        return App(
            name, template or name, model, complete, [self._complete_path(path) for path in paths], position=position
        )

    def add_template(self, app: App, categories: Sequence[str] = ("Applications",)) -> AppTemplate:
        """Add an App template, or replace the one of its name; return it.

        Raises WrongCall for its name or two default paths.
        """
        _require_valid(app)
        return self._store.templates.put(app.name, AppTemplate(app, list(categories)))

    def new_template(self, app: App, categories: Sequence[str] = ("Applications",)) -> AppTemplate:
        """Add an App template and return it; raise AlreadyExists, or WrongCall for its name or two default paths."""
        _require_valid(app)
        return self._store.templates.add(app.name, AppTemplate(app, list(categories)))

    def set_path(self, template: str, path: DeploymentPath, replaced: str = "") -> None:
        """Add a deployment path to an App template, or replace the one that is named; raise NotFound or WrongCall.

        Which path is the default one changes by `choose_path` alone.
        """
        with self._store.templates.changing(template) as changed:
            complete, app = self._complete_path(path), changed.app
            old = find_path(app, replaced) if replaced else None
            if complete.name in [each.name for each in app.paths if each is not old]:
                raise WrongCall(f"The App '{template}' has a deployment path named '{complete.name}' already")
            app.paths = [complete if each is old else each for each in app.paths] + ([] if old else [complete])
            _require_one_default(template, app.paths)

    def remove_path(self, template: str, name: str) -> None:
        """Remove a deployment path from an App template; raise NotFound, or WrongCall for the only one."""
        with self._store.templates.changing(template) as changed:
            if len(changed.app.paths) == 1:
                raise WrongCall(f"'{name}' is the only deployment path of the App '{template}'")
            changed.app.paths.remove(find_path(changed.app, name))

    def choose_path(self, template: str, name: str) -> None:
        """Make a deployment path the default one of an App template; raise NotFound."""
        with self._store.templates.changing(template) as changed:
            chosen = find_path(changed.app, name)
            for path in changed.app.paths:
                path.default = path is chosen

    def set_app_resource(self, template: str, model: str, values: Mapping[str, str]) -> None:
        """Set the model and the attributes of a template's App resource; raise NotFound or WrongCall.

        Attributes that are not given stay as they are, or get their defaults when the model is another one.
        """
        definitions = self._catalog.attributes(model)
        with self._store.templates.changing(template) as changed:
            app = changed.app
            if app.model == model:
                app.attributes = attributes.merged(template, definitions, app.attributes, values, self._passwords)
            else:
                app.attributes = attributes.complete(template, definitions, values, self._passwords)
            app.model = model

    def new_app(self, template: str, name: str = "") -> App:
        """Return a new App of a template, which has the template's name unless another one is given.

        Raises NotFound, which names the App templates, and WrongCall for a name that CloudShell does not allow.
        """
        if template not in self._store.templates:
            raise NotFound(template, known_names("App templates", (each.app.name for each in self._store.templates)))
        app = copy.deepcopy(self._store.templates.get(template).app)
        app.name = require_name(Named.APP, name) if name else template
        return app

    def delete_template(self, name: str) -> None:
        """Delete an App template; raise NotFound, or InUse with the blueprints, sandboxes and deployed apps that use it."""
        self._store.templates.get(name)
        users = usage.template_users(self._store, name)
        if users:
            raise InUse(f"The App template '{name}' cannot be deleted while it is used", users)
        self._store.templates.remove(name)

    def add_blueprint(self, blueprint: Blueprint) -> Blueprint:
        """Add a blueprint, or replace the one of its name; return it.

        Raises WrongCall when two things in it have one name, when a connector ends at nothing, or when an App has two
        default deployment paths.
        """
        require_name(Named.BLUEPRINT, blueprint.name)
        for app in blueprint.apps:
            _require_one_default(app.name, app.paths)
        diagrams.require_names(blueprint)
        diagrams.require_ends(blueprint, blueprint.connectors)
        return self._store.blueprints.put(blueprint.name, blueprint)

    def new_blueprint(self, blueprint: Blueprint) -> Blueprint:
        """Add an empty blueprint and return it; raise AlreadyExists, or WrongCall for its name."""
        require_name(Named.BLUEPRINT, blueprint.name)
        return self._store.blueprints.add(blueprint.name, blueprint)

    def changing(self, name: str) -> AbstractContextManager[Blueprint]:
        """Yield a copy of a blueprint, which replaces it when the block ends and is dropped when it raises."""
        return self._store.blueprints.changing(name)

    def delete_blueprint(self, name: str) -> None:
        """Delete a blueprint, but none of the sandboxes made from it; raise NotFound."""
        self._store.blueprints.get(name)
        self._store.blueprints.remove(name)

    def blueprint(self, name: str) -> Blueprint:
        """Return a blueprint by its name, which is its full path, too: there are no folders; raise NotFound."""
        return self._store.blueprints.get(name)

    def _complete_path(self, path: DeploymentPath) -> DeploymentPath:
        option = self._catalog.option(path.option)
        provider = self._store.resources.get(path.provider)
        model = path.option.partition(".")[0]
        if provider.model != model:
            raise WrongCall(f"The resource '{path.provider}' is a {provider.model}; '{path.option}' needs a {model}")
        complete = attributes.complete(path.option, option.attributes, path.attributes, self._passwords)
        return DeploymentPath(
            path.name or f"{path.provider} - {path.option}", path.option, path.provider, complete, path.default
        )


def find_path(app: App, name: str) -> DeploymentPath:
    """Return a deployment path of an App; raise NotFound."""
    for path in app.paths:
        if path.name == name:
            return path
    raise NotFound(name, known_names(f"Deployment paths of '{app.name}'", (each.name for each in app.paths)))


def _require_valid(template: App) -> None:
    require_name(Named.APP, template.name)
    _require_one_default(template.name, template.paths)


def _require_one_default(app: str, paths: Sequence[DeploymentPath]) -> None:
    chosen = [f"'{path.name or path.option}'" for path in paths if path.default]
    if len(chosen) > 1:
        raise WrongCall(
            f"The App '{app}' has the default deployment paths {' and '.join(chosen)}; one path is the default"
        )
