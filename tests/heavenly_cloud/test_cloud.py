from __future__ import annotations

import doctest
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from heavenly_cloud import (
    Client,
    Event,
    FaultRule,
    HeavenlyCloud,
    Instance,
    Vlan,
    cloud,
    errors,
)
from tests.fakes import Clock, connect, create, in_use, new_heaven

VLAN_11 = Vlan("11", "Access")


def test_the_example_in_its_docstring_runs() -> None:
    found = doctest.testmod(cloud)
    assert found.attempted
    assert not found.failed


def test_a_login_needs_the_right_password(heaven: HeavenlyCloud) -> None:
    for user, password in (("gabriel", "horns"), ("lucifer", "halo"), ("gabriel", "")):
        with pytest.raises(errors.WrongCredentials, match=user) as caught:
            heaven.login(user, password, "narnia")
        assert not password or password not in str(caught.value).replace(user, "")
    with pytest.raises(errors.UnknownName, match="region 'mordor'.*'narnia', 'eden', 'avalon'"):
        heaven.login("gabriel", "halo", "mordor")


def test_two_clouds_with_the_same_seed_behave_the_same() -> None:
    def life(seed: int) -> list[Instance]:
        client = HeavenlyCloud(seed=seed, now=lambda: 0.0).login("gabriel", "halo", "narnia")
        return [create(client) for _ in range(5)]

    assert life(7) == life(7)
    assert life(7) != life(8)


def test_the_session_of_a_removed_account_has_ended(heaven: HeavenlyCloud, client: Client) -> None:
    heaven.config = replace(heaven.config, accounts={})
    with pytest.raises(errors.SessionEnded, match="gabriel"):
        client.require_open_region()


def test_the_last_thousand_calls_are_recorded_as_events(heaven: HeavenlyCloud, client: Client) -> None:
    web = create(client)
    with pytest.raises(errors.InstanceNotFound):
        client.power_on("vm-x")
    noted = [(event.operation, event.subject, event.outcome) for event in heaven.events]
    assert noted[-2:] == [("create_instance", web.id, "done"), ("power_on", "vm-x", "InstanceNotFound")]
    for _ in range(1100):
        client.get_instance(web.id)
    assert len(heaven.events) == 1000


def test_an_event_has_the_tag_the_duration_and_the_fault_rules_applied(clock: Clock) -> None:
    heaven = new_heaven(clock)
    received: list[Event] = []
    client = heaven.login("gabriel", "halo", "narnia").for_command("s1", clock.sleep, received.append)
    web = create(client)
    heaven.faults.set(
        [
            FaultRule("power_on", latency=2),
            FaultRule("power_on", phase="after", latency=3, times=1),
            FaultRule("power_*", error="NoCapacity", skip=1),
        ]
    )
    began = clock.time
    client.power_on(web.id)
    with pytest.raises(errors.NoCapacity):
        client.power_on(web.id)
    assert [event[1:] for event in heaven.events][-2:] == [
        ("gabriel", "s1", "power_on", web.id, "done", 5.0, "1: power_on; 2: power_on"),
        ("gabriel", "s1", "power_on", web.id, "NoCapacity", 2.0, "1: power_on; 3: power_*"),
    ]
    assert heaven.events[-1].at == began + 7
    assert received == list(heaven.events)[-2:]


def test_an_interrupted_call_is_recorded_as_interrupted(heaven: HeavenlyCloud) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    client = heaven.login("gabriel", "halo", "narnia").for_command("s1", interrupted)
    heaven.faults.set([FaultRule("create_instance", latency=2)])
    with pytest.raises(KeyboardInterrupt):
        create(client)
    assert [event.outcome for event in heaven.events] == ["KeyboardInterrupt"]
    assert not in_use(heaven)["instances"]


def test_threads_share_a_cloud_and_nothing_is_allocated_twice_or_lost(heaven: HeavenlyCloud, client: Client) -> None:
    kept: list[Instance] = []

    def work(number: int) -> None:
        for round_ in range(30):
            web = create(client)
            connect(client, web.id, VLAN_11)
            client.power_on(web.id)
            client.power_off(web.id)
            if (number + round_) % 3:
                client.delete_instance(web.id)
            else:
                kept.append(client.get_instance(web.id))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    nics = [nic for web in kept for nic in web.nics]
    assert len({web.name for web in kept}) == len({web.address for web in kept}) == len(kept) == 160
    assert len({nic.mac for nic in nics}) == len(nics)
    used = in_use(heaven)
    assert (used["instances"], used["names"], used["addresses"], used["macs"]) == (160, 160, 160, 320)
