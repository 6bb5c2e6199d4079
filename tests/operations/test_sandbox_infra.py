from __future__ import annotations

from types import SimpleNamespace

import pytest

from cloudshell_local import testing as contexts
from cloudshell_local.execution.driver_host import as_context
from cloudshell_local.testing import connect_subnet, prepare_network, prepare_subnet
from heavenly_cloud import FaultRule, KeyPair
from operations import sandbox_infra
from shell.requests import read_actions
from tests.fakes import PRIVATE_KEY, ShellHarness, held, holdings, l3, results, stop

pytestmark = l3


def keys() -> contexts.Json:
    return contexts.action("createKeys")


def test_preparing_twice_gives_the_same(harness: ShellHarness) -> None:
    actions = [keys(), prepare_subnet("10.0.3.0/28", "A", True), prepare_network("10.0.3.0/24")]
    first, second = harness.prepare(*actions), harness.prepare(*actions)
    assert first == second
    assert [answer["actionId"] for answer in first] == [action["actionId"] for action in actions]
    assert [answer["type"] for answer in first] == ["CreateKeys", "PrepareSubnet", "PrepareNetwork"]
    assert first[0]["accessKey"] == PRIVATE_KEY
    assert first[1]["subnetId"].startswith("subnet-")


def test_the_network_comes_first_and_without_it_nothing_is_attempted(harness: ShellHarness) -> None:
    answers = harness.prepare(keys(), prepare_subnet("10.0.3.0/28", "A", True), prepare_network("NOT-A-CIDR"))
    assert [answer["success"] for answer in answers] == [False, False, False]
    assert "'NOT-A-CIDR' is not a network" in answers[2]["errorMessage"]
    assert all("not attempted" in answer["errorMessage"] for answer in answers[:2])
    assert not held(harness.heaven).networks
    assert [event.operation for event in harness.heaven.events] == ["prepare_network"]


def test_keys_may_be_left_out(harness: ShellHarness) -> None:
    answers = harness.prepare(prepare_network("10.0.3.0/24"), prepare_subnet("10.0.3.0/24", "DefaultSubnet", True))
    assert all(answer["success"] for answer in answers)


@pytest.mark.parametrize(
    ("cidr", "says"),
    [
        ("10.0.4.0/28", "outside the virtual network 10.0.3.0/24"),
        ("10.0.3.0/27", "overlaps the subnet 'A'"),
        ("10.0.3.5/28", "'10.0.3.5/28' is not a network"),
        ("10.0.3.0/28", "overlaps the subnet 'A'"),
    ],
)
def test_a_wrong_subnet_is_refused_and_the_others_are_made(harness: ShellHarness, cidr: str, says: str) -> None:
    answers = harness.prepare(
        prepare_network("10.0.3.0/24"),
        prepare_subnet("10.0.3.0/28", "A", True),
        prepare_subnet(cidr, "B", True),
        prepare_subnet("10.0.3.64/28", "C", False),
    )
    assert [answer["success"] for answer in answers] == [True, True, False, True]
    assert says in answers[2]["errorMessage"]


def test_one_subnet_asked_for_twice_is_refused_once(harness: ShellHarness) -> None:
    subnet = [prepare_subnet("10.0.3.0/28", "A", True) for _ in range(2)]
    answers = harness.prepare(prepare_network("10.0.3.0/24"), *subnet)
    assert [answer["success"] for answer in answers] == [True, True, False]
    assert answers[2]["errorMessage"] == "The subnet 10.0.3.0/28 is asked for twice"


def test_sandboxes_are_told_apart(harness: ShellHarness) -> None:
    first = harness.prepare(prepare_network("10.0.3.0/24"), prepare_subnet("10.0.3.0/28", "A", True))
    harness.sandbox.id = "another sandbox"
    (overlapping,) = harness.prepare(prepare_network("10.0.3.128/25"))
    assert "overlaps the virtual network" in overlapping["errorMessage"]
    second = harness.prepare(prepare_network("10.0.4.0/24"), prepare_subnet("10.0.4.0/28", "A", True))
    assert first[1]["subnetId"] != second[1]["subnetId"]
    harness.cleanup()
    assert held(harness.heaven).subnets == [first[1]["subnetId"]]


