"""App templates and blueprints as the XML of CloudShell's packages, both ways.

The shapes are those that Quali's own end-to-end runner sends (docs/reference/server.md §1, "ImportPackage"); the places of
connectors and services are those of packages that real servers exported.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Protocol
from xml.etree.ElementTree import Element, tostring

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.services.networking.service_models import new_service
from cloudshell_local.services.vlan_ids import require_ids
from cloudshell_local.storage.model import (
    GENERIC_APP_MODEL,
    App,
    AppTemplate,
    Blueprint,
    Connector,
    DeploymentPath,
    Service,
)
from cloudshell_local.storage.parts import Parts
from cloudshell_local.xml import NotXml, node, read

DRIVER = "Python Setup & Teardown"
SCRIPTS = ("Default Sandbox Setup 4.0", "Default Sandbox Teardown 4.0")


class CompleteApp(Protocol):
    """Makes an App from the values of a file and the defaults of its models, as Blueprints.complete_app does."""

    def __call__(
        self,
        name: str,
        model: str,
        values: Mapping[str, str],
        paths: Sequence[DeploymentPath],
        template: str = "",
        position: tuple[float, float] = (0, 0),
    ) -> App: ...


def parse(name: str, content: bytes) -> Element:
    """Return the root of a file's XML; raise InvalidPackage, with the file's name, if it is not XML."""
    try:
        return read(content)
    except NotXml as error:
        raise InvalidPackage(name, [str(error)]) from None


def read_template(root: Element, complete: CompleteApp) -> AppTemplate:
    """Return an App template."""
    categories = [each.text or "" for each in root.iter("Category")]
    return AppTemplate(_read_app(root, complete), categories)


def read_blueprint(root: Element, complete: CompleteApp) -> Blueprint:
    """Return a blueprint, whose orchestration is on if it has a driver or scripts; raise WrongCall for a name used twice."""
    details = _child(root, "Details")
    scripts = " ".join(each.get("Name", "") for each in details.iter("Script"))
    has_driver = bool(details.get("Driver"))
    category = details.find("Categories/Category")
    return Blueprint(
        name=details.get("Name", ""),
        description=details.findtext("Description") or "",
        category=category.get("Name", "") if category is not None else "",
        apps=Parts(_read_app(each, complete, each.get("TemplateName", "")) for each in root.findall("Apps/App")),
        services=Parts(_read_service(each) for each in root.findall("Services/Service")),
        connectors=Parts(_read_connector(each) for each in _connectors(root)),
        resources=[each.get("Name", "") for each in root.findall("Resources/Resource")],
        has_setup=has_driver or "Setup" in scripts,
        has_teardown=has_driver or "Teardown" in scripts,
        setup_minutes=_minutes(details, "SetupDuration"),
        teardown_minutes=_minutes(details, "TeardownDuration"),
    )


def write_template(template: AppTemplate) -> bytes:
    """Return an App template's XML."""
    categories = node("Categories", *(node("Category", each) for each in template.categories))
    return _written(node("AppTemplateInfo", _write_app(template.app), categories))


def write_blueprint(blueprint: Blueprint) -> bytes:
    """Return a blueprint's XML."""
    root = node(
        "TopologyInfo",
        _write_details(blueprint),
        node("Resources", *(node("Resource", Name=name, Shared=True) for name in blueprint.resources)),
        node("Services", *(_write_service(each) for each in blueprint.services)),
        node("Connectors", *(_write_connector(each) for each in blueprint.connectors)),
        node("Apps", *(_write_blueprint_app(each) for each in blueprint.apps)),
    )
    return _written(root)


def _connectors(root: Element) -> list[Element]:
    return [*root.findall("Connectors/Connector"), *root.findall("Routes/Connector")]


def _read_app(root: Element, complete: CompleteApp, template: str = "") -> App:
    described = _child(root, "AppResourceInfo")
    resource = described.find("AppResources/AppResource")
    model = resource.get("ModelName", "") if resource is not None else ""
    return complete(
        described.get("Name", ""),
        model or GENERIC_APP_MODEL,
        _attributes(resource),
        [_read_path(each) for each in described.findall("DeploymentPaths/DeploymentPath")],
        template,
        _position(root),
    )


