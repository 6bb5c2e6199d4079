from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from heavenly_cloud import (
    Client,
    Event,
    Fault,
    HeavenlyCloud,
    Instance,
    Vlan,
    errors,
)
from tests.fakes import Clock, connect, create, holdings, new_heaven

VLAN_11 = Vlan("11", "Access")


def test_only_who_knows_the_password_comes_in(heaven: HeavenlyCloud) -> None:
    for user, password in (("gabriel", "horns"), ("lucifer", "halo"), ("gabriel", "")):
        with pytest.raises(errors.WrongCredentials, match=user) as caught:
            heaven.login(user, password, "narnia")
        assert not password or password not in str(caught.value).replace(user, "")
    with pytest.raises(errors.UnknownName, match="region 'mordor'.*'narnia', 'eden', 'avalon'"):
        heaven.login("gabriel", "halo", "mordor")


def test_two_clouds_with_one_seed_do_the_same() -> None:
    def life(seed: int) -> list[Instance]:
        client = HeavenlyCloud(seed=seed, now=lambda: 0.0).login("gabriel", "halo", "narnia")
        return [create(client) for _ in range(5)]

    assert life(7) == life(7)
    assert life(7) != life(8)


def test_who_is_not_of_the_cloud_any_more_can_do_nothing(heaven: HeavenlyCloud, client: Client) -> None:
    heaven.data = replace(heaven.data, accounts={})
    with pytest.raises(errors.SessionEnded, match="gabriel"):
        client.require_open_region()


def test_what_was_asked_is_noted_without_secrets_and_with_a_bound(heaven: HeavenlyCloud, client: Client) -> None:
    web = create(client)
    with pytest.raises(errors.InstanceNotFound):
        client.power_on("vm-x")
    noted = [(event.operation, event.subject, event.outcome) for event in heaven.events]
    assert noted[-2:] == [("create_instance", web.id, "done"), ("power_on", "vm-x", "InstanceNotFound")]
    for _ in range(1100):
        client.get_instance(web.id)
    assert len(heaven.events) == 1000


def test_an_event_tells_for_whom_how_long_and_what_struck(clock: Clock) -> None:
    heaven = new_heaven(clock)
    told: list[Event] = []
    client = heaven.login("gabriel", "halo", "narnia").working_for("s1", clock.sleep, told.append)
    web = create(client)
    heaven.faults.set(
        [
            Fault("power_on", latency=2),
            Fault("power_on", phase="after", latency=3, times=1),
            Fault("power_*", error="NoCapacity", skip=1),
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
    assert told == list(heaven.events)[-2:]


def test_threads_share_the_cloud_and_nothing_is_given_twice_or_lost(heaven: HeavenlyCloud, client: Client) -> None:
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
    used = holdings(heaven)
    assert (used["instances"], used["names"], used["addresses"], used["macs"]) == (160, 160, 160, 320)
