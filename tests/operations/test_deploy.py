from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cloudshell_local import testing as contexts
from cloudshell_local.testing import connect_subnet
from heavenly_cloud import FaultRule, InstanceState, open_store
from operations import deploy
from provider.heavenly import LEASE
from shell.requests import read_actions
from tests.fakes import (
    L2,
    ShellHarness,
    contents_of,
    data_with,
    in_use,
    l3,
    new_harness,
    results,
    stop,
)

MAN = "HeavenlyCloudManDeployment"


def shown(result: dict[str, Any]) -> dict[str, str]:
    return {item["key"]: item["value"] for item in result["vmDetailsData"]["vmInstanceData"]}


def test_an_angel_and_a_man_are_what_was_asked_for(harness: ShellHarness) -> None:
    angel = harness.deployed(
        harness.app(wing_count="6", flight_speed="11.5", cloud_image_id="ubuntu", cloud_size="large")
    )
    assert shown(angel)["wing_count"] == "6"
    assert shown(angel)["flight_speed"] == "11.5"
    assert shown(angel)["Size"] == "large"
    assert shown(angel)["Image"].startswith("ubuntu")
    man = harness.deployed(harness.app(MAN, weight="70.5", height="180.1"))
    assert (shown(man)["weight"], shown(man)["height"]) == ("70.5", "180.1")


def test_the_answer_is_the_clouds_record(harness: ShellHarness) -> None:
    result = harness.deployed(harness.app())
    instance = contents_of(harness.heaven).instances[result["vmUuid"]]
    (nic,) = result["vmDetailsData"]["vmNetworkData"]
    assert result["vmName"] == instance.name
    assert result["deployedAppAddress"] == nic["privateIpAddress"] == instance.address
    assert nic["interfaceId"] == instance.nics[0].mac
    assert instance.tag == harness.sandbox.id
    assert (nic["isPrimary"], nic["isPredefined"], nic["publicIpAddress"]) == (True, True, None)


def test_teardown_finds_what_it_needs(harness: ShellHarness) -> None:
    result = harness.deployed(harness.app(**{"Auto Delete": "False"}))
    assert result["deployedAppAdditionalData"] == {"auto_power_off": True, "auto_delete": False}


def test_the_public_ip_is_answered_under_the_apps_own_name_for_it(harness: ShellHarness) -> None:
    app = harness.app()
    app.attributes = {"Linux Server.Public IP": ""}
    assert harness.deployed(app)["deployedAppAttributes"] == [
        {"attributeName": "Linux Server.Public IP", "attributeValue": ""}
    ]
    app.attributes = {}
    assert harness.deployed(app)["deployedAppAttributes"] == []


@pytest.mark.parametrize("name", ["True", "false", "null", "Ünïcode ☁", "a" * 300, "", "web server"])
def test_any_name_of_an_app_is_ordinary(harness: ShellHarness, name: str) -> None:
    first, second = (harness.deployed(harness.app(name=name))["vmName"] for _ in range(2))
    assert first != second
    assert len(first) <= 100


@pytest.mark.parametrize(
    ("deployment", "says"),
    [
        ({"wing_count": "two"}, "'wing_count' is 'two' but should be a whole number"),
        ({"wing_count": "-1"}, "wing_count is -1"),
        ({"flight_speed": "nan"}, "'flight_speed' is 'nan' but should be a number"),
        ({"cloud_image_id": "NO-SUCH-IMAGE"}, "image 'NO-SUCH-IMAGE'.*'centos'"),
        ({"cloud_size": "huge"}, "size 'huge'.*'small'"),
        ({"Auto Delete": "perhaps"}, "'Auto Delete' is 'perhaps' but should be True or False"),
        ({"Private IP": "172.16.0.5;172.16.0.6"}, "asks for 2 addresses.*1 interfaces"),
        ({"Private IP": "10.0.0.5"}, "10.0.0.5.*outside"),
        ({"Private IP": "somewhere"}, "'Private IP' is 'somewhere' but should be an address like 10.0.3.5"),
    ],
)
def test_a_wrong_value_is_named_and_nothing_is_made(
    harness: ShellHarness, deployment: dict[str, str], says: str
) -> None:
    before = in_use(harness.heaven)
    (result,) = harness.deploy(harness.app(**deployment))
    assert not result["success"]
    assert re.search(says, result["errorMessage"])
    assert in_use(harness.heaven) == before


