"""Quali's own orchestration sets up and tears down sandboxes of both shells: which commands, in which order, with what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudshell_local import CloudShellLocal
from cloudshell_local.storage.model import CONNECTED
from tests.end_to_end.conftest import SHELLS
from tests.end_to_end.instrumented import Noted

EMPTY = {"instances": 0, "networks": 0}


@pytest.fixture(scope="module")
def l2(packages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Noted]:
    with CloudShellLocal() as cloudshell:
        yield Noted.of(packages[SHELLS[0]], cloudshell, tmp_path_factory.mktemp("l2"))


@pytest.fixture(scope="module")
def l3(packages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Noted]:
    with CloudShellLocal() as cloudshell:
        yield Noted.of(packages[SHELLS[1]], cloudshell, tmp_path_factory.mktemp("l3"))


def kinds(request: Any) -> list[str]:
    return [action["type"] for action in request["driverRequest"]["actions"]]


def test_an_l2_sandbox_of_two_apps_a_vlan_and_a_point_to_point_connection(l2: Noted) -> None:
    lines = [("Angel", "Choir"), ("Angel", "Man")]
    l2.cloudshell.add_blueprint("L2", ["Angel", "Man"], {"Choir": ("VLAN Auto", {})}, lines)
    sandbox = l2.cloudshell.reserve("L2")
    assert sandbox.state == "Active"
    calls = l2.calls()
    assert [command for command, _ in calls[:3]] == ["Deploy", "Deploy", "ApplyConnectivityChanges"]
    assert kinds(calls[2][1]) == ["setVlan", "setVlan", "setVlan"]
    # Power and IP address run per App at once; on each App in their order.
    deployed = l2.cloudshell.deployed(sandbox)
    for app in deployed.values():
        assert [command for command, about in calls[3:] if about == app.name] == ["PowerOn", "remote_refresh_ip"]
    command, request = calls[-1]
    assert command == "GetVmDetails"
    assert {item["deployedAppJson"]["name"] for item in request["items"]} == {app.name for app in deployed.values()}
    assert len(calls) == 8
    assert {line.state for line in sandbox.connectors} == {CONNECTED}
    angel, man = deployed["Angel"].vm_details, deployed["Man"].vm_details
    assert angel
    assert man
    assert [nic.network_id for nic in angel.networks] == ["management-narnia", "VLAN 2", "VLAN 3"]
    assert [nic.network_id for nic in man.networks] == ["management-narnia", "VLAN 3"]
    assert all(app.live_status == ("Online", "Active") for app in deployed.values())
    logging = [each for each in l2.cloudshell.executions() if "Applied 3 connectivity changes\n" in each.record.log]
    assert [each.command for each in logging] == ["ApplyConnectivityChanges"]

    ended = l2.cloudshell.end(sandbox)
    assert ended.state == "Completed"
    calls = l2.calls()
    assert [command for command, _ in calls] == ["ApplyConnectivityChanges", "DeleteInstance", "DeleteInstance"]
    assert kinds(calls[0][1]) == ["removeVlan"] * 3
    assert l2.left() == EMPTY


def test_an_l3_sandbox_of_two_apps_on_two_subnets(l3: Noted) -> None:
    services = {"Gate": ("Subnet", {"Public": "True"}), "Garden": ("Subnet", {"Public": "False"})}
    lines = [("Angel", "Gate"), ("Angel", "Garden"), ("Man", "Garden")]
    l3.cloudshell.add_blueprint("L3", ["Angel", "Man"], services, lines)
    sandbox = l3.cloudshell.reserve("L3")
    assert sandbox.state == "Active"
    calls = l3.calls()
    assert [command for command, _ in calls[:3]] == ["PrepareSandboxInfra", "Deploy", "Deploy"]
    assert kinds(calls[0][1]) == ["prepareCloudInfra", "createKeys", "prepareSubnet", "prepareSubnet"]
    by_app = {request["driverRequest"]["actions"][-1]["actionParams"]["appName"]: request for _, request in calls[1:3]}
    assert kinds(by_app["Angel"]) == ["connectSubnet", "connectSubnet", "deployApp"]
    assert kinds(by_app["Man"]) == ["connectSubnet", "deployApp"]
    deployed = l3.cloudshell.deployed(sandbox)
    for app in deployed.values():
        assert [command for command, about in calls[3:] if about == app.name] == ["PowerOn", "remote_refresh_ip"]
    assert calls[-1][0] == "GetVmDetails"
    assert {line.state for line in sandbox.connectors} == {CONNECTED}
    assert deployed["Angel"].attributes["Public IP"]
    assert deployed["Man"].attributes["Public IP"] == ""

    l3.cloudshell.session().PrepareSandboxConnectivity(sandbox.id)  # Again is fine.
    assert l3.commands() == ["PrepareSandboxInfra"]
    assert l3.cloudshell.end(sandbox).state == "Completed"
    assert l3.commands() == ["DeleteInstance", "DeleteInstance", "CleanupSandboxInfra"]
    assert l3.left() == EMPTY


def test_an_l3_sandbox_of_one_app_alone_on_the_default_subnet(l3: Noted) -> None:
    l3.cloudshell.add_blueprint("Alone", ["Angel"])
    sandbox = l3.cloudshell.reserve("Alone")
    assert sandbox.state == "Active"
    calls = l3.calls()
    assert [command for command, _ in calls] == [
        "PrepareSandboxInfra",
        "Deploy",
        "PowerOn",
        "remote_refresh_ip",
        "GetVmDetails",
    ]
    subnet = calls[0][1]["driverRequest"]["actions"][-1]["actionParams"]
    assert (subnet["alias"], subnet["cidr"]) == ("DefaultSubnet", sandbox.networks[l3.provider.name].cidr)
    assert kinds(calls[1][1]) == ["deployApp"]
    assert l3.cloudshell.end(sandbox).state == "Completed"
    assert l3.commands() == ["DeleteInstance", "CleanupSandboxInfra"]
    assert l3.left() == EMPTY


def test_what_the_designer_turned_off_is_not_called(l2: Noted) -> None:
    option = f"{l2.shell}.HeavenlyCloudAngelDeployment"
    l2.cloudshell.add_app("Sleeper", option, l2.provider.name, {"Auto Power On": "False", "Wait for IP": "False"})
    l2.cloudshell.add_blueprint("Asleep", ["Sleeper"])
    sandbox = l2.cloudshell.reserve("Asleep")
    assert sandbox.state == "Active"
    assert l2.commands() == ["Deploy", "GetVmDetails"]
    assert l2.cloudshell.deployed(sandbox)["Sleeper"].live_status[0] == "Offline"
    l2.cloudshell.end(sandbox)
    assert l2.commands() == ["DeleteInstance"]


def test_an_app_that_is_deployed_later_is_torn_down_too(l3: Noted) -> None:
    l3.cloudshell.add_blueprint("Alone", ["Angel"])
    sandbox = l3.cloudshell.reserve("Alone")
    api = l3.cloudshell.session()
    api.AddAppToReservation(sandbox.id, "Man")
    api.DeployAppToCloudProviderBulk(sandbox.id, ["Man"])
    assert l3.left()["instances"] == 2
    assert l3.cloudshell.end(sandbox).state == "Completed"
    assert l3.left() == EMPTY
    l3.calls()
