"""The pages of Manage > Apps: App templates, their deployment paths and their App Resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.routing import Route

from cloudshell_local.portal.fields import attribute_fields, editable, submitted_attributes
from cloudshell_local.portal.filters import quoted
from cloudshell_local.portal.pages import Page, PageRequest, PageResponse, Redirect
from cloudshell_local.portal.web import Web
from cloudshell_local.services.blueprints import find_path
from cloudshell_local.services.container import Services
from cloudshell_local.services.editing import Scope
from cloudshell_local.shells.standards import APP, AttributeDefinition
from cloudshell_local.storage.model import GENERIC_APP_MODEL, App, DeploymentPath


class AppPages:
    """The pages of Manage > Apps, for administrators."""

    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._store = services.store
        self._catalog = services.catalog
        self._passwords = services.passwords
        self._blueprints = services.blueprints
        self._editor = services.editor

    def routes(self) -> list[Route]:
        """Return the routes of the pages and actions of Manage > Apps."""
        one = "/apps/{name}"
        return [
            self._web.page("/apps", self._list),
            self._web.page("/apps/new", self._new),
            self._web.action("/apps/new", self._create),
            self._web.page(one, self._show),
            self._web.page(f"{one}/add", self._new_path),
            self._web.action(f"{one}/path", self._set_path),
            self._web.action(f"{one}/path/delete", self._remove_path),
            self._web.action(f"{one}/path/choose", self._choose_path),
            self._web.page(f"{one}/resource", self._show_resource),
            self._web.action(f"{one}/resource", self._set_resource),
            self._web.action(f"{one}/delete", self._delete),
        ]

    def _list(self, request: PageRequest) -> PageResponse:
        return Page("apps.html", {"apps": [each.app for each in self._store.templates]}, ("App template",))

    def _new(self, request: PageRequest) -> PageResponse:
        return Page("new_app.html", self._choice(request, None))

    def _create(self, request: PageRequest) -> PageResponse:
        name = request.required("name", "The App's name")
        app = self._blueprints.complete_app(name, GENERIC_APP_MODEL, {}, [self._submitted_path(request, default=True)])
        self._blueprints.new_template(app)
        return Redirect(f"{_path(name)}/resource")

    def _show(self, request: PageRequest) -> PageResponse:
        app = self._app(request)
        paths = [(path, self._path_form(path.option, path)) for path in app.paths]
        return Page("app.html", {"app": app, "paths": paths})

    def _new_path(self, request: PageRequest) -> PageResponse:
        return Page("new_app.html", self._choice(request, self._app(request)))

    def _set_path(self, request: PageRequest) -> PageResponse:
        app, old = self._app(request), request.hidden("path")
        existing = find_path(app, old) if old else None
        self._blueprints.set_path(app.name, self._submitted_path(request, existing), old)
        return Redirect(_path(app.name))

    def _remove_path(self, request: PageRequest) -> PageResponse:
        self._blueprints.remove_path(request.path["name"], request.hidden("path"))
        return Redirect(_path(request.path["name"]))

    def _choose_path(self, request: PageRequest) -> PageResponse:
        self._blueprints.choose_path(request.path["name"], request.hidden("path"))
        return Redirect(_path(request.path["name"]))

    def _show_resource(self, request: PageRequest) -> PageResponse:
        app = self._app(request)
        model = request.query.get("model", app.model)
        models = [GENERIC_APP_MODEL, *(shell.model for shell in self._catalog if shell.kind == APP)]
        fields = attribute_fields(
            editable(self._catalog.attributes(model)), app.attributes if model == app.model else {}, self._passwords
        )
        return Page("app_resource.html", {"app": app, "model": model, "models": models, "fields": fields})

    def _set_resource(self, request: PageRequest) -> PageResponse:
        name, model = request.path["name"], request.hidden("model")
        self._blueprints.set_app_resource(
            name, model, submitted_attributes(request.form, editable(self._catalog.attributes(model)))
        )
        return Redirect("/apps")

    def _delete(self, request: PageRequest) -> PageResponse:
        self._blueprints.delete_template(request.path["name"])
        return Redirect("/apps")

    def _app(self, request: PageRequest) -> App:
        return self._store.templates.get(request.path["name"]).app

    def _choice(self, request: PageRequest, app: App | None) -> dict[str, Any]:
        """Return the values of the page for a new deployment path: the types, and the form of the chosen one."""
        chosen = request.query.get("type", "")
        options = [option for shell in self._catalog for option in shell.options]
        path_form = self._path_form(chosen) if chosen else None
        return {"app": app, "options": options, "chosen": chosen, "path_form": path_form}

    def _path_form(self, option: str, path: DeploymentPath | None = None) -> dict[str, Any]:
        model = option.partition(".")[0]
        return {
            "option": option,
            "providers": [resource.name for resource in self._store.resources if resource.model == model],
            "provider": path.provider if path else "",
            "fields": attribute_fields(self._inputs(option), path.attributes if path else {}, self._passwords),
        }

    def _submitted_path(
        self, request: PageRequest, existing: DeploymentPath | None = None, default: bool = False
    ) -> DeploymentPath:
        """Return the form's deployment path; attributes that it does not ask for are those of the existing path."""
        option = existing.option if existing else request.hidden("option")
        provider = request.required("provider", "The cloud provider resource")
        values = submitted_attributes(request.form, self._inputs(option))
        if existing:
            values, default = {**existing.attributes, **values}, existing.default
        return DeploymentPath(request.text("path_name"), option, provider, values, default)

    def _inputs(self, option: str) -> Mapping[str, AttributeDefinition]:
        return self._editor.inputs(option, Scope.TEMPLATE, is_admin=True)


def _path(name: str) -> str:
    return f"/apps/{quoted(name)}"
