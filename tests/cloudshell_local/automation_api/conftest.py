from __future__ import annotations

from typing import Any

import pytest

from tests.cloudshell_local.toy import Toy


@pytest.fixture
def api(toy: Toy) -> Any:
    """A session of Quali's own client."""
    return toy.cloudshell.session()
