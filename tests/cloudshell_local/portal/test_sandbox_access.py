from __future__ import annotations

from tests.cloudshell_local.portal.conftest import SandboxClient
from tests.cloudshell_local.portal.portal_client import PortalClient, text_of

ACTIONS = [
    "setup", "end", "delete", "command", "stop", "deploy", "remove", "refresh",
    "connectors", "connectors/remove", "connect", "disconnect",
]  # fmt: skip


def test_a_sandbox_is_its_owners_and_the_administrators(workspace: SandboxClient) -> None:
    for user in ("eve", "mallory"):
        workspace.toy.services.access.add_user(user, "secret", is_admin=False)
    with workspace.toy.services.sandboxes.changing(workspace.id) as sandbox:
        sandbox.owner = "eve"
    eve, mallory = (PortalClient(workspace.toy.cloudshell, user, "secret") for user in ("eve", "mallory"))
    assert "Mine" in eve.page_text("/sandboxes")
    assert "Web" in eve.page_text(workspace.path)
    assert "No sandbox yet" in mallory.page_text("/sandboxes")
    response = mallory.get(workspace.path)
    assert (response.status_code, "Web" in text_of(response)) == (403, False)
    assert mallory.get(f"{workspace.path}/command?resource=Web&command=PowerOn").status_code == 403
    for action in ACTIONS:
        error = mallory.submit_error(f"{workspace.path}/{action}", app="Web", name="Web", source="Web", target="V")
        assert "Only an administrator may use a sandbox of another user" in error
    assert workspace.sandbox.state == "Active"
    workspace.toy.services.properties.permit(workspace.id, ["mallory"])
    assert "Mine" in mallory.page_text("/sandboxes")
    assert "Web" in mallory.page_text(workspace.path)
    mallory.submit(f"{workspace.path}/remove", name="Web")
    assert not workspace.sandbox.apps.has("Web")


def test_a_sandbox_that_has_ended_is_not_changed(workspace: SandboxClient, client: PortalClient) -> None:
    with workspace.toy.services.sandboxes.changing(workspace.id) as sandbox:
        sandbox.status = "Completed"
    before = workspace.sandbox
    for action in ACTIONS:
        if action not in ("delete", "stop"):
            fields = {"app": "Web", "name": "Web", "source": "Web", "target": "V"}
            error = client.submit_error(f"{workspace.path}/{action}", **fields)
            assert "The sandbox 'Mine' has ended" in error, action
    assert workspace.sandbox == before


def test_permitted_users_are_shown_and_the_data_to_administrators_alone(
    workspace: SandboxClient, client: PortalClient
) -> None:
    services = workspace.toy.services
    assert "permitted users" not in client.page_text(workspace.path)
    assert "Sandbox Data" not in client.page_text(workspace.path)
    services.access.add_user("eve", "secret", is_admin=False)
    services.properties.permit(workspace.id, ["eve"])
    services.sandbox_data.set(workspace.id, {"build": "<7>"})
    assert "owner admin, permitted users eve, ends at" in client.page_text(workspace.path)
    assert "Sandbox Data build <7>" in client.page_text(workspace.path)
    text = PortalClient(workspace.toy.cloudshell, "eve", "secret").page_text(workspace.path)
    assert ("permitted users eve" in text, "Sandbox Data" in text) == (True, False)