def _read_path(path: Element) -> DeploymentPath:
    service = _child(path, "DeploymentService")
    return DeploymentPath(
        path.get("Name", ""),
        service.get("Name", ""),
        service.get("CloudProvider", ""),
        _attributes(service),
        path.get("Default", "").lower() == "true",
    )


def _read_service(each: Element) -> Service:
    return new_service(each.get("ServiceName", ""), each.get("Alias", ""), _attributes(each), _position(each))


def _read_connector(each: Element) -> Connector:
    require_ids(_attributes(each))
    return Connector(
        each.get("Source", ""),
        each.get("Target", ""),
        each.get("Direction", "bi").lower(),
        each.get("Alias", ""),
        attributes=_attributes(each),
    )


def _write_details(blueprint: Blueprint) -> Element:
    scripts = [node("Script", Name=name) for name in SCRIPTS] if blueprint.has_setup else []
    categories = [node("Category", Name=blueprint.category, SubCategory="")] if blueprint.category else []
    return node(
        "Details",
        node("Description", blueprint.description),
        node("Categories", *categories),
        node("Scripts", *scripts),
        Name=blueprint.name,
        Alias=blueprint.name,
        Driver=DRIVER if blueprint.has_setup else "",
        SetupDuration=blueprint.setup_minutes,
        TeardownDuration=blueprint.teardown_minutes,
        Public=True,
    )


def _write_app(app: App) -> Element:
    resource = node("AppResource", _write_attributes(app.attributes), ModelName=app.model, Driver="")
    paths = node("DeploymentPaths", *(_write_path(path) for path in app.paths))
    return node("AppResourceInfo", node("AppResources", resource), paths, Name=app.name)


def _write_path(path: DeploymentPath) -> Element:
    attributes = _write_attributes(path.attributes)
    service = node("DeploymentService", attributes, Name=path.option, CloudProvider=path.provider)
    return node("DeploymentPath", service, Name=path.name, Default=path.default)


def _write_blueprint_app(app: App) -> Element:
    x, y = app.position
    return node("App", _write_app(app), TemplateName=app.template, PositionX=x, PositionY=y)


def _write_service(each: Service) -> Element:
    x, y = each.position
    attributes = _write_attributes(each.attributes)
    return node("Service", attributes, PositionX=x, PositionY=y, Alias=each.alias, ServiceName=each.name)


def _write_connector(each: Connector) -> Element:
    attributes = _write_attributes(each.attributes)
    return node(
        "Connector", attributes, Source=each.source, Target=each.target, Direction=each.direction, Alias=each.alias
    )


def _write_attributes(values: Mapping[str, str]) -> Element:
    return node("Attributes", *(node("Attribute", Name=name, Value=value) for name, value in values.items()))


def _attributes(element: Element | None) -> dict[str, str]:
    found = element.findall("Attributes/Attribute") if element is not None else []
    return {each.get("Name", ""): each.get("Value", "") for each in found}


def _position(element: Element) -> tuple[float, float]:
    return _coordinate(element, "PositionX"), _coordinate(element, "PositionY")


def _coordinate(element: Element, name: str) -> float:
    text = element.get(name) or "0"
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidPackage(_shown(element), [f"{name} should be a number, not '{text}'"])
    return number


def _minutes(element: Element, name: str) -> int:
    text = element.get(name) or "0"
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise InvalidPackage(_shown(element), [f"{name} should be a number of minutes, not '{text}'"])
    return int(text)


def _shown(element: Element) -> str:
    names = [element.get(name, "") for name in ("Name", "Alias", "TemplateName", "ServiceName")]
    return " ".join([element.tag, *[f"'{name}'" for name in names if name][:1]])


def _child(element: Element, name: str) -> Element:
    child = element.find(name)
    if child is None:
        raise InvalidPackage(element.tag, [f"it has no {name}"])
    return child


def _written(root: Element) -> bytes:
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content