def test_another_deployment_path_is_refused_by_name(harness: ShellHarness) -> None:
    (result,) = harness.deploy(harness.app("HeavenlyCloudDevilDeployment"))
    assert "HeavenlyCloudDevilDeployment" in result["errorMessage"]
    assert "'HeavenlyCloudAngelDeployment', 'HeavenlyCloudManDeployment'" in result["errorMessage"]


def test_a_private_ip_is_honoured_and_a_taken_one_refused(harness: ShellHarness) -> None:
    assert harness.deployed(harness.app(**{"Private IP": "172.16.0.40"}))["deployedAppAddress"] == "172.16.0.40"
    (result,) = harness.deploy(harness.app(**{"Private IP": "172.16.0.40"}))
    assert "172.16.0.40 in the management network 172.16.0.0/16 is already taken" in result["errorMessage"]


@l3
def test_interfaces_follow_the_designers_numbers_and_each_action_has_its_own(harness: ShellHarness) -> None:
    public, private = harness.subnets()
    second = connect_subnet(private, "10.0.3.16/28", False, "1")
    first = connect_subnet(public, "10.0.3.0/28", True, "eth0")
    *connected, result = harness.deploy(harness.app(), second, first)
    interfaces = [json.loads(answer["interface"]) for answer in connected]
    assert [interface["Device Index"] for interface in interfaces] == [1, 0]
    nics = result["vmDetailsData"]["vmNetworkData"]
    assert [nic["networkId"] for nic in nics] == [public, private]
    assert [nic["interfaceId"] for nic in nics] == [interfaces[1]["MAC Address"], interfaces[0]["MAC Address"]]
    assert result["deployedAppAddress"] == interfaces[1]["IP"] == "10.0.3.2"
    assert interfaces[1]["Public IP"] == "198.51.100.2"
    assert result["deployedAppAttributes"][0]["attributeValue"] == "198.51.100.2"


@l3
def test_private_ips_are_given_in_the_order_of_the_designers_numbers(harness: ShellHarness) -> None:
    public, private = harness.subnets()
    second = connect_subnet(private, "10.0.3.16/28", False, "1")
    first = connect_subnet(public, "10.0.3.0/28", True, "0")
    *connected, result = harness.deploy(harness.app(**{"Private IP": "10.0.3.5;10.0.3.21"}), second, first)
    assert [json.loads(answer["interface"])["IP"] for answer in connected] == ["10.0.3.21", "10.0.3.5"]
    assert result["deployedAppAddress"] == "10.0.3.5"


@l3
def test_two_connections_to_one_subnet_are_two_interfaces(harness: ShellHarness) -> None:
    _, private = harness.subnets()
    twice = [connect_subnet(private, "10.0.3.16/28", False, vnic) for vnic in (None, "Data")]
    *connected, _ = harness.deploy(harness.app(), *twice)
    macs = {json.loads(answer["interface"])["MAC Address"] for answer in connected}
    assert len(macs) == 2


@l3
@pytest.mark.parametrize("vnics", [("1", None), (None, "0"), ("Data", "1"), (None, None), ("2", "1"), (" ", "1")])
def test_each_subnet_action_is_answered_with_the_interface_on_its_subnet(
    harness: ShellHarness, vnics: tuple[str | None, ...]
) -> None:
    public, private = harness.subnets()
    actions = [
        connect_subnet(public, "10.0.3.0/28", True, vnics[0]),
        connect_subnet(private, "10.0.3.16/28", False, vnics[1]),
    ]
    *connected, result = harness.deploy(harness.app(), *actions)
    by_mac = {nic["interfaceId"]: nic for nic in result["vmDetailsData"]["vmNetworkData"]}
    for answer, subnet in zip(connected, (public, private)):
        interface = json.loads(answer["interface"])
        assert by_mac[interface["MAC Address"]]["networkId"] == subnet
        assert by_mac[interface["MAC Address"]]["privateIpAddress"] == interface["IP"]


