from __future__ import annotations

from cloudshell_local.storage.model import CONNECTED, DISCONNECTED
from tests.cloudshell_local.portal.conftest import SandboxClient
from tests.cloudshell_local.portal.portal_client import PortalClient


def test_connectors_are_disconnected_connected_added_and_removed(
    workspace: SandboxClient, client: PortalClient
) -> None:
    workspace.set_up()
    web, db = workspace.app("Web").name, workspace.app("Db").name
    ends = {"source": web, "target": "V"}
    workspace.submit("disconnect", **ends)
    assert [line.state for line in workspace.sandbox.connectors] == [DISCONNECTED, CONNECTED]
    workspace.submit("connect", **ends)
    assert [line.state for line in workspace.sandbox.connectors] == [CONNECTED, CONNECTED]
    assert "disconnect them first" in client.submit_error(f"{workspace.path}/connectors/remove", **ends)
    workspace.submit("connectors", source="Web", target="Db")
    assert workspace.sandbox.connectors[-1].joins(web, db), "Apps are chosen by the names that stay"
    workspace.submit("connect", source=web, target=db)
    assert workspace.sandbox.connectors[-1].state == CONNECTED
    workspace.submit("disconnect", source=web, target=db)
    workspace.submit("connectors/remove", source=web, target=db)
    assert len(workspace.sandbox.connectors) == 2
    assert "no connection between" in client.submit_error(f"{workspace.path}/connect", source="Web", target="Moon")
    assert "no connection between" in client.submit_error(f"{workspace.path}/disconnect")
    assert "ends at 'Moon'" in client.submit_error(f"{workspace.path}/connectors", source="Web", target="Moon")
