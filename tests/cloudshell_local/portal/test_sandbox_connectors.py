from __future__ import annotations

from cloudshell_local.storage.model import CONNECTED, DISCONNECTED
from tests.cloudshell_local.portal.conftest import SandboxClient
from tests.cloudshell_local.portal.portal_client import PortalClient
from tests.cloudshell_local.services.diagrams import deploy, lines, sandbox_of
from tests.cloudshell_local.toy import Toy, until


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


def test_a_connection_to_a_subnet_has_no_buttons_and_a_sentence_why(l3_toy: Toy, client: PortalClient) -> None:
    sandbox = sandbox_of(l3_toy, {"S": ("Subnet", {})}, [("Web", "S")], ["Web"])
    path = f"/sandboxes/{sandbox.id}"
    sentence = "An App is connected to its subnets when it is deployed. To disconnect it, delete it."
    before = client.get(path).text
    assert "Connect Web and S" not in before
    assert "Remove the connection of Web and S" in before
    assert sentence in before
    l3_toy.services.subnets.prepare(sandbox.id)
    name = deploy(l3_toy, sandbox)["Web"]
    after = client.get(path).text
    assert not any(f"{verb} {name} and S" in after for verb in ("Connect", "Disconnect", "Remove the connection of"))
    client.submit(f"{path}/disconnect", source=name, target="S")
    until(lambda: not l3_toy.services.background.running(sandbox.id))
    assert [line.state for line in lines(l3_toy, sandbox)] == [CONNECTED]
    assert "remove the App from the sandbox to disconnect it" in l3_toy.services.sandboxes.feed(sandbox.id)[-1].text