@l3
def test_the_only_subnet_is_used_when_none_is_named(harness: ShellHarness) -> None:
    harness.prepare(
        contexts.prepare_network("10.0.3.0/24"), contexts.prepare_subnet("10.0.3.0/24", "DefaultSubnet", True)
    )
    result = harness.deployed(harness.app(**{"Private IP": "10.0.3.77"}))
    assert result["deployedAppAddress"] == "10.0.3.77"


@l3
def test_without_a_network_or_with_too_many_subnets_deploy_says_what_is_missing(harness: ShellHarness) -> None:
    (result,) = harness.deploy(harness.app())
    assert "PrepareSandboxInfra" in result["errorMessage"]
    harness.subnets()
    (result,) = harness.deploy(harness.app())
    assert "2 subnets" in result["errorMessage"]


@l3
@pytest.mark.parametrize(
    ("private_ip", "says"),
    [
        ("10.0.3.5;10.0.3.5", "10.0.3.5.*outside.*10.0.3.16/28"),
        ("10.0.3.15", "outside the usable part of the subnet 10.0.3.0/28"),
    ],
)
def test_when_one_subnet_fails_every_action_does_and_nothing_stays(
    harness: ShellHarness, private_ip: str, says: str
) -> None:
    public, private = harness.subnets()
    before = in_use(harness.heaven)
    actions = [
        connect_subnet(public, "10.0.3.0/28", True, "0"),
        connect_subnet(private, "10.0.3.16/28", False, "1"),
    ]
    answers = harness.deploy(harness.app(**{"Private IP": private_ip}), *actions)
    assert [answer["success"] for answer in answers] == [False] * 3
    assert all(re.search(says, answer["errorMessage"]) for answer in answers)
    assert [answer["type"] for answer in answers] == ["ConnectToSubnet", "ConnectToSubnet", "DeployApp"]
    assert in_use(harness.heaven) == before


@l3
def test_a_full_subnet_is_named(harness: ShellHarness) -> None:
    harness.prepare(contexts.prepare_network("10.0.3.0/24"), contexts.prepare_subnet("10.0.3.0/30", "Tiny", False))
    harness.deployed(harness.app())
    (result,) = harness.deploy(harness.app())
    assert result["errorMessage"] == "There is no free address in the subnet 10.0.3.0/30: all 1 are in use"


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_cloud_that_fails_at_any_point_keeps_nothing(harness: ShellHarness, phase: str) -> None:
    before = in_use(harness.heaven)
    harness.heaven.faults.add(FaultRule("create_instance", phase=phase, error="CloudUnavailable", times=4))
    (result,) = harness.deploy(harness.app())
    assert not result["success"]
    assert result["errorMessage"] == (
        "The cloud failed create_instance (CloudUnavailable), as a fault rule says (rule 1: create_instance)"
    )
    assert in_use(harness.heaven) == before
    harness.deployed(harness.app())


def slow(harness: ShellHarness, seconds: float = 5) -> None:
    harness.heaven.config = data_with(build_seconds=seconds)


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_cloud_that_fails_while_it_builds_keeps_nothing(harness: ShellHarness, phase: str) -> None:
    slow(harness)
    before = in_use(harness.heaven)
    harness.heaven.faults.add(FaultRule("get_instance", phase=phase, error="CloudUnavailable", skip=3, times=4))
    (result,) = harness.deploy(harness.app())
    assert not result["success"]
    assert in_use(harness.heaven) == before


def test_a_long_deploy_shows_its_progress(harness: ShellHarness) -> None:
    slow(harness)
    result = harness.deployed(harness.app())
    statuses = [call[1] for call in harness.api.named("SetResourceLiveStatus")]
    assert statuses[0] == "Progress 0"
    assert statuses[-1] == "Online"
    assert len(statuses) >= 10
    assert statuses[:-1] == sorted(statuses[:-1])
    assert {call[0] for call in harness.api.named("SetResourceLiveStatus")} == {"heaven"}
    with harness.command() as command:
        assert command.cloud.get_instance(result["vmUuid"]).state == InstanceState.OFF.value


