"""Operations on pools of numbers and addresses, which drivers check out."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from cloudshell_local.automation_api.xml import Texts, response_info
from cloudshell_local.services.container import Services
from cloudshell_local.xml import node


class PoolOperations:
    """Operations that check items of a pool out and release them."""

    def __init__(self, services: Services) -> None:
        self._checkouts = services.checkouts

    def CheckoutFromPool(self, selectionCriteriaJson: str) -> Element:
        item = self._checkouts.check_out(selectionCriteriaJson)
        return response_info("CheckoutFromPoolInfo", node("Items", node("string", item)))

    def ReleaseFromPool(self, values: Texts, poolId: str, reservationId: str = "", ownerId: str = "") -> None:
        self._checkouts.release(values, poolId, reservationId, ownerId)
