"""Operations on pools of numbers and addresses."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from cloudshell_local.automation_api.xml import info
from cloudshell_local.services.container import Services
from cloudshell_local.xml import node


class PoolOperations:
    def __init__(self, services: Services) -> None:
        self._checkouts = services.checkouts

    def CheckoutFromPool(self, selectionCriteriaJson: str) -> Element:
        return info(
            "CheckoutFromPoolInfo", node("Items", node("string", self._checkouts.check_out(selectionCriteriaJson)))
        )

    def ReleaseFromPool(self, values: list[str], poolId: str, reservationId: str = "", ownerId: str = "") -> None:
        self._checkouts.release(values, poolId, reservationId, ownerId)
