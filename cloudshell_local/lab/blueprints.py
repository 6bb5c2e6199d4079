"""App templates and blueprints: what can be deployed, and the diagrams that sandboxes are made from."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

from cloudshell_local.errors import NotFound, WrongCall
from cloudshell_local.kept.model import App, AppTemplate, Blueprint, Connector, DeploymentPath, Service
from cloudshell_local.kept.passwords import Passwords
from cloudshell_local.kept.store import Store
from cloudshell_local.lab import attributes
from cloudshell_local.lab.inventory import require_name
from cloudshell_local.shells.catalog import Catalog


class Blueprints:
    """What Manage > Apps and the blueprint catalog do."""

    def __init__(self, store: Store, catalog: Catalog, passwords: Passwords) -> None:
        self._store = store
        self._catalog = catalog
        self._passwords = passwords

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

    def app_of(self, template: str, name: str = "") -> App:
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
        require_diagram(blueprint.apps, blueprint.services, blueprint.connectors, blueprint.resources)
        return self._store.blueprints.put(blueprint.name, blueprint)

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


def require_diagram(
    apps: Sequence[App], services: Sequence[Service], connectors: Sequence[Connector], resources: Sequence[str] = ()
) -> None:
    """Raise WrongCall unless all names are different and every line has two ends."""
    names = [*(app.name for app in apps), *(service.alias for service in services), *resources]
    for name in names:
        if names.count(name) > 1:
            raise WrongCall(f"Two things of the diagram are named '{name}'")
    for connector in connectors:
        for end in (connector.source, connector.target):
            if end not in names:
                raise WrongCall(f"A connector ends at '{end}', which is not in the diagram: {', '.join(names)}")
