from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from cloudshell_local.testing import connect_subnet, vlan
from operations import vm_details
from shell.errors import CommandError
from tests.fakes import ShellHarness, l3, stop


def network(nic: dict[str, Any]) -> dict[str, str]:
    return {item["key"]: item["value"] for item in nic["networkData"]}


def instance(details: dict[str, Any]) -> dict[str, str]:
    return {item["key"]: item["value"] for item in details["vmInstanceData"]}


def ask(harness: ShellHarness, requests: object, cancellation: Any = None) -> list[dict[str, Any]]:
    with harness.command(cancellation) as command:
        answer: list[dict[str, Any]] = json.loads(vm_details.get_vm_details(command, requests))
    return answer


def test_they_are_those_of_deploy(harness: ShellHarness) -> None:
    app = harness.app(wing_count="4")
    deployed = harness.deployed(app)["vmDetailsData"]
    (details,) = harness.details(app)
    assert details == {**deployed, "appName": app.resource_name}


def test_they_name_what_was_asked_for_and_the_power_state_now(harness: ShellHarness) -> None:
    app = harness.app("HeavenlyCloudManDeployment", weight="70.5", height="180.1", cloud_size="medium")
    harness.deployed(app)
    shown = instance(harness.details(app)[0])
    assert (shown["weight"], shown["height"], shown["Size"], shown["Power"]) == ("70.5", "180.1", "medium", "Off")
    assert (shown["Storage"], shown["Cloud color"]) == ("40 GB on cloud nine", "white")
    with harness.remote(app) as command:
        command.cloud.power_on(app.vm_id)
    assert instance(harness.details(app)[0])["Power"] == "On"


def test_what_a_vm_does_not_have_is_not_shown(harness: ShellHarness) -> None:
    app = harness.app()
    harness.deployed(app)
    (details,) = harness.details(app)
    (nic,) = details["vmNetworkData"]
    assert set(network(nic)) == {"Name", "IP", "MAC Address", "Network"}
    assert "SSH key" not in instance(details)


def test_the_interface_that_a_connectivity_answer_names_is_shown_with_its_vlan(harness: ShellHarness) -> None:
    app = harness.app()
    harness.deployed(app)
    (connected,) = harness.connect(vlan("setVlan", app, "100-110", "Trunk"))
    management, added = harness.details(app)[0]["vmNetworkData"]
    assert added["interfaceId"] == network(added)["MAC Address"] == connected["updatedInterface"]
    assert network(added)["VLAN"] == "100-110 (Trunk)"
    assert (added["isPrimary"], added["privateIpAddress"]) == (False, None)
    assert (management["networkId"], management["isPrimary"]) == ("management-narnia", True)


@l3
def test_the_subnet_and_the_public_address_are_shown(harness: ShellHarness) -> None:
    public, _ = harness.subnets()
    app = harness.app()
    harness.deployed(app, connect_subnet(public, "10.0.3.0/28", True))
    details = harness.details(app)[0]
    (nic,) = details["vmNetworkData"]
    assert (nic["networkId"], nic["publicIpAddress"], nic["isPredefined"]) == (public, "198.51.100.2", False)
    assert network(nic)["Network"] == public
    assert instance(details)["SSH key"] == "the sandbox's"


def test_what_is_wrong_with_one_app_stays_with_it(harness: ShellHarness) -> None:
    app, gone = harness.app(), harness.app()
    harness.deployed(app)
    gone.resource_name, gone.vm_id = "gateway", "vm-static-3"
    static = {"appRequestJson": "", "deployedAppJson": gone.deployed_json()}
    good = {"appRequestJson": app.request_json(), "deployedAppJson": app.deployed_json()}
    odd = {"appRequestJson": None, "deployedAppJson": {"name": "odd", "vmdetails": None}}
    answer = ask(harness, json.dumps({"items": [static, odd, None, good]}))
    assert [item["appName"] for item in answer] == ["gateway", "odd", "", app.resource_name]
    assert answer[0]["errorMessage"] == "The VM 'vm-static-3' was not found in the cloud"
    assert answer[0]["vmInstanceData"] == answer[0]["vmNetworkData"] == []
    assert "vmdetails.uid" in answer[1]["errorMessage"]
    assert answer[2]["errorMessage"]
    assert answer[3]["errorMessage"] == ""


def test_after_stop_no_app_is_said_to_be_known(harness: ShellHarness) -> None:
    apps = [harness.app(), harness.app()]
    for app in apps:
        harness.deployed(app)
    details = harness.details(*apps, cancellation=stop())
    assert [item["appName"] for item in details] == [app.resource_name for app in apps]
    assert all("cancelled" in item["errorMessage"] for item in details)


def test_stop_on_the_way_keeps_what_is_known(harness: ShellHarness) -> None:
    apps = [harness.app(), harness.app()]
    for app in apps:
        harness.deployed(app)
    looks = iter([False, True])
    cancellation = type("Cancellation", (), {"is_cancelled": property(lambda _: next(looks))})()
    details = harness.details(*apps, cancellation=cancellation)
    assert [bool(item["errorMessage"]) for item in details] == [False, True]


@pytest.mark.parametrize("requests", [None, "", "[]", "{}", '{"items": {}}', '{"items": null}'])
def test_what_is_no_request_is_one_clear_error(harness: ShellHarness, requests: object) -> None:
    with pytest.raises(CommandError, match="not what CloudShell sends"):
        ask(harness, requests, SimpleNamespace(is_cancelled=False))
