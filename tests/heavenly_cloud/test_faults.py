from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heavenly_cloud import Client, FaultRule, HeavenlyCloud, InstanceState, NicRequest, errors, parse_fault_rules
from heavenly_cloud.client import OPERATIONS, PAUSES
from tests.fakes import Clock, create, new_heaven


def unanswered(operation: str, **changes: Any) -> FaultRule:
    return FaultRule(operation, error="CloudUnavailable", **changes)


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_rule_applies_when_and_as_often_as_it_says(heaven: HeavenlyCloud, client: Client, phase: str) -> None:
    web = create(client)
    stats = heaven.faults.add(unanswered("power_on", phase=phase, skip=1, times=2))
    client.power_on(web.id)
    client.power_off(web.id)
    for _ in range(2):
        with pytest.raises(errors.CloudUnavailable, match=r"failed power_on \(CloudUnavailable\).*rule 1: power_on"):
            client.power_on(web.id)
    assert client.get_instance(web.id).state is (InstanceState.ON if phase == "after" else InstanceState.OFF)
    client.power_on(web.id)
    assert (stats.calls, stats.hits) == (4, 2)
    heaven.faults.clear()
    assert heaven.faults.stats == []


def test_an_error_is_of_the_type_that_is_named(heaven: HeavenlyCloud, client: Client) -> None:
    for name, kind in errors.error_types().items():
        heaven.faults.set([FaultRule("create_instance", error=name)])
        with pytest.raises(kind, match=name):
            create(client)
    assert len(errors.error_types()) > 25


def test_wildcards_match_several_operations(heaven: HeavenlyCloud, client: Client) -> None:
    web = create(client)
    heaven.faults.set([unanswered("power_*")])
    for operation in (client.power_on, client.power_off):
        with pytest.raises(errors.CloudUnavailable):
            operation(web.id)
    client.get_instance(web.id)
    heaven.faults.set([unanswered("*", times=1), unanswered("*", times=1)])
    for _ in range(2):
        with pytest.raises(errors.CloudUnavailable):
            client.get_instance(web.id)
    client.get_instance(web.id)


def test_a_rule_may_concern_a_vm_a_tag_a_region_or_an_account(heaven: HeavenlyCloud, client: Client) -> None:
    client.prepare_network("s1", "10.0.3.0/24")
    subnet = client.prepare_subnet("s1", "10.0.3.0/28")
    web = create(client, name="web")
    db = create(client, name="db", tag="s1", nics=(NicRequest(subnet.id),))
    mine = client.for_command("s1", heaven.sleep)
    for concerns, matched in (
        (web.name, web), ("web-*", web), (web.id, web), ("db-????????", db), ("narnia", web), ("gabriel", db),
    ):  # fmt: skip
        heaven.faults.set([FaultRule("get_instance", concerns=concerns, error="NoCapacity")])
        with pytest.raises(errors.NoCapacity):
            client.get_instance(matched.id)
    heaven.faults.set([FaultRule("get_instance", concerns="db-*", error="NoCapacity")])
    client.get_instance(web.id)
    heaven.faults.set([FaultRule("get_instance", concerns="s1", error="NoCapacity")])
    client.get_instance(web.id)
    with pytest.raises(errors.NoCapacity):
        mine.get_instance(web.id)
    heaven.faults.set([FaultRule("create_instance", concerns="w*", error="NoCapacity")])
    create(client, name="db")
    with pytest.raises(errors.NoCapacity):
        create(client, name="web")
    heaven.faults.set([FaultRule("prepare_network", concerns="s7", error="NoCapacity")])
    with pytest.raises(errors.NoCapacity):
        client.prepare_network("s7", "10.0.7.0/24")


def test_latency_delays_one_call_and_no_other() -> None:
    clock = Clock()
    heaven = new_heaven(clock)
    client = heaven.login("gabriel", "halo", "narnia")
    web = create(client)
    heaven.faults.set([FaultRule("power_on", latency=5, jitter=2), FaultRule("power_on", latency=1, phase="after")])
    during: list[InstanceState] = []
    clock.on_sleep = lambda: during.append(client.get_instance(web.id).state)
    took = []
    for _ in range(20):
        began = clock.time
        client.power_on(web.id)
        took.append(clock.time - began)
    assert all(4 <= seconds <= 8 for seconds in took)
    assert max(took) - min(took) > 1
    assert during[:2] == [InstanceState.OFF, InstanceState.ON]


def test_probability_depends_on_the_clouds_seed() -> None:
    def failures(seed: int) -> list[bool]:
        heaven = HeavenlyCloud(seed=seed)
        client = heaven.login("gabriel", "halo", "narnia")
        heaven.faults.set([FaultRule("require_open_region", error="NoCapacity", probability=0.3)])
        found = []
        for _ in range(200):
            try:
                client.require_open_region()
                found.append(False)
            except errors.NoCapacity:
                found.append(True)
        return found

    assert failures(7) == failures(7)
    assert failures(7) != failures(8)
    assert 30 < sum(failures(7)) < 90


