from __future__ import annotations

from cloudshell_local.storage.model import Resource, SubResource, VmDetails
from tests.cloudshell_local.portal.conftest import SandboxClient
from tests.cloudshell_local.portal.portal_client import PortalClient
from tests.cloudshell_local.toy import until


def test_apps_are_deployed_one_by_one(workspace: SandboxClient, client: PortalClient) -> None:
    workspace.submit("deploy", app="Web")
    assert workspace.app("Web").address.startswith("10.9.0.")
    page = client.page_text(f"{workspace.path}?chosen=Web")
    assert "Power On" in page
    assert "Image toy" in page
    assert "secret" not in page, "hidden VM details"
    assert "Password ••••••" in page


def test_an_unknown_name_is_an_error_before_anything_starts(workspace: SandboxClient, client: PortalClient) -> None:
    assert "Apps to deploy: Web, Db" in client.submit_error(f"{workspace.path}/deploy", app="Moon")
    assert "There is no '' in the sandbox" in client.submit_error(f"{workspace.path}/refresh")
    assert workspace.toy.services.background.running(workspace.id) == []


def test_the_failure_of_an_action_is_in_the_activity_feed(workspace: SandboxClient) -> None:
    workspace.set_up()
    name = workspace.app("Web").name
    workspace.toy.fail(ApplyConnectivityChanges={"raise": "No cable"}, GetVmDetails={"raise": "No eyes"})
    workspace.submit("disconnect", source=name, target="V")
    workspace.submit("refresh", name=name)
    assert f"Disconnecting '{name}' and 'V' failed: " in workspace.feed
    assert "No cable" in workspace.feed
    assert f"Refreshing the VM details of '{name}' failed: " in workspace.feed


def test_refreshing_vm_details_calls_the_driver_each_time(workspace: SandboxClient) -> None:
    workspace.set_up()
    workspace.toy.calls()
    for _ in range(2):
        workspace.submit("refresh", name=workspace.app("Web").name)
    assert workspace.toy.commands() == ["GetVmDetails", "GetVmDetails"]


def test_a_running_action_is_shown_and_not_started_twice(workspace: SandboxClient, client: PortalClient) -> None:
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


def test_apps_are_removed_and_their_vms_deleted(workspace: SandboxClient, client: PortalClient) -> None:
    workspace.submit("deploy", app="Web")
    workspace.submit("remove", name=workspace.app("Web").name)
    workspace.submit("remove", name="Db")
    assert (list(workspace.sandbox.apps), workspace.sandbox.resources) == ([], {})
    assert workspace.toy.left()["vms"] == []
    assert "There is no 'Moon' in the sandbox" in client.submit_error(f"{workspace.path}/remove", name="Moon")


def test_a_static_vm_is_removed_and_its_vm_left_alone(workspace: SandboxClient, client: PortalClient) -> None:
    toy = workspace.toy
    details = VmDetails("d", "vm-1", toy.provider.name)
    port = SubResource("Port 1", "P1", "App.GenericPort", "CS_Port")
    static = Resource("vm", "f", "m", "10.0.0.7", {}, vm_details=details, sub_resources=[port])
    toy.services.store.resources.put("vm", static)
    toy.services.sandboxes.add_resources(workspace.id, ["vm"])
    page = client.page_text(f"{workspace.path}?chosen=vm")
    assert "static VM" in page
    assert "Delete" not in page
    assert "Sub-resources Port 1 App.GenericPort, P1" in page
    toy.calls()
    workspace.submit("remove", name="vm")
    assert (workspace.sandbox.resources, toy.commands()) == ({}, [])
    page = client.page_text("/inventory/vm")
    assert "Validation & Discovery" in page
    assert "Sub-resources Port 1 App.GenericPort, P1" in page


def test_the_error_of_vm_details_is_shown_beside_them(workspace: SandboxClient, client: PortalClient) -> None:
    workspace.submit("deploy", app="Web")
    app = workspace.app("Web")
    workspace.toy.services.commands.run_on_app(app, "DeleteInstance")
    workspace.submit("refresh", name=app.name)
    page = client.page_text(f"{workspace.path}?chosen=Web")
    assert "The driver has no details of this VM: there is no vm-1" in page
    assert "Image toy" in page
    assert workspace.feed.count("there is no vm-1") == 1


def test_an_app_that_is_deployed_by_hand_is_powered_on(workspace: SandboxClient) -> None:
    workspace.submit("deploy", app="Web")
    assert workspace.app("Web").live_status == ("Online", "Active")
    workspace.toy.fail(PowerOn={"raise": "no power"})
    workspace.submit("deploy", app="Db")
    assert "Deploying 'Db' failed: Powering on has failed: 'PowerOn' command failed" in workspace.feed


def test_deployment_attributes_of_an_app_are_edited_before_it_is_deployed(
    workspace: SandboxClient, client: PortalClient
) -> None:
    path = f"{workspace.path}/app"
    assert f'href="{path}?app=Db"' in client.get(f"{workspace.path}?chosen=Db").text
    assert 'name="attribute:Toy.Brick.Size" value="1"' in client.get(f"{path}?app=Db").text
    assert "should be of the type integer" in client.submit_error(path, app="Db", **{"attribute:Toy.Brick.Size": "big"})
    assert client.submit(path, app="Db", **{"attribute:Toy.Brick.Size": "9"}) == f"{workspace.path}?chosen=Db"
    assert {app.name: app.path.attributes["Toy.Brick.Size"] for app in workspace.sandbox.apps} == {
        "Web": "1",
        "Db": "9",
    }
    workspace.submit("deploy", app="Db")
    assert "Edit deployment attributes" not in client.page_text(f"{workspace.path}?chosen=Db")
