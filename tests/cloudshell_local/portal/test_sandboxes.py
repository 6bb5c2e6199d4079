from __future__ import annotations

import pytest

from tests.cloudshell_local.portal.conftest import SandboxClient
from tests.cloudshell_local.portal.portal_client import PortalClient

pytestmark = pytest.mark.slow


def test_a_sandbox_is_set_up_and_ended(workspace: SandboxClient, client: PortalClient) -> None:
    assert "Not deployed" in client.page_text(workspace.path)
    workspace.set_up()
    page = client.page_text(workspace.path)
    assert "Sandbox setup finished successfully" in page
    assert "Connected" in page
    assert "Setup" not in page.replace("Sandbox setup", "")
    assert "Mine Active B admin" in client.page_text("/sandboxes")
    workspace.submit("end")
    assert workspace.sandbox.state == "Completed"
    assert "Completed" in client.page_text(workspace.path)
    assert "has ended" in client.submit_error(f"{workspace.path}/setup")
    assert "/end" not in client.get(workspace.path).text
    assert client.submit(f"{workspace.path}/delete") == "/sandboxes"
    assert "No sandbox yet" in client.page_text("/sandboxes")


def test_a_failed_setup_is_shown_and_can_be_run_again(workspace: SandboxClient, client: PortalClient) -> None:
    workspace.toy.fail(Deploy={"refuse": "No <b>room</b>"})
    workspace.submit("setup")
    page = client.get(workspace.path).text
    assert "No &lt;b&gt;room&lt;/b&gt;" in page
    assert "Active (with Error)" in page
    assert 'class="status bad"' in page
    workspace.toy.fail()
    workspace.set_up()
    assert not workspace.sandbox.failed