def test_networks_in_use_are_kept_free(harness: ShellHarness) -> None:
    harness.sandbox.attributes[f"{harness.sandbox.model}.Networks in use"] = "10.0.0.0/24;10.9.0.0/16"
    (answer,) = harness.prepare(prepare_network("10.9.4.0/24"))
    assert "overlaps the network in use 10.9.0.0/16" in answer["errorMessage"]


@pytest.mark.parametrize(
    ("value", "public_ip"), [(True, "198.51.100.2"), ("True", "198.51.100.2"), (False, ""), ("false", "")]
)
def test_public_means_public_however_it_is_written(harness: ShellHarness, value: object, public_ip: str) -> None:
    subnet = prepare_subnet("10.0.3.0/24", "A", True)
    subnet["actionParams"]["isPublic"] = value
    harness.prepare(prepare_network("10.0.3.0/24"), subnet)
    assert harness.deployed(harness.app())["deployedAppAttributes"][0]["attributeValue"] == public_ip


@pytest.mark.parametrize("operation", ["prepare_network", "prepare_subnet", "add_key_pair"])
@pytest.mark.parametrize("phase", ["before", "after"])
def test_after_a_fault_preparing_again_succeeds(harness: ShellHarness, operation: str, phase: str) -> None:
    actions = [prepare_network("10.0.3.0/24"), keys(), prepare_subnet("10.0.3.0/28", "A", True)]
    harness.heaven.faults.add(FaultRule(operation, phase=phase, error="CloudUnavailable", times=4))
    assert not all(answer["success"] for answer in harness.prepare(*actions))
    assert all(answer["success"] for answer in harness.prepare(*actions))
    assert len(held(harness.heaven).subnets) == 1


def test_after_stop_each_action_says_that_it_was_not_done(harness: ShellHarness) -> None:
    answers = harness.prepare(
        prepare_network("10.0.3.0/24"), keys(), prepare_subnet("10.0.3.0/28", "A", True), cancellation=stop()
    )
    assert not any(answer["success"] for answer in answers)
    assert "cancelled" in answers[0]["errorMessage"]
    assert not held(harness.heaven).networks


def test_stop_on_the_way_keeps_what_was_done(harness: ShellHarness) -> None:
    cancellation = SimpleNamespace(is_cancelled=False)

    def stopped_meanwhile() -> KeyPair:
        cancellation.is_cancelled = True
        return KeyPair("ssh-rsa AAAA", "PEM")

    harness.heaven.new_key_pair = stopped_meanwhile
    actions = [prepare_network("10.0.3.0/24"), keys(), prepare_subnet("10.0.3.0/28", "A", True)]
    answers = harness.prepare(*actions, cancellation=cancellation)
    assert [answer["success"] for answer in answers] == [True, True, False]


def test_cleaning_up_leaves_nothing_and_twice_is_fine(harness: ShellHarness) -> None:
    harness.subnets()
    for _ in range(2):
        (answer,) = harness.cleanup()
        assert (answer["success"], answer["type"]) == (True, "CleanupNetwork")
    assert not any(holdings(harness.heaven).values())


def test_a_network_that_vms_use_is_not_taken_from_them(harness: ShellHarness) -> None:
    public, _ = harness.subnets()
    app = harness.app()
    harness.deployed(app, connect_subnet(public, "10.0.3.0/28", True))
    (answer,) = harness.cleanup()
    assert not answer["success"]
    assert app.resource_name in answer["errorMessage"]
    assert held(harness.heaven).subnets


def test_outside_a_sandbox_there_is_nothing_to_prepare(harness: ShellHarness) -> None:
    context = as_context(harness.sandbox.resource_context("t", reserved=False))
    actions = [prepare_network("10.0.3.0/24"), keys()]
    with harness.commands.resource(context) as command:
        answers = results(sandbox_infra.prepare_sandbox_infra(command, read_actions(contexts.request(actions))))
        cleaned = results(
            sandbox_infra.cleanup_sandbox_infra(
                command, read_actions(contexts.request([contexts.action("cleanupNetwork"), contexts.action("what")]))
            )
        )
    assert [answer["success"] for answer in [*answers, *cleaned]] == [False] * 4
    assert "from no sandbox" in answers[0]["errorMessage"]
