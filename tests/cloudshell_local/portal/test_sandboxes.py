from __future__ import annotations

from dataclasses import dataclass

import pytest

from cloudshell_local.storage.model import CONNECTED, DISCONNECTED, Resource, Sandbox
from tests.cloudshell_local.portal.visitor import Visitor, text_of
from tests.cloudshell_local.toy import Toy, until


@dataclass
class Workspace:
    """A sandbox with the Apps "Web" and "Db" on a VLAN, as a visitor sees it; nothing is deployed yet."""

    toy: Toy
    visitor: Visitor
    id: str

    @property
    def path(self) -> str:
        return f"/sandboxes/{self.id}"

    @property
    def sandbox(self) -> Sandbox:
        return self.toy.services.sandboxes.get(self.id)

    @property
    def feed(self) -> str:
        return "\n".join(message.text for message in self.toy.cloudshell.feed(self.sandbox))

    def app(self, name: str) -> Resource:
        return self.toy.cloudshell.deployed(self.sandbox)[name]

    def does(self, action: str, /, **fields: str) -> None:
        """Do something, and wait until nothing is under way."""
        assert self.visitor.does(f"{self.path}/{action}", **fields) == ""
        until(lambda: not self.toy.services.background.running(self.id))
        until(lambda: all(each.answer.done() for each in self.toy.cloudshell.executions()))
        self.toy.services.lifecycle.wait(self.id)

    def set_up(self) -> None:
        self.does("setup")
        assert self.sandbox.state == "Active"


@pytest.fixture
def workspace(toy: Toy, visitor: Visitor) -> Workspace:
    for app in ("Web", "Db"):
        toy.app(app)
    toy.cloudshell.add_blueprint("B", ["Web", "Db"], {"V": ("VLAN Auto", {})}, [("Web", "V"), ("Db", "V")])
    sandbox = toy.services.lifecycle.reserve("B", "Mine", "admin", 60, set_up=False)
    return Workspace(toy, visitor, sandbox.id)


def test_it_is_set_up_and_ended(workspace: Workspace, visitor: Visitor) -> None:
    assert "Not deployed" in visitor.sees(workspace.path)
    workspace.set_up()
    page = visitor.sees(workspace.path)
    assert "Sandbox setup finished successfully" in page
    assert "Connected" in page
    assert "Setup" not in page.replace("Sandbox setup", "")
    assert "Mine Active B admin" in visitor.sees("/sandboxes")
    workspace.does("end")
    assert workspace.sandbox.state == "Completed"
    assert "Completed" in visitor.sees(workspace.path)
    assert "has ended" in visitor.fails(f"{workspace.path}/setup")
    assert "/end" not in visitor.get(workspace.path).text
    assert visitor.does(f"{workspace.path}/delete") == "/sandboxes"
    assert "No sandbox yet" in visitor.sees("/sandboxes")


def test_a_failed_setup_is_shown_and_can_be_run_again(workspace: Workspace, visitor: Visitor) -> None:
    workspace.toy.fail(Deploy={"refuse": "No <b>room</b>"})
    workspace.does("setup")
    page = visitor.get(workspace.path).text
    assert "No &lt;b&gt;room&lt;/b&gt;" in page
    assert "Active (with Error)" in page
    assert 'class="status bad"' in page
    workspace.toy.fail()
    workspace.set_up()
    assert not workspace.sandbox.failed


def test_apps_are_deployed_one_by_one(workspace: Workspace, visitor: Visitor) -> None:
    workspace.does("deploy", app="Web")
    assert workspace.app("Web").address.startswith("10.9.0.")
    page = visitor.sees(f"{workspace.path}?chosen=Web")
    assert "Power On" in page
    assert "Image toy" in page
    assert "secret" not in page, "hidden VM details"
    assert "Password ••••••" in page


