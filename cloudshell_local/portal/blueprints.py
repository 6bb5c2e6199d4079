"""The pages of blueprints: their list, the diagram with its Apps, services and connectors, and reserving a sandbox."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.routing import Route

from cloudshell_local.errors import WrongCall
from cloudshell_local.portal.diagram import diagram_layout
from cloudshell_local.portal.fields import PREFIX, attribute_fields, choice_or_text, submitted_attributes
from cloudshell_local.portal.filters import quoted
from cloudshell_local.portal.pages import Page, PageRequest, PageResponse, Redirect
from cloudshell_local.portal.web import Web
from cloudshell_local.services import diagrams
from cloudshell_local.services.container import Services
from cloudshell_local.services.editing import Scope
from cloudshell_local.services.networking.service_models import CHOICES, FILLED_IN, SERVICES, new_service
from cloudshell_local.services.times import LONGEST_MINUTES
from cloudshell_local.services.vlan_ids import require_ids
from cloudshell_local.shells.standards import AttributeDefinition
from cloudshell_local.storage.model import App, Blueprint, Connector


class BlueprintPages:
    """The pages of blueprints, for all users; each is changed by its owner and by administrators."""

    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._store = services.store
        self._blueprints = services.blueprints
        self._lifecycle = services.lifecycle
        self._editor = services.editor
        self._passwords = services.passwords

    def routes(self) -> list[Route]:
        """Return the routes of the pages and actions of blueprints."""
        one = "/blueprints/{name}"
        return [
            self._web.page("/blueprints", self._list),
            self._web.action("/blueprints/new", self._create),
            self._web.page(one, self._show),
            self._web.action(f"{one}/apps", self._add_app),
            self._web.action(f"{one}/apps/remove", self._remove_app),
            self._web.page(f"{one}/app", self._show_app),
            self._web.action(f"{one}/app", self._set_app),
            self._web.action(f"{one}/services", self._add_service),
            self._web.action(f"{one}/services/remove", self._remove_service),
            self._web.page(f"{one}/service", self._show_service),
            self._web.action(f"{one}/service", self._set_service),
            self._web.action(f"{one}/connectors", self._add_connector),
            self._web.action(f"{one}/connectors/remove", self._remove_connector),
            self._web.action(f"{one}/reserve", self._reserve),
            self._web.action(f"{one}/delete", self._delete),
        ]

    def _list(self, request: PageRequest) -> PageResponse:
        return Page("blueprints.html", {"blueprints": self._store.blueprints}, ("blueprint",))

    def _create(self, request: PageRequest) -> PageResponse:
        blueprint = Blueprint(request.required("name", "The blueprint's name"), description=request.text("description"))
        blueprint.owner = request.session.user
        self._blueprints.new_blueprint(blueprint)
        return Redirect(_path(blueprint.name))

    def _show(self, request: PageRequest) -> PageResponse:
        blueprint = self._blueprint(request)
        apps, services = [app.name for app in blueprint.apps], [each.alias for each in blueprint.services]
        values = {
            "blueprint": blueprint,
            "may_change": request.session.may_change(blueprint),
            "layout": diagram_layout(services, apps, blueprint.connectors),
            "endpoints": diagrams.names(blueprint),
            "templates": [each.app.name for each in self._store.templates],
            "services": SERVICES,
        }
        return Page("blueprint.html", values, ("blueprint",))

    def _add_app(self, request: PageRequest) -> PageResponse:
        template = request.required("template", "The App template")
        app = self._blueprints.new_app(template, request.text("name"))
        with self._blueprints.changing(request.path["name"]) as blueprint:
            diagrams.add_app(blueprint, app)
        return Redirect(_path(blueprint.name))

    def _remove_app(self, request: PageRequest) -> PageResponse:
        with self._blueprints.changing(request.path["name"]) as blueprint:
            diagrams.remove_app(blueprint, request.hidden("app"))
        return Redirect(_path(blueprint.name))

    def _show_app(self, request: PageRequest) -> PageResponse:
        blueprint = self._blueprint(request)
        app = diagrams.find_app(blueprint, request.query.get("app", ""))
        fields = attribute_fields(self._inputs(request, app), app.path.attributes, self._passwords)
        back = [("/blueprints", "Blueprints"), (_path(blueprint.name), blueprint.name)]
        return Page(
            "app_attributes.html", {"app": app, "fields": fields, "back": back, "here_path": _path(blueprint.name)}
        )

    def _set_app(self, request: PageRequest) -> PageResponse:
        with self._blueprints.changing(request.path["name"]) as blueprint:
            app = diagrams.find_app(blueprint, request.hidden("app"))
            values = submitted_attributes(request.form, self._inputs(request, app))
            self._editor.edit(app.path, values, Scope.BLUEPRINT, request.session.is_admin)
        return Redirect(_path(blueprint.name))

    def _inputs(self, request: PageRequest, app: App) -> Mapping[str, AttributeDefinition]:
        return self._editor.inputs(app.path.option, Scope.BLUEPRINT, request.session.is_admin)

    def _add_service(self, request: PageRequest) -> PageResponse:
        kind = request.required("service", "The service")
        with self._blueprints.changing(request.path["name"]) as blueprint:
            taken = diagrams.names(blueprint)
            alias = request.text("alias") or diagrams.free_name(kind, lambda name: name in taken)
            diagrams.add_service(blueprint, new_service(kind, alias, {}))
        return Redirect(_path(blueprint.name))

    def _remove_service(self, request: PageRequest) -> PageResponse:
        with self._blueprints.changing(request.path["name"]) as blueprint:
            diagrams.remove_service(blueprint, request.hidden("alias"))
        return Redirect(_path(blueprint.name))

    def _show_service(self, request: PageRequest) -> PageResponse:
        blueprint = self._blueprint(request)
        service = diagrams.find_service(blueprint, request.query.get("alias", ""))
        fields = [
            choice_or_text(name, value, CHOICES.get(name, ()))
            for name, value in service.attributes.items()
            if name not in FILLED_IN
        ]
        return Page("service.html", {"blueprint": blueprint, "service": service, "fields": fields})

    def _set_service(self, request: PageRequest) -> PageResponse:
        with self._blueprints.changing(request.path["name"]) as blueprint:
            service = diagrams.find_service(blueprint, request.hidden("alias"))
            for name, value in service.attributes.items():
                service.attributes[name] = _submitted_value(request, name, value)
            require_ids(service.attributes)
        return Redirect(_path(blueprint.name))

    def _add_connector(self, request: PageRequest) -> PageResponse:
        source, target = request.required("source", "One end"), request.required("target", "The other end")
        with self._blueprints.changing(request.path["name"]) as blueprint:
            diagrams.add_connectors(blueprint, [Connector(source, target)])
        return Redirect(_path(blueprint.name))

    def _remove_connector(self, request: PageRequest) -> PageResponse:
        with self._blueprints.changing(request.path["name"]) as blueprint:
            diagrams.remove_connector(blueprint, request.hidden("source"), request.hidden("target"))
        return Redirect(_path(blueprint.name))

    def _reserve(self, request: PageRequest) -> PageResponse:
        name, minutes = request.path["name"], minutes_of(request.text("minutes"))
        sandbox_name, set_up = request.text("sandbox"), request.text("set_up") == "yes"
        sandbox = self._lifecycle.reserve(name, sandbox_name, request.session.user, minutes, set_up=set_up)
        return Redirect(f"/sandboxes/{sandbox.id}")

    def _delete(self, request: PageRequest) -> PageResponse:
        self._blueprints.delete_blueprint(request.path["name"])
        return Redirect("/blueprints")

    def _blueprint(self, request: PageRequest) -> Blueprint:
        return self._blueprints.blueprint(request.path["name"])


def minutes_of(text: str) -> int:
    """Return a duration that was typed, in minutes; raise WrongCall unless it is a whole number within the limits."""
    if not text.isdecimal() or not 0 < int(text) <= LONGEST_MINUTES:
        raise WrongCall(f"The duration of '{text}' minutes should be 1 to {LONGEST_MINUTES}")
    return int(text)


def _submitted_value(request: PageRequest, name: str, present: str) -> str:
    """Return an attribute's value in the form, or the present one; raise WrongCall if it is not among the choices."""
    value = request.form.get(PREFIX + name, present).strip()
    if value not in CHOICES.get(name, (value,)):
        raise WrongCall(f"'{name}' is '{value}' and should be one of {', '.join(CHOICES[name])}")
    return value


def _path(name: str) -> str:
    return f"/blueprints/{quoted(name)}"
