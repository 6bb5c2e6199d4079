"""Operations on what is in a sandbox: resources, Apps, services, connectors and their positions."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from cloudshell_local.access import Session
from cloudshell_local.automation_api.xml import Record, Records, Texts, response_info, values_by_name
from cloudshell_local.errors import WrongCall
from cloudshell_local.services.container import Services
from cloudshell_local.services.networking.service_models import new_service
from cloudshell_local.storage.model import App, Connector
from cloudshell_local.xml import node


class ReservationContentOperations:
    """Operations that change the diagram of a sandbox."""

    def __init__(self, services: Services) -> None:
        self._blueprints = services.blueprints
        self._sandboxes = services.sandboxes
        self._deployment = services.deployment
        self._permissions = services.permissions

    def AddResourcesToReservation(
        self, session: Session, reservationId: str, resourcesFullPath: Texts, shared: bool = False
    ) -> Element:
        self._permissions.require_free(session, resourcesFullPath)
        self._sandboxes.add_resources(reservationId, resourcesFullPath)
        return response_info("ReserveResourcesResponseInfo", node("Conflicts"))

    def RemoveResourcesFromReservation(
        self, session: Session, reservationId: str, resourcesFullPath: Texts, deleteDeployedApps: bool = True
    ) -> Element:
        self._permissions.require_in(session, reservationId, resourcesFullPath)
        self._deployment.remove(reservationId, resourcesFullPath, deleteDeployedApps)
        return response_info("ReserveResourcesResponseInfo", node("Conflicts"))

    def AddAppToReservation(
        self, reservationId: str, appName: str, deploymentPath: str = "", positionX: float = 100, positionY: float = 100
    ) -> Element:
        app = self._blueprints.new_app(appName)
        app.position = (positionX, positionY)
        _choose_path(app, deploymentPath)
        self._sandboxes.add_app(reservationId, app)
        return response_info("AddAppToReservationResponseInfo", ReservedAppName=app.name)

    def RemoveAppFromReservation(self, reservationId: str, appName: str) -> None:
        self._sandboxes.remove_app(reservationId, appName)

    def AddServiceToReservation(
        self, reservationId: str, serviceName: str, alias: str, attributes: Records = ()
    ) -> None:
        self._sandboxes.add_service(reservationId, new_service(serviceName, alias, values_by_name(attributes)))

    def RemoveServicesFromReservation(self, reservationId: str, services: Texts) -> None:
        self._sandboxes.remove_services(reservationId, services)

    def SetServiceName(self, reservationId: str, serviceName: str, newServiceName: str) -> None:
        self._sandboxes.rename_service(reservationId, serviceName, newServiceName)

    def SetServiceAttributesValues(self, reservationId: str, serviceAlias: str, attributeRequests: Records) -> None:
        self._sandboxes.set_service_attributes(reservationId, serviceAlias, values_by_name(attributeRequests))

    def SetConnectorsInReservation(self, reservationId: str, connectors: Records) -> None:
        self._sandboxes.set_connectors(reservationId, [_connector(each) for each in connectors])

    def SetConnectorAttributes(
        self, reservationId: str, sourceResourceFullName: str, targetResourceFullName: str, attributeRequests: Records
    ) -> None:
        values = values_by_name(attributeRequests)
        self._sandboxes.set_connector_attributes(reservationId, sourceResourceFullName, targetResourceFullName, values)

    def RemoveConnectorsFromReservation(self, reservationId: str, endpoints: Texts) -> None:
        self._sandboxes.remove_connectors(reservationId, endpoints)

    def GetReservationResourcesPositions(self, reservationId: str) -> Element:
        return _positions(self._sandboxes.get(reservationId).resources.items())

    def GetReservationServicesPositions(self, reservationId: str) -> Element:
        return _positions((each.alias, each.position) for each in self._sandboxes.get(reservationId).services)

    def SetReservationResourcePosition(self, reservationId: str, resourceFullName: str, x: float, y: float) -> None:
        self._sandboxes.move_resource(reservationId, resourceFullName, (x, y))


def _choose_path(app: App, path: str) -> None:
    names = [each.name for each in app.paths]
    if path and path not in names:
        raise WrongCall(f"The App '{app.name}' has no deployment path '{path}'; it has: {', '.join(names)}")
    for each in app.paths:
        each.default = each.name == path if path else each.default


def _connector(request: Record) -> Connector:
    source, target = request.text("SourceResourceFullName"), request.text("TargetResourceFullName")
    return Connector(source, target, request.text("Direction"), request.text("Alias", ""))


def _positions(positions: Iterable[tuple[str, tuple[float, float]]]) -> Element:
    found = [node("ResourceDiagramLayoutInfo", ResourceName=name, X=x, Y=y) for name, (x, y) in positions]
    return response_info("ReservationDiagramLayoutResponseInfo", node("ResourceDiagramLayouts", *found))
