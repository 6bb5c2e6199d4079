"""Operations on the life of sandboxes, which the API calls reservations."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from cloudshell_local.access import Session
from cloudshell_local.automation_api.reservation_xml import (
    reservation_description,
    reservation_short_info,
    reservation_slim_status,
)
from cloudshell_local.automation_api.xml import Records, response_info, values_by_name
from cloudshell_local.errors import WrongCall
from cloudshell_local.services.container import Services
from cloudshell_local.services.times import LONGEST_MINUTES
from cloudshell_local.xml import node


class ReservationOperations:
    """Operations that reserve sandboxes, read and set their state, and end them."""

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._catalog = services.catalog
        self._sandboxes = services.sandboxes
        self._lifecycle = services.lifecycle
        self._permissions = services.permissions

    def CreateImmediateReservation(
        self,
        session: Session,
        reservationName: str,
        durationInMinutes: int,
        owner: str = "",
        topologyFullPath: str = "",
        globalInputs: Records = (),
    ) -> Element:
        """Reserve a sandbox. With a blueprint, its setup starts; without one it has no orchestration, and stays "Not Run".

        The client's CreateImmediateTopologyReservation is this operation (docs/reference/features.md C12).
        """
        minutes, owner = _minutes(durationInMinutes), self._owner(session, owner)
        if topologyFullPath:
            inputs = values_by_name(globalInputs, "ParamName")
            sandbox = self._lifecycle.reserve(topologyFullPath, reservationName, owner, minutes, inputs)
        else:
            sandbox = self._lifecycle.reserve_empty(reservationName, owner, minutes)
        return response_info("CreateReservationResponseInfo", reservation_short_info(sandbox))

    def GetReservationDetails(self, reservationId: str, disableCache: bool = False) -> Element:
        sandbox = self._sandboxes.get(reservationId)
        resources = [self._store.resources.get(name) for name in sandbox.resources if name in self._store.resources]
        families = {app.model: self._catalog.family(app.model) for app in sandbox.apps}
        description = reservation_description(sandbox, resources, families)
        return response_info("GetReservationDescriptionResponseInfo", description)

    def GetReservationStatus(self, reservationId: str) -> Element:
        return response_info("ReservationSlimStatusInfo", reservation_slim_status(self._sandboxes.get(reservationId)))

    def GetCurrentReservations(self, session: Session, reservationOwner: str = "") -> Element:
        live = self._permissions.sandboxes(session, self._sandboxes.all_live())
        found = [each for each in live if reservationOwner in ("", each.owner)]
        reservations = [reservation_short_info(each, "ReservationShortInfo") for each in found]
        return response_info("GetActiveReservationsResponseInfo", node("Reservations", *reservations))

    def GetReservationInputs(self, reservationId: str) -> Element:
        inputs = self._sandboxes.get(reservationId).inputs
        global_inputs = [node("Input", ParamName=name, Value=value) for name, value in inputs.items()]
        return response_info("GetReservationInputsResponseInfo", node("GlobalInputs", *global_inputs))

    def EndReservation(self, reservationId: str, unmap: bool = False) -> None:
        """Start the teardown. It is over when GetReservationStatus returns the status Completed."""
        self._lifecycle.end(reservationId)

    def TerminateReservation(self, reservationId: str) -> None:
        """Cut a teardown short: only one that is running can be (docs/reference/features.md C8)."""
        self._lifecycle.terminate(reservationId)

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
        self._sandboxes.write(reservationId, message)

    def _owner(self, session: Session, owner: str) -> str:
        if owner:
            self._store.users.get(owner)
        if owner not in ("", session.user):
            session.require_admin("reserve a sandbox for another user")
        return owner or session.user


def _minutes(minutes: int) -> int:
    if not 0 < minutes <= LONGEST_MINUTES:
        raise WrongCall(f"The duration of {minutes} minutes should be 1 to {LONGEST_MINUTES}")
    return minutes
