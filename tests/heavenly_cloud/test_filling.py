from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from heavenly_cloud import HeavenData, HeavenlyCloud, MemoryStore, State, Store, errors, load_data
from heavenly_cloud.data import SHIPPED_DATA, Filling, parse_data
from tests.fakes import create, held, holdings


def filled(**filling: Any) -> HeavenData:
    return replace(load_data(), filling=Filling(**filling))


def test_names_tell_where_each_thing_is(store: Store) -> None:
    heaven = HeavenlyCloud(filled(instances=7, sandboxes=4), store=store, seed=7)
    holds = held(heaven)
    assert sorted(holds.sandboxes) == ["avalon.s2", "eden.s1", "narnia.s0", "narnia.s3"]
    by_name = {web.name: web for web in holds.instances.values()}
    assert sorted(by_name) == [
        "avalon.s2.angel2", "avalon.s2.angel6", "eden.s1.man1", "eden.s1.man5", "narnia.s0.angel0", "narnia.s0.angel4",
        "narnia.s3.man3",
    ]  # fmt: skip
    web = by_name["eden.s1.man5"]
    assert (web.region, web.sandbox, web.state, web.address) == ("eden", "eden.s1", State.ON, "10.0.1.3")
    client = heaven.login("gabriel", "halo", "eden")
    assert client.get_instance(web.id) == web
    assert create(client).name.startswith("web-")


def test_without_sandboxes_the_instances_are_in_the_regions() -> None:
    heaven = HeavenlyCloud(filled(instances=4))
    names = sorted(web.name for web in held(heaven).instances.values())
    assert names == ["avalon.angel2", "eden.man1", "narnia.angel0", "narnia.man3"]
    assert holdings(heaven)["addresses"] == 4


def test_what_comes_afterwards_has_ids_of_its_own() -> None:
    heaven = HeavenlyCloud(filled(instances=20), seed=1)
    client = heaven.login("gabriel", "halo", "narnia")
    assert not {client.new_instance_id() for _ in range(50)} & set(held(heaven).instances)
    create(client)


def test_two_with_one_seed_are_equal_and_a_reset_fills_again() -> None:
    first = HeavenlyCloud(filled(instances=5, sandboxes=2), seed=7, now=lambda: 0.0)
    second = HeavenlyCloud(filled(instances=5, sandboxes=2), seed=7, now=lambda: 0.0)
    assert first.snapshot() == second.snapshot()
    first.login("gabriel", "halo", "narnia").prepare_network("s1", "192.168.0.0/24")
    first.reset()
    assert first.snapshot() == second.snapshot()


def test_a_store_is_filled_once(store: Store) -> None:
    for _ in range(2):
        heaven = HeavenlyCloud(filled(instances=3), store=store)
    assert len(held(heaven).instances) == 3


@pytest.mark.parametrize(
    ("filling", "error"),
    [({"instances": 20_000}, errors.QuotaExceeded), ({"sandboxes": 1001}, errors.QuotaExceeded),
     ({"sandboxes": 70_000}, errors.InvalidData)],
)  # fmt: skip
def test_more_than_there_is_room_for_is_told_and_nothing_is_made(
    filling: dict[str, int], error: type[Exception]
) -> None:
    store = MemoryStore()
    with pytest.raises(error):
        HeavenlyCloud(filled(**filling), store=store)
    assert store.run(lambda records: records.everything()) == []


def test_it_stands_in_the_data_file_with_the_weather() -> None:
    raw = json.loads(SHIPPED_DATA.read_text())
    raw["filling"] = {"instances": 2}
    raw["weather"] = [{"operation": "power_on", "error": "NoCapacity"}]
    heaven = HeavenlyCloud(parse_data(raw))
    (web, _) = held(heaven).instances.values()
    with pytest.raises(errors.NoCapacity):
        heaven.login("gabriel", "halo", web.region).power_on(web.id)
    for wrong, says in (
        ({"instances": -1}, "filling.instances"),
        ({"moons": 1}, "moons is not known"),
        ({"account": "x"}, "no account 'x'"),
    ):
        with pytest.raises(errors.InvalidData, match=says):
            parse_data({**raw, "filling": wrong})
    with pytest.raises(errors.UnknownName, match="'fly'"):
        HeavenlyCloud(parse_data({**raw, "weather": [{"operation": "fly", "latency": 1}]}))