def test_a_vm_that_is_never_built_is_told_by_its_name_and_not_kept(harness: ShellHarness) -> None:
    slow(harness, 1e9)
    before = in_use(harness.heaven)
    (result,) = harness.deploy(harness.app())
    assert re.fullmatch("The VM 'web-[0-9a-f]{8}' was still building after 1800 seconds", result["errorMessage"])
    assert in_use(harness.heaven) == before
    assert 1800 <= harness.clock.time < 1801


@pytest.mark.parametrize("error", ["CloudUnavailable", "NoCapacity"])
def test_a_vm_that_cannot_be_deleted_again_is_named(harness: ShellHarness, error: str) -> None:
    slow(harness)
    harness.heaven.faults.set(
        [FaultRule("get_instance", error="NoCapacity"), FaultRule("delete_instance", error=error)]
    )
    (result,) = harness.deploy(harness.app())
    (left,) = contents_of(harness.heaven).instances
    assert (
        f"; its VM '{left}' could not be deleted and may be left in the cloud: The cloud failed"
        in result["errorMessage"]
    )
    assert result["errorMessage"].startswith("The cloud failed get_instance")


def test_a_deploy_that_was_cancelled_before_it_began_makes_nothing(harness: ShellHarness) -> None:
    (result,) = harness.deploy(harness.app(), cancellation=stop())
    assert result["errorMessage"] == "The command was cancelled; nothing was changed"
    assert not [event for event in harness.heaven.events if event.operation == "create_instance"]


def test_a_deploy_that_is_cancelled_on_the_way_deletes_what_it_made(harness: ShellHarness) -> None:
    slow(harness)
    before, cancellation = in_use(harness.heaven), SimpleNamespace(is_cancelled=False)
    harness.clock.on_sleep = lambda: setattr(cancellation, "is_cancelled", harness.clock.time > 2)
    (result,) = harness.deploy(harness.app(), cancellation=cancellation)
    assert result["errorMessage"] == "The command was cancelled; what it had made was deleted"
    assert in_use(harness.heaven) == before
    assert harness.clock.time < 2.5
    assert harness.api.named("SetResourceLiveStatus")[-1][:2] == ("heaven", "Online")


@pytest.mark.parametrize("operation", ["get_instance", "delete_instance"])
def test_stop_while_the_cloud_is_slow_to_answer_deletes_what_was_made(harness: ShellHarness, operation: str) -> None:
    slow(harness)
    before, cancellation = in_use(harness.heaven), SimpleNamespace(is_cancelled=False)
    harness.heaven.faults.add(FaultRule(operation, latency=3))
    harness.clock.on_sleep = lambda: setattr(cancellation, "is_cancelled", harness.clock.time > 2)
    (result,) = harness.deploy(harness.app(), cancellation=cancellation)
    assert result["errorMessage"] == "The command was cancelled; what it had made was deleted"
    assert in_use(harness.heaven) == before


def test_what_changes_meanwhile_keeps_no_deploy_from_deleting_what_it_made(
    harness: ShellHarness, tmp_path: Path
) -> None:
    slow(harness)
    before, file = in_use(harness.heaven), tmp_path / "rules.json"
    file.write_text('[{"operation": "get_instance", "error": "NoCapacity", "skip": 3}]')
    harness.sandbox.attributes[f"{harness.sandbox.model}.Fault Injection"] = str(file)
    harness.clock.on_sleep = lambda: file.unlink(missing_ok=True)
    (result,) = harness.deploy(harness.app())
    assert result["errorMessage"].startswith("The cloud failed get_instance (NoCapacity)")
    assert "left" not in result["errorMessage"]
    assert in_use(harness.heaven) == before


def test_a_deploy_cancelled_just_after_the_vm_was_made_deletes_it(harness: ShellHarness) -> None:
    before = in_use(harness.heaven)

    class CancelledAfterCreation:
        @property
        def is_cancelled(self) -> bool:
            return bool(contents_of(harness.heaven).instances)

    (result,) = harness.deploy(harness.app(), cancellation=CancelledAfterCreation())
    assert "what it had made was deleted" in result["errorMessage"]
    assert in_use(harness.heaven) == before


