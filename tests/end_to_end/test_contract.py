"""Every command of both packed shells, through the real packages: what goes in, and the shape of what comes out."""

from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cloudshell_local import CloudShellLocal
from cloudshell_local import testing as contexts
from cloudshell_local.errors import DriverError, NoSuchCommand
from cloudshell_local.execution.environments import ensure_environment
from cloudshell_local.testing import SandboxApp, connect_subnet, prepare_network, prepare_subnet, vlan
from heavenly.pack import ENVIRONMENTS
from tests.end_to_end.conftest import SHELLS
from tests.end_to_end.shell_harness import (
    APP_SECRET,
    KEY_MARK,
    PASSWORD,
    PackedShell,
    angel,
    man,
    secrets_in_logs,
    secrets_of,
    written_logs,
)
from tests.shared_folders import packed_once

# `make test` runs these on the Pythons between the oldest and the newest, too.
every_python = pytest.mark.every_python
BASE = {"actionId", "type", "success", "infoMessage", "errorMessage"}
DEPLOY_APP = BASE | {
    "vmUuid", "vmName", "deployedAppAddress", "deployedAppAttributes", "deployedAppAdditionalData", "vmDetailsData"
}  # fmt: skip
VM_DETAILS = {"vmInstanceData", "vmNetworkData", "appName", "errorMessage"}
NIC = {
    "interfaceId", "networkId", "isPrimary", "isPredefined", "networkData", "privateIpAddress", "publicIpAddress"
}  # fmt: skip
PROPERTY = {"key", "value", "hidden"}


def deployed(packed: PackedShell, app: SandboxApp) -> SandboxApp:
    """Deploy an app in a sandbox of its own, whichever shell it is."""
    if packed.shell.startswith("L3"):
        prepared(packed)
    packed.deploy(app)
    return app


NETWORKS = (f"10.{number // 250}.{number % 250}.0/24" for number in itertools.count())


def prepared(packed: PackedShell) -> list[dict[str, Any]]:
    packed.new_sandbox()
    cidr = next(NETWORKS)
    actions = [prepare_network(cidr), contexts.action("createKeys"), prepare_subnet(cidr, "DefaultSubnet", True)]
    return packed.actions("PrepareSandboxInfra", *actions)


def results(packed: PackedShell, command: str, *actions: contexts.Json) -> list[dict[str, Any]]:
    answer = packed.on_provider(command, request=contexts.request(actions))
    found: list[dict[str, Any]] = answer["driverResponse"]["actionResults"]
    assert [result["actionId"] for result in found] == [action["actionId"] for action in actions]
    return found


@every_python
def test_get_inventory(packed: PackedShell) -> None:
    found = packed.discover()
    assert set(found) == {"resources", "attributes"}
    assert found["resources"] == []
    assert found["attributes"] == [
        {
            "relative_address": "",
            "attribute_name": f"{packed.shell}.Networking type",
            "attribute_value": packed.shell[:2],
        }
    ]


def test_get_inventory_says_what_is_wrong(packed: PackedShell) -> None:
    try:
        packed.set(Password="horns")
        with pytest.raises(
            DriverError, match="The cloud refused the user 'gabriel': the user or the password is wrong$"
        ):
            packed.discover()
        packed.set(Password=PASSWORD, Region="sun")
        with pytest.raises(DriverError, match="'sun'; choose one of"):
            packed.discover()
    finally:
        packed.set(Password=PASSWORD, Region="narnia")
    packed.discover()


@pytest.mark.parametrize("make", [angel, man])
def test_deploy(packed: PackedShell, make: Any) -> None:
    if packed.shell.startswith("L3"):
        prepared(packed)
    (result,) = results(packed, "Deploy", contexts.deploy_app(make(packed.shell)))
    assert set(result) == DEPLOY_APP
    assert (result["success"], result["type"], result["errorMessage"]) == (True, "DeployApp", "")
    assert set(result["vmDetailsData"]) == VM_DETAILS
    for nic in result["vmDetailsData"]["vmNetworkData"]:
        assert set(nic) == NIC
        assert all(set(item) == PROPERTY for item in nic["networkData"])
    for item in result["vmDetailsData"]["vmInstanceData"]:
        assert set(item) == PROPERTY
        assert isinstance(item["value"], str)


def test_deploy_fails_in_a_sentence(packed: PackedShell) -> None:
    (result,) = results(packed, "Deploy", contexts.deploy_app(angel(packed.shell, cloud_image_id="dos")))
    assert set(result) == DEPLOY_APP
    assert not result["success"]
    assert "Traceback" not in result["errorMessage"]
    assert ".py" not in result["errorMessage"]


