"""Every command of both packed shells, through the real packages: what goes in, and the shape of what comes out."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from cloudshell_local import contexts
from cloudshell_local.contexts import App, connect_subnet, prepare_network, prepare_subnet, vlan
from cloudshell_local.errors import DriverError
from heavenly.demo import KEY_MARK, PASSWORD, Story, angel, man

BASE = {"actionId", "type", "success", "infoMessage", "errorMessage"}
DEPLOY_APP = BASE | {
    "vmUuid", "vmName", "deployedAppAddress", "deployedAppAttributes", "deployedAppAdditionalData", "vmDetailsData"
}  # fmt: skip
VM_DETAILS = {"vmInstanceData", "vmNetworkData", "appName", "errorMessage"}
NIC = {
    "interfaceId", "networkId", "isPrimary", "isPredefined", "networkData", "privateIpAddress", "publicIpAddress"
}  # fmt: skip
PROPERTY = {"key", "value", "hidden"}


def deployed(story: Story, app: App) -> App:
    """Deploy an app in a sandbox of its own, whichever shell it is."""
    if story.shell.startswith("L3"):
        prepared(story)
    story.deploy(app)
    return app


def prepared(story: Story) -> list[dict[str, Any]]:
    story.sandbox.id = str(uuid.uuid4())
    number = len(story.api.messages)
    story.api.messages.append("a network was prepared")
    cidr = f"10.{number // 250}.{number % 250}.0/24"
    actions = [prepare_network(cidr), contexts.action("createKeys"), prepare_subnet(cidr, "DefaultSubnet", True)]
    return story.actions("PrepareSandboxInfra", *actions)


def results(story: Story, command: str, *actions: contexts.Json) -> list[dict[str, Any]]:
    answer = story.on_provider(command, request=contexts.request(actions))
    found: list[dict[str, Any]] = answer["driverResponse"]["actionResults"]
    assert [result["actionId"] for result in found] == [action["actionId"] for action in actions]
    return found


def test_get_inventory(story: Story) -> None:
    found = story.discover()
    assert set(found) == {"resources", "attributes"}
    assert found["resources"] == []
    assert found["attributes"] == [
        {"relative_address": "", "attribute_name": f"{story.shell}.Region", "attribute_value": "narnia"}
    ]


def test_get_inventory_says_what_is_wrong(story: Story) -> None:
    right = dict(story.sandbox.attributes)
    try:
        story.sandbox.attributes[f"{story.shell}.Password"] = story.api.encrypt("horns")
        with pytest.raises(
            DriverError, match="^The cloud refused the user 'gabriel': the user or the password is wrong$"
        ):
            story.discover()
        story.sandbox.attributes.update({**right, f"{story.shell}.Region": "sun"})
        with pytest.raises(DriverError, match="'sun'; choose one of"):
            story.discover()
    finally:
        story.sandbox.attributes = right
    story.discover()


@pytest.mark.parametrize("make", [angel, man])
def test_deploy(story: Story, make: Any) -> None:
    if story.shell.startswith("L3"):
        prepared(story)
    (result,) = results(story, "Deploy", contexts.deploy_app(make(story.shell)))
    assert set(result) == DEPLOY_APP
    assert (result["success"], result["type"], result["errorMessage"]) == (True, "DeployApp", "")
    assert set(result["vmDetailsData"]) == VM_DETAILS
    for nic in result["vmDetailsData"]["vmNetworkData"]:
        assert set(nic) == NIC
        assert all(set(item) == PROPERTY for item in nic["networkData"])
    for item in result["vmDetailsData"]["vmInstanceData"]:
        assert set(item) == PROPERTY
        assert isinstance(item["value"], str)


def test_deploy_fails_in_a_sentence(story: Story) -> None:
    (result,) = results(story, "Deploy", contexts.deploy_app(angel(story.shell, cloud_image_id="dos")))
    assert set(result) == DEPLOY_APP
    assert not result["success"]
    assert "Traceback" not in result["errorMessage"]
    assert ".py" not in result["errorMessage"]


def test_power_on_off_and_cycle(story: Story) -> None:
    app = deployed(story, angel(story.shell))
    for command, icon in (("PowerOn", "Online"), ("PowerOff", "Offline"), ("PowerCycle", "Online")):
        story.on_app(command, app)
        assert story.status(app) == icon


def test_a_vm_that_is_not_there(story: Story) -> None:
    gone = angel(story.shell)
    gone.resource_name, gone.vm_id = "gone-1", "vm-gone"
    for command in ("PowerOn", "PowerOff", "PowerCycle", "remote_refresh_ip"):
        with pytest.raises(DriverError, match="^The VM 'vm-gone' was not found in the cloud$") as caught:
            story.on_app(command, gone)
        assert caught.value.kind == "CommandError"
    story.on_app("DeleteInstance", gone)
    assert story.details(gone)["gone-1"]["errorMessage"] == "The VM 'vm-gone' was not found in the cloud"


def test_remote_refresh_ip(story: Story) -> None:
    app = deployed(story, angel(story.shell))
    with pytest.raises(DriverError, match="is off"):
        story.on_app("remote_refresh_ip", app)
    story.on_app("PowerOn", app)
    assert story.refresh_ip(app) == app.address


def test_delete_instance_with_and_without_a_sandbox(story: Story) -> None:
    story.delete(deployed(story, angel(story.shell)), deployed(story, man(story.shell)))


def test_get_vm_details(story: Story) -> None:
    app = deployed(story, angel(story.shell))
    details = story.details(app)[app.resource_name]
    assert set(details) == VM_DETAILS
    assert details["errorMessage"] == ""
    with pytest.raises(DriverError, match="not JSON"):
        story.on_provider("GetVmDetails", requests="{")


def test_apply_connectivity_changes(l2: Story) -> None:
    app = deployed(l2, angel(l2.shell))
    put, strange = results(l2, "ApplyConnectivityChanges", vlan("setVlan", app, "11"), contexts.action("clearVlan"))
    assert set(put) == BASE | {"updatedInterface"}
    assert put["success"]
    assert set(strange) == BASE
    assert not strange["success"]
    l2.on_app("DeleteInstance", app)
    (removed,) = results(
        l2, "ApplyConnectivityChanges", vlan("removeVlan", app, "11", interface=put["updatedInterface"])
    )
    assert removed["success"]


def test_prepare_and_cleanup_sandbox_infra(l3: Story) -> None:
    network, keys, subnet = prepared(l3)
    assert set(network) == BASE
    assert set(keys) == BASE | {"accessKey"}
    assert KEY_MARK in keys["accessKey"]
    assert set(subnet) == BASE | {"subnetId"}
    assert [answer["type"] for answer in (network, keys, subnet)] == ["PrepareNetwork", "CreateKeys", "PrepareSubnet"]
    for _ in range(2):
        (cleaned,) = results(l3, "CleanupSandboxInfra", contexts.action("cleanupNetwork"))
        assert (set(cleaned), cleaned["success"], cleaned["type"]) == (BASE, True, "CleanupNetwork")


def test_deploy_on_a_subnet(l3: Story) -> None:
    subnet_id = prepared(l3)[2]["subnetId"]
    actions = [connect_subnet(subnet_id, "", True, "eth1"), contexts.deploy_app(angel(l3.shell))]
    connected, result = results(l3, "Deploy", *actions)
    assert set(connected) == BASE | {"interface"}
    assert set(json.loads(connected["interface"])) == {"interface_id", "IP", "Public IP", "MAC Address", "Device Index"}
    assert result["deployedAppAddress"] == json.loads(connected["interface"])["IP"]


def test_set_app_security_groups(l3: Story) -> None:
    app = deployed(l3, angel(l3.shell))
    gone = angel(l3.shell)
    gone.resource_name, gone.vm_id = "gone-1", "vm-gone"
    rule = {"fromPort": "22", "toPort": "22", "protocol": "TCP", "source": "198.51.100.7/32"}
    subnet = l3.details(app)[app.resource_name]["vmNetworkData"][0]["networkId"]
    request = json.dumps([contexts.security_groups(each, {subnet: [rule]}) for each in (app, gone)])
    assert l3.on_provider("SetAppSecurityGroups", request=request) == [
        {"appName": app.resource_name, "success": True, "error": ""},
        {"appName": "gone-1", "success": False, "error": "The VM 'vm-gone' was not found in the cloud"},
    ]


def test_a_shell_has_no_command_of_the_other(l2: Story, l3: Story) -> None:
    for story, commands in (
        (l2, ("PrepareSandboxInfra", "CleanupSandboxInfra", "SetAppSecurityGroups")),
        (l3, ("ApplyConnectivityChanges",)),
    ):
        for command in commands:
            with pytest.raises(DriverError, match=f"no command '{command}'"):
                story.on_provider(command, request=contexts.request([]))


def test_twenty_deploys_at_once(story: Story) -> None:
    if story.shell.startswith("L3"):
        prepared(story)
    tokens = [story.api.new_token() for _ in range(20)]
    calls = [
        story.driver.start(
            "Deploy",
            story.sandbox.resource_context(token),
            request=contexts.request([contexts.deploy_app(angel(story.shell))]),
        )
        for token in tokens
    ]
    answers = [json.loads(call.result(30) or "")["driverResponse"]["actionResults"][0] for call in calls]
    assert all(answer["success"] for answer in answers)
    for field in ("vmUuid", "vmName", "deployedAppAddress"):
        assert len({answer[field] for answer in answers}) == 20


def test_no_secret_reaches_a_log_or_an_error(story: Story) -> None:
    """Last in the file, so that it sees what all the others left."""
    encrypted = story.sandbox.attributes[f"{story.shell}.Password"]
    token = story.api.new_token()
    app_secret = "s3cret-of-the-app"
    app = angel(story.shell)
    app.attributes["Password"] = app_secret
    if story.shell.startswith("L3"):
        prepared(story)
    answer = story.driver.run(
        "Deploy", story.sandbox.resource_context(token), request=contexts.request([contexts.deploy_app(app)])
    )
    bad = story.driver.run(
        "Deploy", story.sandbox.resource_context(token), request='{"driverRequest": {"actions": [1]}}'
    )
    written = "".join(path.read_text(errors="replace") for path in story.driver.logs.rglob("*") if path.is_file())
    assert "Deployed" in written
    for secret in (encrypted, token, app_secret, KEY_MARK, f'"{PASSWORD}"', f"'{PASSWORD}'"):
        assert secret not in written
        assert secret not in str(answer) + str(bad)
