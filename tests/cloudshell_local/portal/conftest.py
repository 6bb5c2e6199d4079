from __future__ import annotations

import pytest

from cloudshell_local import CloudShellLocal
from tests.cloudshell_local.portal.portal_client import PortalClient


@pytest.fixture
def client(server: CloudShellLocal) -> PortalClient:
    return PortalClient(server)
