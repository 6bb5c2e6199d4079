"""Operations on blueprints, which the API calls topologies, and on the services that a diagram may have."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from cloudshell_local.access import ADMIN
from cloudshell_local.automation_api.diagram_xml import app_element, connector_element, service_element
from cloudshell_local.automation_api.xml import response_info
from cloudshell_local.services.container import Services
from cloudshell_local.services.networking.service_models import SERVICES
from cloudshell_local.storage.model import Blueprint
from cloudshell_local.xml import node


class TopologyOperations:
    """Operations on blueprints."""

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._catalog = services.catalog
        self._blueprints = services.blueprints

    def GetTopologiesByCategory(self, categoryName: str = "", categoryValue: str = "") -> Element:
        found = [each.name for each in self._store.blueprints if categoryName in ("", each.category)]
        return response_info("TopologiesByCategoryInfo", node("Topologies", *(node("string", name) for name in found)))

    def GetTopologyDetails(self, topologyFullPath: str) -> Element:
        blueprint = self._blueprints.blueprint(topologyFullPath)
        apps = [app_element("TopologyAppResourceInfo", app, self._catalog.family(app.model)) for app in blueprint.apps]
        return response_info("TopologyInfo", *_contents(blueprint), node("Apps", *apps), **_attributes(blueprint))

    def GetServices(self, categoryName: str = "", serviceName: str = "") -> Element:
        found = [_service_info(*item) for item in SERVICES.items() if serviceName in ("", item[0])]
        return response_info("ServicesListInfo", node("Services", *found))


def _contents(blueprint: Blueprint) -> list[Element]:
    return [
        node("Resources", *(node("TopologyResourceInfo", Name=name, Alias=name) for name in blueprint.resources)),
        node("Connectors", *(connector_element(each) for each in blueprint.connectors)),
        node("Services", *(service_element(each) for each in blueprint.services)),
    ]


def _attributes(blueprint: Blueprint) -> dict[str, object]:
    return {
        "Name": blueprint.name,
        "Alias": blueprint.name,
        "Owner": blueprint.owner or ADMIN,
        "Description": blueprint.description,
        "Driver": "Python Setup & Teardown" if blueprint.has_setup else "",
        "EstimatedSetupDuration": blueprint.setup_minutes,
        "EstimatedTearDownDuration": blueprint.teardown_minutes,
    }


def _service_info(name: str, defaults: Mapping[str, str]) -> Element:
    attributes = [node("ServiceAttribute", Name=key, DefaultValue=value) for key, value in defaults.items()]
    return node(
        "ServiceInfo", node("Attributes", *attributes), Name=name, CategoryFullPath="Networking", Description=""
    )
