from __future__ import annotations

import pytest

from cloudshell_local import CloudShellLocal
from tests.cloudshell_local.portal.visitor import Visitor


@pytest.fixture
def visitor(server: CloudShellLocal) -> Visitor:
    return Visitor(server)