@every_python
def test_power_on_off_and_cycle(packed: PackedShell) -> None:
    app = deployed(packed, angel(packed.shell))
    for command, icon in (("PowerOn", "Online"), ("PowerOff", "Offline"), ("PowerCycle", "Online")):
        packed.on_app(command, app)
        assert packed.status(app) == icon


def test_a_vm_that_is_not_there(packed: PackedShell) -> None:
    gone = angel(packed.shell)
    gone.resource_name, gone.vm_id = "gone-1", "vm-gone"
    for command in ("PowerOn", "PowerOff", "PowerCycle", "remote_refresh_ip"):
        with pytest.raises(DriverError, match="The VM 'vm-gone' was not found in the cloud$") as caught:
            packed.on_app(command, gone)
        assert caught.value.kind == "CommandError"
    packed.on_app("DeleteInstance", gone)
    assert packed.details(gone)["gone-1"]["errorMessage"] == "The VM 'vm-gone' was not found in the cloud"


def test_remote_refresh_ip(packed: PackedShell) -> None:
    app = deployed(packed, angel(packed.shell))
    with pytest.raises(DriverError, match="is off"):
        packed.on_app("remote_refresh_ip", app)
    packed.on_app("PowerOn", app)
    packed.cloudshell.services.inventory.set_address(app.resource_name, "")
    packed.on_app("remote_refresh_ip", app)
    assert packed.kept(app).address == app.address


def test_delete_instance_with_and_without_a_sandbox(packed: PackedShell) -> None:
    for app in (deployed(packed, angel(packed.shell)), deployed(packed, man(packed.shell))):
        packed.on_app("DeleteInstance", app)
        packed.on_app("DeleteInstance", app, reserved=False)
        assert "not found" in packed.details(app)[app.resource_name]["errorMessage"]


def test_get_vm_details(packed: PackedShell) -> None:
    app = deployed(packed, angel(packed.shell))
    details = packed.details(app)[app.resource_name]
    assert set(details) == VM_DETAILS
    assert details["errorMessage"] == ""
    with pytest.raises(DriverError, match="not JSON"):
        packed.on_provider("GetVmDetails", requests="{")


@every_python
def test_apply_connectivity_changes(l2: PackedShell) -> None:
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


@every_python
def test_prepare_and_cleanup_sandbox_infra(l3: PackedShell) -> None:
    network, keys, subnet = prepared(l3)
    assert set(network) == BASE
    assert set(keys) == BASE | {"accessKey"}
    assert KEY_MARK in keys["accessKey"]
    assert set(subnet) == BASE | {"subnetId"}
    assert [answer["type"] for answer in (network, keys, subnet)] == ["PrepareNetwork", "CreateKeys", "PrepareSubnet"]
    for _ in range(2):
        (cleaned,) = results(l3, "CleanupSandboxInfra", contexts.action("cleanupNetwork"))
        assert (set(cleaned), cleaned["success"], cleaned["type"]) == (BASE, True, "CleanupNetwork")


def test_deploy_on_a_subnet(l3: PackedShell) -> None:
    subnet_id = prepared(l3)[2]["subnetId"]
    actions = [connect_subnet(subnet_id, "", True, "eth1"), contexts.deploy_app(angel(l3.shell))]
    connected, result = results(l3, "Deploy", *actions)
    assert set(connected) == BASE | {"interface"}
    assert set(json.loads(connected["interface"])) == {"interface_id", "IP", "Public IP", "MAC Address", "Device Index"}
    assert result["deployedAppAddress"] == json.loads(connected["interface"])["IP"]


def test_set_app_security_groups(l3: PackedShell) -> None:
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


def test_a_shell_has_no_command_of_the_other(l2: PackedShell, l3: PackedShell) -> None:
    for packed, commands in (
        (l2, ("PrepareSandboxInfra", "CleanupSandboxInfra", "SetAppSecurityGroups")),
        (l3, ("ApplyConnectivityChanges",)),
    ):
        for command in commands:
            with pytest.raises(NoSuchCommand, match=f"does not contain the command '{command}'"):
                packed.on_provider(command, request=contexts.request([]))


def test_twenty_deploys_at_once(packed: PackedShell) -> None:
    if packed.shell.startswith("L3"):
        prepared(packed)
    deploy = contexts.deploy_app(angel(packed.shell))
    requests = [contexts.request([{**deploy, "actionId": str(number)}]) for number in range(20)]
    commands = packed.cloudshell.services.commands
    executions = [commands.start(packed.resource, "Deploy", packed.sandbox, request=request) for request in requests]
    answers = [json.loads(each.result() or "")["driverResponse"]["actionResults"][0] for each in executions]
    assert all(answer["success"] for answer in answers)
    for field in ("vmUuid", "vmName", "deployedAppAddress"):
        assert len({answer[field] for answer in answers}) == 20


