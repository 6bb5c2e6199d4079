from __future__ import annotations

import random
from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heavenly_cloud import Client, HeavenlyCloud, MemoryStore, NicRequest, VirtualNetwork, load_config
from heavenly_cloud.errors import (
    InstanceForgotten,
    InstanceNotFound,
    NetworkNotFound,
    NetworkOverlap,
    SubnetForgotten,
    SubnetNotFound,
)
from heavenly_cloud.state import CloudState
from heavenly_cloud.store import Records
from tests.fakes import Clock, create, held, holdings, new_heaven


def test_an_account_finds_only_its_own_things(heaven: HeavenlyCloud, client: Client) -> None:
    web = create(client)
    client.prepare_network("s1", "10.0.3.0/24")

    def look(records: Records) -> None:
        state = heaven.state(records)
        assert state.instance("gabriel", web.id) == web
        with pytest.raises(InstanceNotFound):
            state.instance("michael", web.id)
        with pytest.raises(NetworkNotFound):
            state.network("michael", "s1")

    heaven.store.run(look)


def test_usage_counts_the_instances_that_exist(heaven: HeavenlyCloud, client: Client) -> None:
    made = [create(client, size="large") for _ in range(3)]
    client.delete_instance(made[0].id)
    used = holdings(heaven)
    assert (used["counted instances"], used["vcpus"], used["names"]) == (2 * 2, 2 * (4 + 4), 2)


networks = st.builds(
    lambda prefix, place: IPv4Network(((place << (32 - prefix)) & 0xFFFFFFFF, prefix)),
    st.integers(2, 12),
    st.integers(0, 4095),
)
MANY = replace(load_config().accounts["gabriel"], networks=1000)


@given(st.lists(networks, max_size=20))
def test_a_network_is_refused_exactly_when_it_overlaps_another(asked: list[IPv4Network]) -> None:
    def look(records: Records) -> None:
        state = CloudState(records, load_config(), is_persistent=False, rng=random.Random(1), cloud_id=7)
        added: list[VirtualNetwork] = []
        for number, cidr in enumerate(asked):
            network = VirtualNetwork(f"s{number}", "gabriel", "narnia", str(cidr))
            if any(cidr.overlaps(IPv4Network(other.cidr)) for other in added):
                with pytest.raises(NetworkOverlap, match=str(cidr)):
                    state.add_network(MANY, network)
            else:
                state.add_network(MANY, network)
                added.append(network)
        for network in added:
            state.remove_network(network)
        assert {row[0] for row in records.everything()} <= {"usage"}

    MemoryStore().run(look)


def test_a_thing_that_was_in_the_memory_of_an_ended_process_is_refused_with_the_remedy() -> None:
    before = HeavenlyCloud().login("gabriel", "halo", "narnia")
    web = create(before)
    before.prepare_network("s1", "10.0.3.0/24")
    subnet = before.prepare_subnet("s1", "10.0.3.0/24")
    after = HeavenlyCloud().login("gabriel", "halo", "narnia")
    with pytest.raises(
        InstanceForgotten,
        match=f"VM '{web.id}' was in the memory of a process that has ended.*keep the cloud in a store$",
    ) as forgotten:
        after.power_on(web.id)
    assert forgotten.value.facts == {"id": web.id}, "a caller can say more about it"
    with pytest.raises(
        SubnetForgotten, match=f"subnet '{subnet.id}' was in the memory of a process that has ended.*in a store$"
    ):
        create(after, tag="s1", nics=(NicRequest(subnet.id),))
    for unknown in ("vm-x", "4217", ""):
        with pytest.raises(InstanceNotFound, match=f"'{unknown}' was not found in the cloud$"):
            after.power_on(unknown)


def test_a_deleted_thing_is_not_found(client: Client) -> None:
    web = create(client)
    client.delete_instance(web.id)
    with pytest.raises(InstanceNotFound) as caught:
        client.power_on(web.id)
    assert type(caught.value) is InstanceNotFound
    client.prepare_network("s1", "10.0.3.0/24")
    subnet = client.prepare_subnet("s1", "10.0.3.0/24")
    client.delete_network("s1")
    with pytest.raises(SubnetNotFound) as refused:
        create(client, tag="s1", nics=(NicRequest(subnet.id),))
    assert type(refused.value) is SubnetNotFound


def test_the_seed_determines_the_ids() -> None:
    def drawn(seed: int) -> list[str]:
        client = new_heaven(Clock()).login("gabriel", "halo", "narnia") if seed == 1 else None
        client = client or HeavenlyCloud(seed=seed).login("gabriel", "halo", "narnia")
        return [client.new_instance_id() for _ in range(20)]

    assert drawn(1) == drawn(1)
    assert not set(drawn(1)) & set(drawn(2))
    assert len(set(drawn(1))) == 20


def test_a_deleted_network_leaves_nothing_in_the_records(heaven: HeavenlyCloud, client: Client) -> None:
    before = {row[:3] for row in held(heaven).rows}
    client.prepare_network("s1", "10.0.3.0/24")
    subnet = client.prepare_subnet("s1", "10.0.3.0/28")
    for _ in range(3):
        web = create(client, tag="s1", nics=(NicRequest(subnet.id, address="10.0.3.9"),))
        client.delete_instance(web.id)
    client.delete_network("s1")
    left = {row[:3] for row in held(heaven).rows} - before
    assert {(kind, owner) for kind, owner, _ in left} <= {
        ("pool", "macs"), ("number", "macs"), ("queue", "macs"),
        *(("usage", owner) for owner in ("account gabriel", "region narnia")),
    }  # fmt: skip
