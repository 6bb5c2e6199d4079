"""The parts of a diagram as XML, which sandboxes and blueprints have in common: Apps, services and connectors."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from cloudshell_local.storage.model import App, Connector, DeploymentPath, Service
from cloudshell_local.xml import node


def app_element(tag: str, app: App, family: str) -> Element:
    """Return an App that is not deployed. tag: the name of the element. family: of the App's model.

    The chosen deployment path comes first: orchestration reads the attributes of the first (docs/reference/server.md §3).
    """
    resource = node(
        "LogicalResource", attribute_list(app.attributes), Family=family, Model=app.model, Driver="", Description=""
    )
    chosen_first = sorted(app.paths, key=lambda path: path is not app.path)
    paths = node("DeploymentPaths", *(_deployment_path(path, path is app.path) for path in chosen_first))
    return node(tag, resource, paths, Name=app.name, Description=app.description, AppTemplateName=app.template)


def service_element(service: Service) -> Element:
    """Return a service with its attributes."""
    return node("Service", attribute_list(service.attributes), ServiceName=service.name, Alias=service.alias)


def connector_element(connector: Connector) -> Element:
    """Return a connector of a diagram."""
    return node(
        "Connector",
        attribute_list(connector.attributes),
        Alias=connector.alias,
        Type="Default",
        Direction=connector.direction,
        Source=connector.source,
        Target=connector.target,
        State=connector.state,
    )


def route_element(connector: Connector) -> Element:
    """Return a connector as the response to connecting and disconnecting has it."""
    return node(
        "Route",
        node("Segments"),
        Source=connector.source,
        Target=connector.target,
        Alias=connector.alias,
        RouteType=connector.direction,
        Shared=True,
    )


def attribute_list(values: Mapping[str, str]) -> Element:
    """Return attributes by their names as a list."""
    return node("Attributes", *(node("Attribute", Name=name, Value=value) for name, value in values.items()))


def _deployment_path(path: DeploymentPath, is_default: bool) -> Element:
    service = node(
        "DeploymentService",
        attribute_list(path.attributes),
        Name=path.name,
        Model=path.option,
        Driver="",
        CloudProvider=path.provider,
    )
    return node("DeploymentPath", service, Name=path.name, IsDefault=is_default)