def test_an_interrupted_deploy_deletes_what_it_made(harness: ShellHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = in_use(harness.heaven)
    monkeypatch.setattr(deploy, "vm_details", interrupted)
    with pytest.raises(KeyboardInterrupt):
        harness.deploy(harness.app())
    assert [event.operation for event in harness.heaven.events] == ["create_instance", "delete_instance"]
    assert in_use(harness.heaven) == before


@pytest.mark.parametrize("store", ["", "sqlite:///{}/cloud.db"], ids=["in memory", "in a store"])
def test_a_vm_that_was_answered_is_still_there_the_next_day(tmp_path: Path, store: str) -> None:
    harness = new_harness(L2, store=open_store(store.format(tmp_path)))
    app = harness.app()
    harness.deployed(app)
    harness.clock.time += LEASE + 24 * 3600
    later = harness.app()
    harness.deployed(later)  # The cloud deletes what is not confirmed when the next VM is made.
    assert [each["errorMessage"] for each in harness.details(app, later)] == ["", ""]
    harness.heaven.close()


def test_a_clock_that_was_set_back_shows_no_progress_below_zero(harness: ShellHarness) -> None:
    slow(harness)
    set_back = iter([3.0])
    harness.clock.on_sleep = lambda: setattr(harness.clock, "time", harness.clock.time - next(set_back, 0))
    harness.deployed(harness.app())
    statuses = [call[1] for call in harness.api.named("SetResourceLiveStatus")]
    assert statuses[:2] == ["Progress 0", "Progress 0"]
    assert statuses[-1] == "Online"


@pytest.mark.parametrize(
    "sent", [[], ["deployApp", "deployApp"], ["connectSubnet"], ["deployApp", "saveApp"], ["setVlan"]]
)
def test_odd_requests_have_one_answer_per_action(harness: ShellHarness, sent: list[str]) -> None:
    actions = [contexts.action(kind) for kind in sent]
    with harness.command() as command:
        answers = results(deploy.deploy(command, read_actions(contexts.request(actions))))
    assert [answer["actionId"] for answer in answers] == [action["actionId"] for action in actions]
    assert not any(answer["success"] for answer in answers)
    assert all(answer["errorMessage"] for answer in answers)


def test_an_action_of_an_unknown_type_does_not_spoil_the_deploy(harness: ShellHarness) -> None:
    strange, result = harness.deploy(harness.app(), contexts.action("mirrorTraffic"))
    assert result["success"]
    assert strange["type"] == "mirrorTraffic"
    assert strange["errorMessage"] == (
        "The action type 'mirrorTraffic' is not known here; known are 'deployApp', 'connectSubnet'"
    )


def test_many_deploys_at_once_share_nothing(harness: ShellHarness) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: harness.deploy(harness.app())[0], range(40)))
    for field in ("vmUuid", "vmName", "deployedAppAddress"):
        assert len({result[field] for result in made}) == 40


def test_an_unforeseen_error_is_an_answer_and_keeps_nothing(
    harness: ShellHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = in_use(harness.heaven)
    monkeypatch.setattr(deploy, "vm_details", lambda *_: 1 / 0)
    (result,) = harness.deploy(harness.app())
    assert "ZeroDivisionError" in result["errorMessage"]
    assert "division" not in result["errorMessage"]
    assert in_use(harness.heaven) == before


def test_a_subnet_that_is_not_there_fails_all(harness: ShellHarness) -> None:
    *connected, result = harness.deploy(harness.app(), connect_subnet("subnet-x", "10.0.0.0/28", True))
    assert not result["success"]
    assert not connected[0]["success"]
    assert "subnet-x" in result["errorMessage"]


def test_a_rollback_needs_no_logon_though_the_connection_was_reset_meanwhile(harness: ShellHarness) -> None:
    slow(harness)
    before = in_use(harness.heaven)
    cancellation = SimpleNamespace(is_cancelled=False)

    def stop_after_a_reset() -> None:
        harness.commands._connections.reset()
        harness.api.fails = "DecryptPassword"
        cancellation.is_cancelled = True

    harness.clock.on_sleep = stop_after_a_reset
    (result,) = harness.deploy(harness.app(), cancellation=cancellation)
    assert result["errorMessage"] == "The command was cancelled; what it had made was deleted"
    assert in_use(harness.heaven) == before
