"""Operations on the properties of sandboxes, which the API calls reservations: names, users, inputs, time and data.

The shapes of their requests and responses: docs/reference/features.md C1 and C8.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from cloudshell_local.automation_api.xml import Records, Texts, response_info, values_by_name
from cloudshell_local.services.container import Services
from cloudshell_local.xml import node


class ReservationPropertyOperations:
    """Operations that change and read the properties of a sandbox."""

    def __init__(self, services: Services) -> None:
        self._properties = services.properties
        self._data = services.sandbox_data

    def UpdateReservationName(self, reservationId: str, name: str) -> None:
        self._properties.rename(reservationId, name)

    def UpdateReservationDescription(self, reservationId: str, description: str) -> None:
        self._properties.describe(reservationId, description)

    def UpdateReservationGlobalInputs(self, reservationId: str, globalInputs: Records) -> None:
        self._properties.set_inputs(reservationId, values_by_name(globalInputs, "ParamName"))

    def AddPermittedUsersToReservation(self, reservationId: str, usernames: Texts) -> None:
        self._properties.permit(reservationId, usernames)

    def RemovePermittedUsersFromReservation(self, reservationId: str, usernames: Texts) -> None:
        self._properties.withdraw(reservationId, usernames)

    def ExtendReservation(self, reservationId: str, minutesToAdd: int) -> None:
        self._properties.extend(reservationId, minutesToAdd)

    def GetReservationRemainingTime(self, reservationId: str) -> Element:
        minutes = self._properties.remaining_minutes(reservationId)
        return response_info("GetReservationRemainingTimeInfo", RemainingTimeInMinutes=minutes)

    def SetSandboxData(self, reservationId: str, sandboxDataKeyValues: Records) -> None:
        self._data.set(reservationId, {each.text("Key"): each.text("Value", "") for each in sandboxDataKeyValues})

    def GetSandboxData(self, reservationId: str) -> Element:
        found = self._data.get(reservationId).items()
        pairs = [node("SandboxDataKeyValueInfo", Key=key, Value=value) for key, value in found]
        return response_info("GetSandboxDataInfo", node("SandboxDataKeyValues", *pairs))

    def ClearSandboxData(self, reservationId: str) -> None:
        self._data.clear(reservationId)
