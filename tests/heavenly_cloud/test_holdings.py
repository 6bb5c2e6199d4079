from __future__ import annotations

import random
from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heavenly_cloud import Client, HeavenlyCloud, MemoryStore, NicRequest, Sandbox, load_data
from heavenly_cloud.errors import (
    InstanceForgotten,
    InstanceNotFound,
    NetworkOverlap,
    SandboxNotFound,
    SubnetForgotten,
    SubnetNotFound,
)
from heavenly_cloud.holdings import Holdings
from heavenly_cloud.store import Records
from tests.fakes import Clock, create, held, holdings, new_heaven


def test_an_account_finds_only_what_is_its_own(heaven: HeavenlyCloud, client: Client) -> None:
    web = create(client)
    client.prepare_network("s1", "10.0.3.0/24")

    def look(records: Records) -> None:
        holds = heaven.held(records)
        assert holds.instance("gabriel", web.id) == web
        with pytest.raises(InstanceNotFound):
            holds.instance("michael", web.id)
        with pytest.raises(SandboxNotFound):
            holds.sandbox("michael", "s1")

    heaven.store.run(look)


def test_what_is_counted_is_what_is_there(heaven: HeavenlyCloud, client: Client) -> None:
    made = [create(client, size="large") for _ in range(3)]
    client.delete_instance(made[0].id)
    used = holdings(heaven)
    assert (used["counted instances"], used["vcpus"], used["names"]) == (2 * 2, 2 * (4 + 4), 2)


networks = st.builds(
    lambda prefix, place: IPv4Network(((place << (32 - prefix)) & 0xFFFFFFFF, prefix)),
    st.integers(2, 12),
    st.integers(0, 4095),
)
MANY = replace(load_data().accounts["gabriel"], sandboxes=1000)


@given(st.lists(networks, max_size=20))
def test_a_network_is_refused_exactly_when_it_overlaps_another(asked: list[IPv4Network]) -> None:
    def look(records: Records) -> None:
        holds, kept = Holdings(records, load_data(), lasts=False, rng=random.Random(1), own=7), list[Sandbox]()
        for number, network in enumerate(asked):
            sandbox = Sandbox(f"s{number}", "gabriel", "narnia", str(network))
            if any(network.overlaps(IPv4Network(other.cidr)) for other in kept):
                with pytest.raises(NetworkOverlap, match=str(network)):
                    holds.add_sandbox(MANY, sandbox)
            else:
                holds.add_sandbox(MANY, sandbox)
                kept.append(sandbox)
        for sandbox in kept:
            holds.remove_sandbox(sandbox)
        assert {row[0] for row in records.everything()} <= {"usage"}

    MemoryStore().run(look)


def test_what_a_process_that_has_ended_had_in_memory_is_told_with_the_remedy() -> None:
    before = HeavenlyCloud().login("gabriel", "halo", "narnia")
    web = create(before)
    before.prepare_network("s1", "10.0.3.0/24")
    subnet = before.prepare_subnet("s1", "10.0.3.0/24")
    after = HeavenlyCloud().login("gabriel", "halo", "narnia")
    with pytest.raises(InstanceForgotten, match="process that has ended.*deploy the App again.*'Cloud Store'"):
        after.power_on(web.id)
    with pytest.raises(SubnetForgotten, match="set the sandbox up again"):
        create(after, sandbox="s1", nics=(NicRequest(subnet.id),))
    for unknown in ("vm-x", "4217", ""):
        with pytest.raises(InstanceNotFound, match=f"'{unknown}' was not found in the cloud$"):
            after.power_on(unknown)


def test_what_was_deleted_is_just_not_there(client: Client) -> None:
    web = create(client)
    client.delete_instance(web.id)
    with pytest.raises(InstanceNotFound) as caught:
        client.power_on(web.id)
    assert type(caught.value) is InstanceNotFound
    client.prepare_network("s1", "10.0.3.0/24")
    subnet = client.prepare_subnet("s1", "10.0.3.0/24")
    client.cleanup_sandbox("s1")
    with pytest.raises(SubnetNotFound) as refused:
        create(client, sandbox="s1", nics=(NicRequest(subnet.id),))
    assert type(refused.value) is SubnetNotFound


def test_a_seed_says_what_is_drawn() -> None:
    def drawn(seed: int) -> list[str]:
        client = new_heaven(Clock()).login("gabriel", "halo", "narnia") if seed == 1 else None
        client = client or HeavenlyCloud(seed=seed).login("gabriel", "halo", "narnia")
        return [client.new_instance_id() for _ in range(20)]

    assert drawn(1) == drawn(1)
    assert not set(drawn(1)) & set(drawn(2))
    assert len(set(drawn(1))) == 20


def test_nothing_of_a_sandbox_is_left_in_the_records(heaven: HeavenlyCloud, client: Client) -> None:
    before = {row[:3] for row in held(heaven).rows}
    client.prepare_network("s1", "10.0.3.0/24")
    subnet = client.prepare_subnet("s1", "10.0.3.0/28")
    for _ in range(3):
        web = create(client, sandbox="s1", nics=(NicRequest(subnet.id, address="10.0.3.9"),))
        client.delete_instance(web.id)
    client.cleanup_sandbox("s1")
    left = {row[:3] for row in held(heaven).rows} - before
    assert {(kind, owner) for kind, owner, _ in left} <= {
        ("pool", "macs"), ("number", "macs"), ("queue", "macs"),
        *(("usage", owner) for owner in ("account gabriel", "region narnia")),
    }  # fmt: skip
