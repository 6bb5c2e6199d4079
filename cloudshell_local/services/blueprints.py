"""App templates and blueprints: what can be deployed, and the diagrams that sandboxes are made from."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from cloudshell_local.errors import NotFound, WrongCall
from cloudshell_local.services import attributes, diagrams
from cloudshell_local.services.inventory import require_name
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.storage.data_folder import DataFolder
from cloudshell_local.storage.model import App, AppTemplate, Blueprint, DeploymentPath


class Blueprints:
    """What Manage > Apps and the blueprint catalog do."""

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
        """Return an App with all defaults; raise NotFound or WrongCall for what is not there or does not fit."""
        require_name("App", name)
        if not paths:
            raise WrongCall(f"The App '{name}' has no deployment path: a deployment type on a cloud provider resource")
        definitions = self._catalog.attributes(model)
        kept = attributes.merged(
            name, definitions, attributes.defaults(definitions, self._passwords), values, self._passwords
        )
        return App(
            name, template or name, model, kept, [self._complete_path(path) for path in paths], position=position
        )

    def add_template(self, app: App, categories: Sequence[str] = ("Applications",)) -> AppTemplate:
        """Keep an App template, in place of one of the same name."""
        return self._store.templates.put(app.name, AppTemplate(app, list(categories)))

    def new_template(self, app: App, categories: Sequence[str] = ("Applications",)) -> AppTemplate:
        """Keep a new App template; raise AlreadyExists."""
        return self._store.templates.add(app.name, AppTemplate(app, list(categories)))

    def set_path(self, template: str, path: DeploymentPath, instead_of: str = "") -> None:
        """Give an App template another deployment path, or one in place of another; raise NotFound or WrongCall."""
        with self._store.templates.changing(template) as changed:
            complete, app = self._complete_path(path), changed.app
            old = find_path(app, instead_of) if instead_of else None
            if complete.name in [each.name for each in app.paths if each is not old]:
                raise WrongCall(f"The App '{template}' has a deployment path named '{complete.name}' already")
            app.paths = [complete if each is old else each for each in app.paths] + ([] if old else [complete])

    def remove_path(self, template: str, name: str) -> None:
        """Take a deployment path from an App template; raise NotFound, or WrongCall for its last one."""
        with self._store.templates.changing(template) as changed:
            if len(changed.app.paths) == 1:
                raise WrongCall(f"'{name}' is the only deployment path of the App '{template}'")
            changed.app.paths.remove(find_path(changed.app, name))

    def choose_path(self, template: str, name: str) -> None:
        """Make a deployment path the one that new Apps of a template have; raise NotFound."""
        with self._store.templates.changing(template) as changed:
            chosen = find_path(changed.app, name)
            for path in changed.app.paths:
                path.default = path is chosen

    def set_app_resource(self, template: str, model: str, values: Mapping[str, str]) -> None:
        """Set of which model an App's resource is, and its attributes; raise NotFound or WrongCall."""
        definitions = self._catalog.attributes(model)
        with self._store.templates.changing(template) as changed:
            app = changed.app
            current = app.attributes if app.model == model else attributes.defaults(definitions, self._passwords)
            app.attributes = attributes.merged(template, definitions, current, values, self._passwords)
            app.model = model

    def new_app(self, template: str, name: str = "") -> App:
        """Return a new App of a template, with another name if one is given; raise NotFound with the templates."""
        if template not in self._store.templates:
            known = ", ".join(each.app.name for each in self._store.templates)
            raise NotFound(template, f"App templates: {known or 'none'}.")
        app = copy.deepcopy(self._store.templates.get(template).app)
        app.name = require_name("App", name or template)
        return app

    def delete_template(self, name: str) -> None:
        """Delete an App template; raise NotFound."""
        self._store.templates.get(name)
        self._store.templates.remove(name)

    def add_blueprint(self, blueprint: Blueprint) -> Blueprint:
        """Keep a blueprint, in place of one of the same name; raise NotFound or WrongCall for a line to nowhere."""
        require_name("blueprint", blueprint.name)
        diagrams.require_names(blueprint)
        diagrams.require_ends(blueprint, blueprint.connectors)
        return self._store.blueprints.put(blueprint.name, blueprint)

    def new_blueprint(self, blueprint: Blueprint) -> Blueprint:
        """Keep a new blueprint; raise AlreadyExists or WrongCall."""
        require_name("blueprint", blueprint.name)
        return self._store.blueprints.add(blueprint.name, blueprint)

    def changing(self, name: str) -> AbstractContextManager[Blueprint]:
        """Give a blueprint to change, alone: it is kept when the block ends, and not at all when it raises."""
        return self._store.blueprints.changing(name)

    def delete_blueprint(self, name: str) -> None:
        """Delete a blueprint; its sandboxes stay as they are. Raises NotFound."""
        self._store.blueprints.get(name)
        self._store.blueprints.remove(name)

    def blueprint(self, path: str) -> Blueprint:
        """Return a blueprint by its name or full path; raise NotFound."""
        return self._store.blueprints.get(path.rpartition("/")[2])

    def _complete_path(self, path: DeploymentPath) -> DeploymentPath:
        option = self._catalog.option(path.option)
        provider = self._store.resources.get(path.provider)
        model = path.option.partition(".")[0]
        if provider.model != model:
            raise WrongCall(f"The resource '{path.provider}' is a {provider.model}; '{path.option}' needs a {model}")
        kept = attributes.merged(
            path.option,
            option.attributes,
            attributes.defaults(option.attributes, self._passwords),
            path.attributes,
            self._passwords,
        )
        return DeploymentPath(
            path.name or f"{path.provider} - {path.option}", path.option, path.provider, kept, path.default
        )


def find_path(app: App, name: str) -> DeploymentPath:
    """Return a deployment path of an App; raise NotFound."""
    for path in app.paths:
        if path.name == name:
            return path
    raise NotFound(name, f"Deployment paths: {', '.join(each.name for each in app.paths)}.")
