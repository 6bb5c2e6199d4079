"""Operations on pools of numbers and addresses."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from cloudshell_local.automation_api.xml import info
from cloudshell_local.services.networking.checkouts import Pools
from cloudshell_local.xml import node


class PoolOperations:
    def __init__(self, pools: Pools) -> None:
        self._pools = pools

    def CheckoutFromPool(self, selectionCriteriaJson: str) -> Element:
        return info("CheckoutFromPoolInfo", node("Items", node("string", self._pools.check_out(selectionCriteriaJson))))

    def ReleaseFromPool(self, values: list[str], poolId: str, reservationId: str = "", ownerId: str = "") -> None:
        self._pools.release(values, poolId, reservationId, ownerId)