def test_rules_that_were_never_applied_can_be_seen(heaven: HeavenlyCloud, client: Client) -> None:
    heaven.faults.set([FaultRule("get_instance", latency=1), FaultRule("power_on", latency=1)])
    client.get_instance(create(client).id)
    assert [(stats.rule.operation, stats.hits) for stats in client.fault_stats] == [
        ("get_instance", 1),
        ("power_on", 0),
    ]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"operation": "Power*", "error": "NoCapacity"}, "operation 'Power\\*' does not exist.*'power_on'"),
        ({"operation": "fly", "latency": 1}, "operation 'fly' does not exist; known are .*'create_instance'"),
        ({"operation": "power_on", "error": "Explosion"}, "error 'Explosion' does not exist.*'CloudUnavailable'"),
        ({"operation": "power_on", "error": "HeavenlyError"}, "error 'HeavenlyError' does not exist"),
        ({"operation": "power_on"}, "effect is 'nothing' but should be an error or a latency"),
        ({"operation": "power_on", "latency": -1}, "latency is -1"),
        ({"operation": "power_on", "latency": float("inf")}, "latency is inf"),
        ({"operation": "power_on", "latency": "5"}, "latency is '5'"),
        (
            {"operation": "power_on", "latency": 3601},
            "latency is 3601 but should be a number of seconds from 0 to 3600",
        ),
        ({"operation": "power_on", "latency": 1, "jitter": 2}, "jitter is 2 but should be no more than the latency"),
        ({"operation": "power_on", "latency": 1, "phase": "during"}, "phase is 'during' but should be 'before' or"),
        ({"operation": "power_on", "latency": 1, "probability": 0}, "probability is 0"),
        ({"operation": "power_on", "latency": 1, "probability": True}, "probability is True"),
        ({"operation": "power_on", "latency": 1, "skip": -1}, "skip is -1"),
        ({"operation": "power_on", "latency": 1, "times": 0}, "times is 0"),
        ({"operation": "power_on", "error": "NoCapacity", "phase": "after"}, "error is 'NoCapacity'.*TransientError"),
        ({"operation": 7, "latency": 1}, "operation is 7"),
        ({"operation": "power_on", "latency": 1, "concern": "x"}, "'concern' does not exist.*'concerns'"),
        ({"latency": 1}, "an object with an 'operation'"),
        ("power_on", "an object with an 'operation'"),
    ],
)
def test_a_rule_that_could_never_apply_or_would_not_be_true_is_refused(
    heaven: HeavenlyCloud, rule: Any, says: str
) -> None:
    heaven.faults.set([unanswered("power_on")])
    with pytest.raises(errors.InvalidFaultRules, match=f"wrong at rule 2: .*{says}"):
        heaven.faults.set(parse_fault_rules([{"operation": "*", "latency": 1}, rule]))
    assert [stats.rule.operation for stats in heaven.faults.stats] == ["power_on"]


@pytest.mark.parametrize("text", ["clear", "{", '{"operation": "x"}', "7", "null"])
def test_text_that_is_not_a_list_of_rules_is_refused(text: str) -> None:
    with pytest.raises(errors.InvalidFaultRules, match="a list of rules"):
        parse_fault_rules(text)


rules = st.builds(
    FaultRule,
    operation=st.sampled_from([*sorted(OPERATIONS), "*", "power_*"]),
    concerns=st.sampled_from(["*", "web-*", "narnia"]),
    latency=st.floats(0.001, 5),
    error=st.sampled_from(["", "CloudUnavailable", "StoreUnreachable"]),
    phase=st.sampled_from(["before", "after"]),
    probability=st.floats(0.01, 1),
    skip=st.integers(0, 3),
    times=st.none() | st.integers(1, 3),
)


@given(st.lists(rules, max_size=4))
def test_the_schema_is_the_same_in_python_and_in_json(wanted: list[FaultRule]) -> None:
    text = json.dumps([vars(rule) for rule in wanted])
    assert parse_fault_rules(text) == tuple(wanted)


def test_the_client_of_a_command_repeats_calls_that_were_not_answered(heaven: HeavenlyCloud, client: Client) -> None:
    waited: list[float] = []
    patient = client.for_command("s1", waited.append)
    for operation in ("create_instance", "power_on", "prepare_network"):
        heaven.faults.add(unanswered(operation, phase="before", times=1))
        heaven.faults.add(unanswered(operation, phase="after", times=2))
    web = create(patient)
    patient.power_on(web.id)
    patient.prepare_network("s1", "10.0.3.0/24")
    assert waited == [*PAUSES] * 3
    assert patient.get_instance(web.id).state is InstanceState.ON


def test_the_client_of_a_command_gives_up_in_the_end_and_never_repeats_a_refused_call(
    heaven: HeavenlyCloud, client: Client
) -> None:
    patient = client.for_command("s1", lambda seconds: None)
    heaven.faults.set([unanswered("power_on")])
    with pytest.raises(errors.CloudUnavailable):
        patient.power_on("vm-x")
    assert heaven.faults.stats[0].hits == len(PAUSES) + 1
    heaven.faults.set([FaultRule("power_on", error="NoCapacity")])
    with pytest.raises(errors.NoCapacity):
        patient.power_on("vm-x")
    assert heaven.faults.stats[0].hits == 1


def test_an_interrupted_call_raises_only_if_nothing_was_done(heaven: HeavenlyCloud, client: Client) -> None:
    def give_up(_: float) -> None:
        raise errors.Interrupted(reason="enough")

    web, hasty = create(client), client.for_command("s1", give_up)
    heaven.faults.set([FaultRule("power_on", latency=9)])
    with pytest.raises(errors.Interrupted):
        hasty.power_on(web.id)
    assert client.get_instance(web.id).state is InstanceState.OFF
    heaven.faults.set([FaultRule("power_on", latency=9, phase="after")])
    assert hasty.power_on(web.id).state is InstanceState.ON
    heaven.faults.set([unanswered("power_off", phase="after", times=2)])
    assert hasty.power_off(web.id).state is InstanceState.OFF
