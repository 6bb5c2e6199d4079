"""Operations on sandboxes, which the API calls reservations, and on blueprints, which it calls topologies."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from cloudshell_local.access import Session
from cloudshell_local.automation_api import infos
from cloudshell_local.automation_api.xml import Records, info
from cloudshell_local.errors import WrongCall
from cloudshell_local.services.container import Services
from cloudshell_local.services.networking.service_models import SERVICES, new_service
from cloudshell_local.services.times import LONGEST_MINUTES, api_time
from cloudshell_local.storage.model import App, Connector
from cloudshell_local.xml import node


class ReservationOperations:
    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._catalog = services.catalog
        self._blueprints = services.blueprints
        self._sandboxes = services.sandboxes
        self._deployment = services.deployment
        self._lifecycle = services.lifecycle

    def CreateImmediateReservation(
        self,
        session: Session,
        reservationName: str,
        durationInMinutes: int,
        owner: str = "",
        topologyFullPath: str = "",
        globalInputs: Records = [],  # noqa: B006 - it is only read
    ) -> Element:
        """From a blueprint, it is set up; without one there is no orchestration, and it stays "Not Run".

        The clients' CreateImmediateTopologyReservation sends this operation, too, with a blueprint.
        """
        minutes, owner = _minutes(durationInMinutes), self._owner(session, owner)
        if topologyFullPath:
            inputs = {each["ParamName"]: each["Value"] for each in globalInputs}
            sandbox = self._lifecycle.reserve(topologyFullPath, reservationName, owner, minutes, inputs)
        else:
            sandbox = self._lifecycle.reserve_empty(reservationName, owner, minutes)
        return info("CreateReservationResponseInfo", infos.short_reservation(sandbox))

    def GetReservationDetails(self, reservationId: str, disableCache: bool = False) -> Element:
        sandbox = self._sandboxes.get(reservationId)
        resources = [self._store.resources.get(name) for name in sandbox.resources if name in self._store.resources]
        details = infos.reservation(sandbox, resources, self._families(sandbox.apps))
        return info("GetReservationDescriptionResponseInfo", details)

    def GetReservationStatus(self, reservationId: str) -> Element:
        sandbox = self._sandboxes.get(reservationId)
        status = node(
            "ReservationSlimStatus",
            ReservationId=sandbox.id,
            StartTime=api_time(sandbox.start),
            EndTime=api_time(sandbox.end),
            Status=sandbox.status,
            ProvisioningStatus=sandbox.provisioning,
            Booked=True,
            SetupStage=sandbox.stage,
        )
        return info("ReservationSlimStatusInfo", status)

    def GetCurrentReservations(self, reservationOwner: str = "") -> Element:
        found = [each for each in self._sandboxes.all_live() if reservationOwner in ("", each.owner)]
        reservations = [infos.short_reservation(each, "ReservationShortInfo") for each in found]
        return info("GetActiveReservationsResponseInfo", node("Reservations", *reservations))

    def GetReservationInputs(self, reservationId: str) -> Element:
        inputs = self._sandboxes.get(reservationId).inputs
        given = [node("Input", ParamName=name, Value=value) for name, value in inputs.items()]
        return info("GetReservationInputsResponseInfo", node("GlobalInputs", *given))

    def EndReservation(self, reservationId: str, unmap: bool = False) -> None:
        """It begins the teardown; GetReservationStatus tells when the sandbox is Completed."""
        self._lifecycle.end(reservationId)

    def DeleteReservation(self, reservationId: str, unmap: bool = False) -> None:
        self._sandboxes.delete(reservationId)

    def SetSetupStage(self, setupStage: str, reservationId: str) -> None:
        with self._sandboxes.changing(reservationId) as sandbox:
            sandbox.stage = setupStage

    def SetReservationLiveStatus(self, reservationId: str, liveStatusName: str, additionalInfo: str = "") -> None:
        with self._sandboxes.changing(reservationId) as sandbox:
            sandbox.live_status = (liveStatusName, additionalInfo)

    def WriteMessageToReservationOutput(self, reservationId: str, message: str) -> None:
        self._sandboxes.get(reservationId)
        self._sandboxes.post(reservationId, message)

    # What is in it

    def AddResourcesToReservation(
        self, reservationId: str, resourcesFullPath: list[str], shared: bool = False
    ) -> Element:
        self._sandboxes.add_resources(reservationId, resourcesFullPath)
        return info("ReserveResourcesResponseInfo", node("Conflicts"))

    def RemoveResourcesFromReservation(
        self, reservationId: str, resourcesFullPath: list[str], deleteDeployedApps: bool = True
    ) -> Element:
        self._deployment.remove(reservationId, resourcesFullPath, deleteDeployedApps)
        return info("ReserveResourcesResponseInfo", node("Conflicts"))

    def AddAppToReservation(
        self, reservationId: str, appName: str, deploymentPath: str = "", positionX: float = 100, positionY: float = 100
    ) -> Element:
        app = self._blueprints.new_app(appName)
        app.position = (positionX, positionY)
        _choose(app, deploymentPath)
        self._sandboxes.add_app(reservationId, app)
        return info("AddAppToReservationResponseInfo", ReservedAppName=app.name)

    def RemoveAppFromReservation(self, reservationId: str, appName: str) -> None:
        self._sandboxes.remove_app(reservationId, appName)

    def AddServiceToReservation(
        self,
        reservationId: str,
        serviceName: str,
        alias: str,
        attributes: Records = [],  # noqa: B006 - it is only read
    ) -> None:
        service = new_service(serviceName, alias, {each["Name"]: each["Value"] for each in attributes})
        self._sandboxes.add_service(reservationId, service)

    def RemoveServicesFromReservation(self, reservationId: str, services: list[str]) -> None:
        self._sandboxes.remove_services(reservationId, services)

    def SetServiceName(self, reservationId: str, serviceName: str, newServiceName: str) -> None:
        self._sandboxes.rename_service(reservationId, serviceName, newServiceName)

    def SetServiceAttributesValues(self, reservationId: str, serviceAlias: str, attributeRequests: Records) -> None:
        values = {each["Name"]: each["Value"] for each in attributeRequests}
        self._sandboxes.set_service_attributes(reservationId, serviceAlias, values)

    def SetConnectorsInReservation(self, reservationId: str, connectors: Records) -> None:
        lines = [
            Connector(
                each["SourceResourceFullName"], each["TargetResourceFullName"], each["Direction"], each.get("Alias", "")
            )
            for each in connectors
        ]
        self._sandboxes.set_connectors(reservationId, lines)

    def SetConnectorAttributes(
        self, reservationId: str, sourceResourceFullName: str, targetResourceFullName: str, attributeRequests: Records
    ) -> None:
        values = {each["Name"]: each["Value"] for each in attributeRequests}
        self._sandboxes.set_connector_attributes(reservationId, sourceResourceFullName, targetResourceFullName, values)

    def RemoveConnectorsFromReservation(self, reservationId: str, endpoints: list[str]) -> None:
        self._sandboxes.remove_connectors(reservationId, endpoints)

    def GetReservationResourcesPositions(self, reservationId: str) -> Element:
        return _positions(self._sandboxes.get(reservationId).resources.items())

    def GetReservationServicesPositions(self, reservationId: str) -> Element:
        return _positions((each.alias, each.position) for each in self._sandboxes.get(reservationId).services)

    def SetReservationResourcePosition(self, reservationId: str, resourceFullName: str, x: float, y: float) -> None:
        with self._sandboxes.changing(reservationId) as sandbox:
            sandbox.resources[resourceFullName] = (x, y)

    # Blueprints

    def GetTopologiesByCategory(self, categoryName: str = "", categoryValue: str = "") -> Element:
        found = [each.name for each in self._store.blueprints if categoryName in ("", each.category)]
        return info("TopologiesByCategoryInfo", node("Topologies", *(node("string", name) for name in found)))

    def GetTopologyDetails(self, topologyFullPath: str) -> Element:
        blueprint = self._blueprints.blueprint(topologyFullPath)
        children, attributes = infos.topology(blueprint, self._families(blueprint.apps))
        return info("TopologyInfo", *children, **attributes)

    def GetServices(self, categoryName: str = "", serviceName: str = "") -> Element:
        found = [
            node(
                "ServiceInfo",
                node(
                    "Attributes",
                    *(node("ServiceAttribute", Name=key, DefaultValue=value) for key, value in values.items()),
                ),
                Name=name,
                CategoryFullPath="Networking",
                Description="",
            )
            for name, values in SERVICES.items()
            if serviceName in ("", name)
        ]
        return info("ServicesListInfo", node("Services", *found))

    def _owner(self, session: Session, owner: str) -> str:
        if owner:
            self._store.users.get(owner)
        return owner or session.user

    def _families(self, apps: Iterable[App]) -> dict[str, str]:
        return {app.model: self._catalog.family(app.model) for app in apps}


def _minutes(minutes: int) -> int:
    if not 0 < minutes <= LONGEST_MINUTES:
        raise WrongCall(f"The duration of {minutes} minutes should be 1 to {LONGEST_MINUTES}")
    return minutes


def _choose(app: App, path: str) -> None:
    names = [each.name for each in app.paths]
    if path and path not in names:
        raise WrongCall(f"The App '{app.name}' has no deployment path '{path}'; it has: {', '.join(names)}")
    for each in app.paths:
        each.default = each.name == path if path else each.default


def _positions(places: Iterable[tuple[str, tuple[float, float]]]) -> Element:
    found = [node("ResourceDiagramLayoutInfo", ResourceName=name, X=x, Y=y) for name, (x, y) in places]
    return info("ReservationDiagramLayoutResponseInfo", node("ResourceDiagramLayouts", *found))
