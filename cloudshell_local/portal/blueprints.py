"""Blueprints: drawn from Apps, services and connections, and reserved."""

from __future__ import annotations

from starlette.routing import Route

from cloudshell_local.errors import WrongCall
from cloudshell_local.portal.diagram import picture
from cloudshell_local.portal.fields import CHOICE, PREFIX, TEXT, Field
from cloudshell_local.portal.web import Answer, Asked, Goto, Page, Web, quoted
from cloudshell_local.services import diagrams
from cloudshell_local.services.container import Services
from cloudshell_local.services.networking.service_models import CHOICES, FILLED_IN, SERVICES, new_service
from cloudshell_local.services.times import LONGEST_MINUTES
from cloudshell_local.storage.model import Blueprint, Connector


class BlueprintPages:
    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._store = services.store
        self._blueprints = services.blueprints
        self._lifecycle = services.lifecycle

    def routes(self) -> list[Route]:
        """Return the routes of blueprints."""
        one = "/blueprints/{name}"
        return [
            self._web.shows("/blueprints", self._list),
            self._web.does("/blueprints/new", self._create),
            self._web.shows(one, self._show),
            self._web.does(f"{one}/apps", self._add_app),
            self._web.does(f"{one}/apps/remove", self._remove_app),
            self._web.does(f"{one}/services", self._add_service),
            self._web.does(f"{one}/services/remove", self._remove_service),
            self._web.shows(f"{one}/service", self._show_service),
            self._web.does(f"{one}/service", self._set_service),
            self._web.does(f"{one}/connectors", self._draw),
            self._web.does(f"{one}/connectors/remove", self._rub_out),
            self._web.does(f"{one}/reserve", self._reserve),
            self._web.does(f"{one}/delete", self._delete),
        ]

    def _list(self, asked: Asked) -> Answer:
        return Page("blueprints.html", {"blueprints": self._store.blueprints}, ("blueprint",))

    def _create(self, asked: Asked) -> Answer:
        blueprint = Blueprint(asked.required("name", "The blueprint's name"), description=asked.typed("description"))
        self._blueprints.new_blueprint(blueprint)
        return Goto(_path(blueprint.name))

    def _show(self, asked: Asked) -> Answer:
        blueprint = self._blueprint(asked)
        apps, services = [app.name for app in blueprint.apps], [each.alias for each in blueprint.services]
        values = {
            "blueprint": blueprint,
            "picture": picture(services, apps, blueprint.connectors),
            "things": diagrams.names(blueprint),
            "templates": [each.app.name for each in self._store.templates],
            "services": SERVICES,
        }
        return Page("blueprint.html", values, ("blueprint",))

    def _add_app(self, asked: Asked) -> Answer:
        template = asked.required("template", "The App template")
        app = self._blueprints.new_app(template, asked.typed("name"))
        with self._blueprints.changing(asked.path["name"]) as blueprint:
            diagrams.add_app(blueprint, app)
        return Goto(_path(blueprint.name))

    def _remove_app(self, asked: Asked) -> Answer:
        with self._blueprints.changing(asked.path["name"]) as blueprint:
            diagrams.remove_app(blueprint, asked.given("app"))
        return Goto(_path(blueprint.name))

    def _add_service(self, asked: Asked) -> Answer:
        kind = asked.required("service", "The service")
        with self._blueprints.changing(asked.path["name"]) as blueprint:
            alias = asked.typed("alias") or diagrams.free_name(kind, diagrams.names(blueprint))
            diagrams.add_service(blueprint, new_service(kind, alias, {}))
        return Goto(_path(blueprint.name))

    def _remove_service(self, asked: Asked) -> Answer:
        with self._blueprints.changing(asked.path["name"]) as blueprint:
            diagrams.remove_service(blueprint, asked.given("alias"))
        return Goto(_path(blueprint.name))

    def _show_service(self, asked: Asked) -> Answer:
        blueprint = self._blueprint(asked)
        service = diagrams.find_service(blueprint, asked.query.get("alias", ""))
        fields = [_field(*item) for item in service.attributes.items() if item[0] not in FILLED_IN]
        return Page("service.html", {"blueprint": blueprint, "service": service, "fields": fields})

    def _set_service(self, asked: Asked) -> Answer:
        with self._blueprints.changing(asked.path["name"]) as blueprint:
            service = diagrams.find_service(blueprint, asked.given("alias"))
            for name in service.attributes:
                value = asked.form.get(PREFIX + name, service.attributes[name]).strip()
                if value not in CHOICES.get(name, (value,)):
                    raise WrongCall(f"'{name}' is '{value}' and should be one of {', '.join(CHOICES[name])}")
                service.attributes[name] = value
        return Goto(_path(blueprint.name))

    def _draw(self, asked: Asked) -> Answer:
        source, target = asked.required("source", "One end"), asked.required("target", "The other end")
        with self._blueprints.changing(asked.path["name"]) as blueprint:
            diagrams.add_connectors(blueprint, [Connector(source, target)])
        return Goto(_path(blueprint.name))

    def _rub_out(self, asked: Asked) -> Answer:
        with self._blueprints.changing(asked.path["name"]) as blueprint:
            diagrams.remove_connector(blueprint, asked.given("source"), asked.given("target"))
        return Goto(_path(blueprint.name))

    def _reserve(self, asked: Asked) -> Answer:
        name, minutes = asked.path["name"], minutes_of(asked.typed("minutes"))
        wanted, set_up = asked.typed("sandbox") or name, asked.typed("set_up") == "yes"
        sandbox = self._lifecycle.reserve(name, wanted, asked.session.user, minutes, set_up=set_up)
        return Goto(f"/sandboxes/{sandbox.id}")

    def _delete(self, asked: Asked) -> Answer:
        self._blueprints.delete_blueprint(asked.path["name"])
        return Goto("/blueprints")

    def _blueprint(self, asked: Asked) -> Blueprint:
        return self._blueprints.blueprint(asked.path["name"])


def minutes_of(text: str) -> int:
    """Return a duration that was typed; raise WrongCall."""
    if not text.isdecimal() or not 0 < int(text) <= LONGEST_MINUTES:
        raise WrongCall(f"The duration of '{text}' minutes should be 1 to {LONGEST_MINUTES}")
    return int(text)


def _field(name: str, value: str) -> Field:
    return Field(PREFIX + name, name, CHOICE if name in CHOICES else TEXT, value, CHOICES.get(name, ()))


def _path(name: str) -> str:
    return f"/blueprints/{quoted(name)}"