def test_what_is_not_there_is_told_before_anything_begins(workspace: Workspace, visitor: Visitor) -> None:
    assert "Apps to deploy: Web, Db" in visitor.fails(f"{workspace.path}/deploy", app="Moon")
    assert "There is no '' in the sandbox" in visitor.fails(f"{workspace.path}/refresh")
    assert workspace.toy.services.background.running(workspace.id) == []


def test_power_sets_the_live_status(workspace: Workspace) -> None:
    workspace.set_up()
    name = workspace.app("Web").name
    workspace.does("command", resource=name, command="PowerOff")
    assert workspace.app("Web").live_status == ("Offline", "Powered Off")
    workspace.does("command", resource=name, command="PowerOn")
    assert workspace.app("Web").live_status == ("Online", "Active")


def test_a_command_that_can_be_cancelled_has_a_stop_button_while_it_runs(
    workspace: Workspace, visitor: Visitor
) -> None:
    workspace.set_up()
    workspace.toy.fail(remote_refresh_ip={"wait": 30})
    visitor.does(f"{workspace.path}/command", resource=workspace.app("Web").name, command="remote_refresh_ip")
    execution = workspace.toy.cloudshell.executions()[-1]
    until(lambda: execution.call)
    assert execution.id in visitor.get(workspace.path).text
    assert f"remote_refresh_ip on {workspace.app('Web').name}, running" in visitor.sees(workspace.path)
    workspace.does("stop", execution=execution.id)
    assert "'remote_refresh_ip' failed: " in workspace.feed
    assert "it was cancelled" in workspace.feed
    assert execution.id not in visitor.get(workspace.path).text


def test_a_command_of_another_sandbox_cannot_be_stopped_here(workspace: Workspace, visitor: Visitor) -> None:
    execution = workspace.toy.services.commands.start(workspace.toy.provider, "echo", text="x")
    assert "not one of this sandbox" in visitor.fails(f"{workspace.path}/stop", execution=execution.id)


def test_only_what_is_offered_is_run(workspace: Workspace, visitor: Visitor) -> None:
    workspace.set_up()
    path, name = f"{workspace.path}/command", workspace.app("Web").name
    assert "it has: PowerOn, PowerOff, remote_refresh_ip" in visitor.fails(
        path, resource=name, command="DeleteInstance"
    )
    assert "There is no 'Moon' in the sandbox" in visitor.fails(path, resource="Moon", command="PowerOn")
    outside = workspace.toy.provider.name
    assert f"There is no '{outside}' in the sandbox" in visitor.fails(path, resource=outside, command="echo")


def test_a_command_with_parameters_has_a_form(workspace: Workspace, visitor: Visitor) -> None:
    """The provider itself is put into the sandbox, whose command echo has two."""
    toy = workspace.toy
    toy.services.sandboxes.add_resources(workspace.id, [toy.provider.name])
    assert "Echo..." in visitor.sees(f"{workspace.path}?chosen={toy.provider.name}")
    page = visitor.get(f"{workspace.path}/command?resource={toy.provider.name}&command=echo").text
    assert "Says it again" in page
    assert 'name="attribute:number" value="7"' in page
    typed = {"resource": toy.provider.name, "command": "echo"}
    assert visitor.fails(f"{workspace.path}/command", **typed) == "The command 'echo' needs its parameter 'text'"
    led = visitor.does(f"{workspace.path}/command", **typed, **{"attribute:text": "hello", "attribute:number": "8"})
    assert led.startswith(f"{workspace.path}?chosen=toys")
    until(lambda: "hello8" in workspace.feed)


