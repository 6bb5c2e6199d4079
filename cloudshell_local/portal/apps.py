"""Manage > Apps: App templates, their deployment paths and their resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.routing import Route

from cloudshell_local.portal.fields import fields, typed
from cloudshell_local.portal.web import Answer, Asked, Goto, Page, Web, quoted
from cloudshell_local.services.blueprints import find_path
from cloudshell_local.services.container import Services
from cloudshell_local.shells.standards import APP, AttributeDefinition
from cloudshell_local.storage.model import GENERIC_APP_MODEL, App, DeploymentPath

USER_INPUT = "user_input"


class AppPages:
    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._store = services.store
        self._catalog = services.catalog
        self._passwords = services.passwords
        self._blueprints = services.blueprints

    def routes(self) -> list[Route]:
        """Return the routes of Manage > Apps."""
        one = "/apps/{name}"
        return [
            self._web.shows("/apps", self._list, admin=True),
            self._web.shows("/apps/new", self._new, admin=True),
            self._web.does("/apps/new", self._create, admin=True),
            self._web.shows(one, self._show, admin=True),
            self._web.shows(f"{one}/add", self._new_path, admin=True),
            self._web.does(f"{one}/path", self._set_path, admin=True),
            self._web.does(f"{one}/path/delete", self._remove_path, admin=True),
            self._web.does(f"{one}/path/choose", self._choose_path, admin=True),
            self._web.shows(f"{one}/resource", self._show_resource, admin=True),
            self._web.does(f"{one}/resource", self._set_resource, admin=True),
            self._web.does(f"{one}/delete", self._delete, admin=True),
        ]

    def _list(self, asked: Asked) -> Answer:
        return Page("apps.html", {"apps": [each.app for each in self._store.templates]}, ("App template",))

    def _new(self, asked: Asked) -> Answer:
        return Page("new_app.html", self._choice(asked, None))

    def _create(self, asked: Asked) -> Answer:
        name = asked.required("name", "The App's name")
        app = self._blueprints.complete_app(name, GENERIC_APP_MODEL, {}, [self._typed_path(asked, default=True)])
        self._blueprints.new_template(app)
        return Goto(f"{_path(name)}/resource")

    def _show(self, asked: Asked) -> Answer:
        app = self._app(asked)
        paths = [(path, self._path_form(path.option, path)) for path in app.paths]
        return Page("app.html", {"app": app, "paths": paths})

    def _new_path(self, asked: Asked) -> Answer:
        return Page("new_app.html", self._choice(asked, self._app(asked)))

    def _set_path(self, asked: Asked) -> Answer:
        app, old = self._app(asked), asked.given("path")
        kept = find_path(app, old) if old else None
        self._blueprints.set_path(app.name, self._typed_path(asked, kept=kept), old)
        return Goto(_path(app.name))

    def _remove_path(self, asked: Asked) -> Answer:
        self._blueprints.remove_path(asked.path["name"], asked.given("path"))
        return Goto(_path(asked.path["name"]))

    def _choose_path(self, asked: Asked) -> Answer:
        self._blueprints.choose_path(asked.path["name"], asked.given("path"))
        return Goto(_path(asked.path["name"]))

    def _show_resource(self, asked: Asked) -> Answer:
        app = self._app(asked)
        model = asked.query.get("model", app.model)
        models = [GENERIC_APP_MODEL, *(shell.model for shell in self._catalog if shell.kind == APP)]
        listed = fields(self._catalog.attributes(model), app.attributes if model == app.model else {}, self._passwords)
        return Page("app_resource.html", {"app": app, "model": model, "models": models, "fields": listed})

    def _set_resource(self, asked: Asked) -> Answer:
        name, model = asked.path["name"], asked.given("model")
        self._blueprints.set_app_resource(name, model, typed(asked.form, self._catalog.attributes(model)))
        return Goto("/apps")

    def _delete(self, asked: Asked) -> Answer:
        self._blueprints.delete_template(asked.path["name"])
        return Goto("/apps")

    def _app(self, asked: Asked) -> App:
        return self._store.templates.get(asked.path["name"]).app

    def _choice(self, asked: Asked, app: App | None) -> dict[str, Any]:
        """Return what a new deployment path can be: the types, or, once one is chosen, its form."""
        chosen = asked.query.get("type", "")
        options = [option for shell in self._catalog for option in shell.options]
        path_form = self._path_form(chosen) if chosen else None
        return {"app": app, "options": options, "chosen": chosen, "path_form": path_form}

    def _path_form(self, option: str, path: DeploymentPath | None = None) -> dict[str, Any]:
        model = option.partition(".")[0]
        return {
            "option": option,
            "providers": [resource.name for resource in self._store.resources if resource.model == model],
            "provider": path.provider if path else "",
            "fields": fields(self._inputs(option), path.attributes if path else {}, self._passwords),
        }

    def _typed_path(self, asked: Asked, default: bool = False, kept: DeploymentPath | None = None) -> DeploymentPath:
        option = kept.option if kept else asked.given("option")
        provider = asked.required("provider", "The cloud provider resource")
        values = {**(kept.attributes if kept else {}), **typed(asked.form, self._inputs(option))}
        return DeploymentPath(
            asked.typed("path_name"), option, provider, values, default=kept.default if kept else default
        )

    def _inputs(self, option: str) -> Mapping[str, AttributeDefinition]:
        """Return the attributes of a deployment type that people are asked for."""
        found = self._catalog.option(option).attributes
        return {name: definition for name, definition in found.items() if USER_INPUT in definition.tags}


def _path(name: str) -> str:
    return f"/apps/{quoted(name)}"
