from __future__ import annotations

from dataclasses import dataclass

import pytest

from cloudshell_local.storage.model import CONNECTED, DISCONNECTED, Resource, Sandbox
from tests.cloudshell_local.portal.portal_client import PortalClient, text_of
from tests.cloudshell_local.toy import Toy, until


@dataclass
class Workspace:
    """A sandbox with the Apps "Web" and "Db" on a VLAN, as a client sees it; nothing is deployed yet."""

    toy: Toy
    client: PortalClient
    id: str

    @property
    def path(self) -> str:
        return f"/sandboxes/{self.id}"

    @property
    def sandbox(self) -> Sandbox:
        return self.toy.server.sandboxes.get(self.id)  # type: ignore[no-any-return]

    @property
    def feed(self) -> str:
        return "\n".join(message.text for message in self.toy.cloudshell.feed(self.sandbox))

    def app(self, name: str) -> Resource:
        return self.toy.cloudshell.deployed(self.sandbox)[name]

    def submit(self, action: str, /, **fields: str) -> None:
        """Send the form of an action, and wait until nothing runs in the sandbox."""
        assert self.client.submit(f"{self.path}/{action}", **fields) == ""
        until(lambda: not self.toy.server.background.under_way(self.id))
        until(lambda: all(each.answer.done() for each in self.toy.cloudshell.executions()))
        self.toy.server.lifecycle.wait(self.id)

    def set_up(self) -> None:
        self.submit("setup")
        assert self.sandbox.state == "Active"


@pytest.fixture
def workspace(toy: Toy, client: PortalClient) -> Workspace:
    for app in ("Web", "Db"):
        toy.app(app)
    toy.cloudshell.add_blueprint("B", ["Web", "Db"], {"V": ("VLAN Auto", {})}, [("Web", "V"), ("Db", "V")])
    sandbox = toy.server.lifecycle.reserve("B", "Mine", "admin", 60, set_up=False)
    return Workspace(toy, client, sandbox.id)


def test_a_sandbox_is_set_up_and_ended(workspace: Workspace, client: PortalClient) -> None:
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


def test_a_failed_setup_is_shown_and_can_be_run_again(workspace: Workspace, client: PortalClient) -> None:
    workspace.toy.fail(Deploy={"refuse": "No <b>room</b>"})
    workspace.submit("setup")
    page = client.get(workspace.path).text
    assert "No &lt;b&gt;room&lt;/b&gt;" in page
    assert "Active (with Error)" in page
    assert 'class="status bad"' in page
    workspace.toy.fail()
    workspace.set_up()
    assert not workspace.sandbox.failed


def test_apps_are_deployed_one_by_one(workspace: Workspace, client: PortalClient) -> None:
    workspace.submit("deploy", app="Web")
    assert workspace.app("Web").address.startswith("10.9.0.")
    page = client.page_text(f"{workspace.path}?chosen=Web")
    assert "Power On" in page
    assert "Image toy" in page
    assert "secret" not in page, "hidden VM details"
    assert "Password ••••••" in page


def test_an_unknown_name_is_an_error_before_anything_starts(workspace: Workspace, client: PortalClient) -> None:
    assert "Apps to deploy: Web, Db" in client.submit_error(f"{workspace.path}/deploy", app="Moon")
    assert "There is no '' in the sandbox" in client.submit_error(f"{workspace.path}/refresh")
    assert workspace.toy.server.background.under_way(workspace.id) == []


def test_power_sets_the_live_status(workspace: Workspace) -> None:
    workspace.set_up()
    name = workspace.app("Web").name
    workspace.submit("command", resource=name, command="PowerOff")
    assert workspace.app("Web").live_status == ("Offline", "Powered Off")
    workspace.submit("command", resource=name, command="PowerOn")
    assert workspace.app("Web").live_status == ("Online", "Active")


def test_a_command_that_can_be_cancelled_has_a_stop_button_while_it_runs(
    workspace: Workspace, client: PortalClient
) -> None:
    workspace.set_up()
    workspace.toy.fail(remote_refresh_ip={"wait": 30})
    client.submit(f"{workspace.path}/command", resource=workspace.app("Web").name, command="remote_refresh_ip")
    execution = workspace.toy.cloudshell.executions()[-1]
    until(lambda: execution.call)
    assert execution.id in client.get(workspace.path).text
    assert f"remote_refresh_ip on {workspace.app('Web').name}, running" in client.page_text(workspace.path)
    workspace.submit("stop", execution=execution.id)
    assert "'remote_refresh_ip' failed: " in workspace.feed
    assert "it was cancelled" in workspace.feed
    assert execution.id not in client.get(workspace.path).text


def test_a_command_of_another_sandbox_cannot_be_stopped_here(workspace: Workspace, client: PortalClient) -> None:
    execution = workspace.toy.server.commands.start(workspace.toy.provider, "echo", text="x")
    assert "not one of this sandbox" in client.submit_error(f"{workspace.path}/stop", execution=execution.id)