def recycled(packed: PackedShell) -> None:
    """End the driver's process, as CloudShell does after ten idle minutes."""
    packed.cloudshell.services.execution_server.end_driver(packed.resource.id)


def test_in_memory_what_an_ended_process_had_is_told_to_be_gone(packed: PackedShell) -> None:
    app = deployed(packed, angel(packed.shell))
    recycled(packed)
    with pytest.raises(
        DriverError, match="in the memory of a process that has ended.*deploy the App again.*'Cloud Store'"
    ):
        packed.on_app("PowerOn", app)
    (details,) = packed.details(app).values()
    assert "is gone with it" in details["errorMessage"]
    packed.on_app("DeleteInstance", app)


def test_a_shell_that_was_packed_without_stores_names_the_remedy(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    package = packed_once(tmp_path_factory, with_stores=False)[SHELLS[0]]
    with CloudShellLocal() as cloudshell:
        shell = PackedShell.of(cloudshell.install(package).name, cloudshell)
        shell.discover()
        shell.set(**{"Cloud Store": f"sqlite:///{tmp_path}/cloud.db"})
        with pytest.raises(
            DriverError, match="'Cloud Store' needs .* 'sqlalchemy'.* `make pack OPTIONS=--with-stores`"
        ):
            shell.discover()
        assert not (tmp_path / "cloud.db").exists()
        shell.set(**{"Cloud Store": ""})
        shell.discover()


@every_python
@pytest.mark.parametrize("shell", SHELLS)
def test_every_module_of_a_driver_is_imported_on_every_python(
    python: str, packages: dict[str, Path], shell: str
) -> None:
    source = packages[shell].parent.parent / "src"
    modules = [
        ".".join(path.relative_to(source).with_suffix("").parts)
        for path in source.rglob("*.py")
        if path.stem not in ("__init__", "__main__")
    ]
    assert {"driver", "operations.power", "provider.heavenly", "heavenly_cloud.sql_store"} <= set(modules)
    executable = ensure_environment(source / "requirements.txt", ENVIRONMENTS, python)
    code = f"import importlib\nfor name in {modules}: importlib.import_module(name)"
    subprocess.run([str(executable), "-c", code], cwd=source, check=True)


def test_a_cloud_in_a_store_outlives_its_driver(packed: PackedShell, tmp_path: Path) -> None:
    packed.set(**{"Cloud Store": f"sqlite:///{tmp_path}/heaven.db"})
    try:
        packed.discover()
        app = deployed(packed, angel(packed.shell))
        packed.on_app("PowerOn", app)
        before = packed.details(app)
        recycled(packed)
        assert packed.details(app) == before
        packed.on_app("DeleteInstance", app)
        recycled(packed)
        assert "was not found" in packed.details(app)[app.resource_name]["errorMessage"]
    finally:
        packed.set(**{"Cloud Store": ""})


def test_faults_are_injected_as_the_resource_says(packed: PackedShell) -> None:
    app = deployed(packed, angel(packed.shell))
    rule = {"operation": "power_on", "concerns": f"{app.resource_name[:5]}*", "error": "NoCapacity", "times": 1}
    try:
        packed.set(**{"Fault Injection": json.dumps([rule])})
        with pytest.raises(DriverError, match=r"failed power_on \(NoCapacity\), as a fault rule says"):
            packed.on_app("PowerOn", app)
        packed.on_app("PowerOn", app)
        packed.set(**{"Fault Injection": json.dumps([{**rule, "operation": "fly"}])})
        with pytest.raises(DriverError, match="operation 'fly' does not exist; known are .*'power_on'"):
            packed.discover()
    finally:
        packed.set(**{"Fault Injection": ""})
    packed.on_app("PowerOff", app)
    packed.on_app("DeleteInstance", app)


def test_no_secret_reaches_a_log_or_an_error(packed: PackedShell) -> None:
    """The logs of all tests are looked through once more where their server ends."""
    packed.discover()
    app = angel(packed.shell)
    app.attributes["Password"] = APP_SECRET
    if packed.shell.startswith("L3"):
        prepared(packed)
    answer = packed.on_provider("Deploy", request=contexts.request([contexts.deploy_app(app)]))
    bad = packed.on_provider("Deploy", request='{"driverRequest": {"actions": [1]}}')
    assert packed.resource.attributes[f"{packed.shell}.Password"] in secrets_of(packed.cloudshell)
    assert answer["driverResponse"]["actionResults"][0]["success"], answer
    assert "shell.errors.BadRequest" in written_logs(packed.cloudshell)
    assert secrets_in_logs(packed.cloudshell) == []
    for secret in secrets_of(packed.cloudshell):
        assert secret not in str(answer) + str(bad)