def test_lines_are_disconnected_connected_drawn_and_taken_out(workspace: Workspace, visitor: Visitor) -> None:
    workspace.set_up()
    web, db = workspace.app("Web").name, workspace.app("Db").name
    ends = {"source": web, "target": "V"}
    workspace.does("disconnect", **ends)
    assert [line.state for line in workspace.sandbox.connectors] == [DISCONNECTED, CONNECTED]
    workspace.does("connect", **ends)
    assert [line.state for line in workspace.sandbox.connectors] == [CONNECTED, CONNECTED]
    assert "disconnect them first" in visitor.fails(f"{workspace.path}/connectors/remove", **ends)
    workspace.does("connectors", source="Web", target="Db")
    assert workspace.sandbox.connectors[-1].joins(web, db), "Apps are chosen by the names that stay"
    workspace.does("connect", source=web, target=db)
    assert workspace.sandbox.connectors[-1].state == CONNECTED
    workspace.does("disconnect", source=web, target=db)
    workspace.does("connectors/remove", source=web, target=db)
    assert len(workspace.sandbox.connectors) == 2
    assert "no connection between" in visitor.fails(f"{workspace.path}/connect", source="Web", target="Moon")
    assert "no connection between" in visitor.fails(f"{workspace.path}/disconnect")
    assert "ends at 'Moon'" in visitor.fails(f"{workspace.path}/connectors", source="Web", target="Moon")


def test_what_fails_meanwhile_is_in_the_feed(workspace: Workspace) -> None:
    workspace.set_up()
    name = workspace.app("Web").name
    workspace.toy.fail(ApplyConnectivityChanges={"raise": "No cable"}, GetVmDetails={"raise": "No eyes"})
    workspace.does("disconnect", source=name, target="V")
    workspace.does("refresh", name=name)
    assert f"Disconnecting '{name}' and 'V' failed: " in workspace.feed
    assert "No cable" in workspace.feed
    assert f"Refreshing the VM details of '{name}' failed: " in workspace.feed


def test_vm_details_are_asked_of_the_cloud_each_time(workspace: Workspace) -> None:
    workspace.set_up()
    workspace.toy.calls()
    for _ in range(2):
        workspace.does("refresh", name=workspace.app("Web").name)
    assert workspace.toy.commands() == ["GetVmDetails", "GetVmDetails"]


def test_what_is_under_way_is_shown_and_not_begun_twice(workspace: Workspace, visitor: Visitor) -> None:
    workspace.toy.fail(Deploy={"wait": 30})
    path = f"{workspace.path}/deploy"
    visitor.does(path, app="Web")
    until(lambda: "Deploy" in workspace.toy.commands())
    page = visitor.sees(workspace.path)
    assert "Deploying 'Web'" in page
    assert "Deploy on toys" in page
    assert visitor.fails(path, app="Web") == "Deploying 'Web' is under way already"
    workspace.does("stop", execution=workspace.toy.cloudshell.executions()[-1].id)
    assert "Deploying the App 'Web' failed" in workspace.feed


def test_apps_are_removed_and_their_vms_deleted(workspace: Workspace, visitor: Visitor) -> None:
    workspace.does("deploy", app="Web")
    workspace.does("remove", name=workspace.app("Web").name)
    workspace.does("remove", name="Db")
    assert (workspace.sandbox.apps, workspace.sandbox.resources) == ([], {})
    assert workspace.toy.left()["vms"] == []
    assert "There is no 'Moon' in the sandbox" in visitor.fails(f"{workspace.path}/remove", name="Moon")


def test_a_sandbox_is_its_owners_and_the_administrators(workspace: Workspace) -> None:
    for user in ("eve", "mallory"):
        workspace.toy.services.access.add_user(user, "secret", is_admin=False)
    with workspace.toy.services.sandboxes.changing(workspace.id) as sandbox:
        sandbox.owner = "eve"
    eve, mallory = (Visitor(workspace.toy.cloudshell, user, "secret") for user in ("eve", "mallory"))
    assert "Mine" in eve.sees("/sandboxes")
    assert "Web" in eve.sees(workspace.path)
    assert "No sandbox yet" in mallory.sees("/sandboxes")
    answer = mallory.get(workspace.path)
    assert (answer.status_code, "Web" in text_of(answer)) == (403, False)
    for action in ("setup", "end", "deploy", "remove", "connect", "stop"):
        told = mallory.fails(f"{workspace.path}/{action}", app="Web", name="Web", source="Web", target="V")
        assert "Only an administrator may use a sandbox of another user" in told
    assert workspace.sandbox.state == "Active"