def test_only_visible_commands_are_run(workspace: Workspace, client: PortalClient) -> None:
    workspace.set_up()
    path, name = f"{workspace.path}/command", workspace.app("Web").name
    assert "it has: PowerOn, PowerOff, remote_refresh_ip" in client.submit_error(
        path, resource=name, command="DeleteInstance"
    )
    assert "There is no 'Moon' in the sandbox" in client.submit_error(path, resource="Moon", command="PowerOn")
    outside = workspace.toy.provider.name
    assert f"There is no '{outside}' in the sandbox" in client.submit_error(path, resource=outside, command="echo")


def test_a_command_with_parameters_has_a_form(workspace: Workspace, client: PortalClient) -> None:
    """The provider itself is put into the sandbox, whose command echo has two."""
    toy = workspace.toy
    toy.server.sandboxes.add_resources(workspace.id, [toy.provider.name])
    assert "Echo..." in client.page_text(f"{workspace.path}?chosen={toy.provider.name}")
    page = client.get(f"{workspace.path}/command?resource={toy.provider.name}&command=echo").text
    assert "Says it again" in page
    assert 'name="attribute:number" value="7"' in page
    typed = {"resource": toy.provider.name, "command": "echo"}
    assert client.submit_error(f"{workspace.path}/command", **typed) == "The command 'echo' needs its parameter 'text'"
    location = client.submit(
        f"{workspace.path}/command", **typed, **{"attribute:text": "hello", "attribute:number": "8"}
    )
    assert location.startswith(f"{workspace.path}?chosen=toys")
    until(lambda: "hello8" in workspace.feed)


def test_connectors_are_disconnected_connected_added_and_removed(workspace: Workspace, client: PortalClient) -> None:
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


def test_the_failure_of_an_action_is_in_the_activity_feed(workspace: Workspace) -> None:
    workspace.set_up()
    name = workspace.app("Web").name
    workspace.toy.fail(ApplyConnectivityChanges={"raise": "No cable"}, GetVmDetails={"raise": "No eyes"})
    workspace.submit("disconnect", source=name, target="V")
    workspace.submit("refresh", name=name)
    assert f"Disconnecting '{name}' and 'V' failed: " in workspace.feed
    assert "No cable" in workspace.feed
    assert f"Refreshing the VM details of '{name}' failed: " in workspace.feed


def test_refreshing_vm_details_calls_the_driver_each_time(workspace: Workspace) -> None:
    workspace.set_up()
    workspace.toy.calls()
    for _ in range(2):
        workspace.submit("refresh", name=workspace.app("Web").name)
    assert workspace.toy.commands() == ["GetVmDetails", "GetVmDetails"]


def test_a_running_action_is_shown_and_not_started_twice(workspace: Workspace, client: PortalClient) -> None:
    workspace.toy.fail(Deploy={"wait": 30})
    path = f"{workspace.path}/deploy"
    client.submit(path, app="Web")
    until(lambda: "Deploy" in workspace.toy.commands())
    page = client.page_text(workspace.path)
    assert "Deploying 'Web'" in page
    assert "Deploy on toys" in page
    assert client.submit_error(path, app="Web") == "Deploying 'Web' is under way already"
    workspace.submit("stop", execution=workspace.toy.cloudshell.executions()[-1].id)
    assert "Deploying the App 'Web' failed" in workspace.feed


def test_apps_are_removed_and_their_vms_deleted(workspace: Workspace, client: PortalClient) -> None:
    workspace.submit("deploy", app="Web")
    workspace.submit("remove", name=workspace.app("Web").name)
    workspace.submit("remove", name="Db")
    assert (workspace.sandbox.apps, workspace.sandbox.resources) == ([], {})
    assert workspace.toy.left()["vms"] == []
    assert "There is no 'Moon' in the sandbox" in client.submit_error(f"{workspace.path}/remove", name="Moon")


def test_a_sandbox_is_its_owners_and_the_administrators(workspace: Workspace) -> None:
    for user in ("eve", "mallory"):
        workspace.toy.server.access.add_user(user, "secret", is_admin=False)
    with workspace.toy.server.sandboxes.changing(workspace.id) as sandbox:
        sandbox.owner = "eve"
    eve, mallory = (PortalClient(workspace.toy.cloudshell, user, "secret") for user in ("eve", "mallory"))
    assert "Mine" in eve.page_text("/sandboxes")
    assert "Web" in eve.page_text(workspace.path)
    assert "No sandbox yet" in mallory.page_text("/sandboxes")
    response = mallory.get(workspace.path)
    assert (response.status_code, "Web" in text_of(response)) == (403, False)
    for action in ("setup", "end", "deploy", "remove", "connect", "stop"):
        error = mallory.submit_error(f"{workspace.path}/{action}", app="Web", name="Web", source="Web", target="V")
        assert "Only an administrator may use a sandbox of another user" in error
    assert workspace.sandbox.state == "Active"
