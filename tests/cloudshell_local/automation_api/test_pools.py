from __future__ import annotations

import json
from typing import Any

import pytest
from cloudshell.api.common_cloudshell_api import CloudShellAPIError


def test_items_are_checked_out_and_released_in_the_way_of_drivers(api: Any) -> None:
    criteria = {
        "type": "SpecificNumeric",
        "poolId": "nic",
        "reservationId": "",
        "ownerId": "admin",
        "requestedItem": {"Value": 5},
    }
    assert list(api.CheckoutFromPool(json.dumps(criteria)).Items) == ["5"]
    with pytest.raises(CloudShellAPIError, match="Could not find available item"):
        api.CheckoutFromPool(json.dumps(criteria))
    api.ReleaseFromPool(["5"], "nic", "", "admin")
    assert list(api.CheckoutFromPool(json.dumps(criteria)).Items) == ["5"]
