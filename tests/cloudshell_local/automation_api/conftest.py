from __future__ import annotations

from typing import Any

import pytest

from tests.cloudshell_local.toy import Toy


@pytest.fixture
def api(toy: Toy) -> Any:
    """A session of Quali's own client."""
    return toy.cloudshell.session()


def details(api: Any, sandbox: str) -> Any:
    """Return a sandbox as GetReservationDetails has it."""
    return api.GetReservationDetails(sandbox, True).ReservationDescription
