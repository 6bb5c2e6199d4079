from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from heavenly_cloud import CloudConfig, CloudStore, HeavenlyCloud, InstanceState, MemoryStore, errors, load_config
from heavenly_cloud.config import DEFAULT_CONFIG, SampleData, parse_config
from tests.fakes import contents_of, create, in_use


def config_with(**sample_data: Any) -> CloudConfig:
    return replace(load_config(), sample_data=SampleData(**sample_data))


def test_names_say_where_each_thing_is(store: CloudStore) -> None:
    heaven = HeavenlyCloud(config_with(instances=7, networks=4), store=store, seed=7)
    records = contents_of(heaven)
    assert sorted(records.networks) == ["avalon.net2", "eden.net1", "narnia.net0", "narnia.net3"]
    by_name = {web.name: web for web in records.instances.values()}
    assert sorted(by_name) == [
        "avalon.net2.angel2", "avalon.net2.angel6", "eden.net1.man1", "eden.net1.man5", "narnia.net0.angel0",
        "narnia.net0.angel4", "narnia.net3.man3",
    ]  # fmt: skip
    web = by_name["eden.net1.man5"]
    assert (web.region, web.tag, web.state, web.address) == ("eden", "eden.net1", InstanceState.ON, "10.0.1.3")
    client = heaven.login("gabriel", "halo", "eden")
    assert client.get_instance(web.id) == web
    assert create(client).name.startswith("web-")


def test_without_networks_the_instances_are_on_the_management_networks() -> None:
    heaven = HeavenlyCloud(config_with(instances=4))
    names = sorted(web.name for web in contents_of(heaven).instances.values())
    assert names == ["avalon.angel2", "eden.man1", "narnia.angel0", "narnia.man3"]
    assert in_use(heaven)["addresses"] == 4


def test_later_instances_have_other_ids_than_the_sample_data() -> None:
    heaven = HeavenlyCloud(config_with(instances=20), seed=1)
    client = heaven.login("gabriel", "halo", "narnia")
    assert not {client.new_instance_id() for _ in range(50)} & set(contents_of(heaven).instances)
    create(client)


def test_two_clouds_with_one_seed_are_equal_and_a_reset_populates_again() -> None:
    first = HeavenlyCloud(config_with(instances=5, networks=2), seed=7, now=lambda: 0.0)
    second = HeavenlyCloud(config_with(instances=5, networks=2), seed=7, now=lambda: 0.0)
    assert first.export() == second.export()
    first.login("gabriel", "halo", "narnia").prepare_network("s1", "192.168.0.0/24")
    first.reset()
    assert first.export() == second.export()


def test_a_store_is_populated_once(store: CloudStore) -> None:
    for _ in range(2):
        heaven = HeavenlyCloud(config_with(instances=3), store=store)
    assert len(contents_of(heaven).instances) == 3


@pytest.mark.parametrize(
    ("sample_data", "error"),
    [({"instances": 20_000}, errors.QuotaExceeded), ({"networks": 1001}, errors.QuotaExceeded),
     ({"networks": 70_000}, errors.InvalidData)],
)  # fmt: skip
def test_more_than_there_is_room_for_is_refused_and_nothing_is_created(
    sample_data: dict[str, int], error: type[Exception]
) -> None:
    store = MemoryStore()
    with pytest.raises(error):
        HeavenlyCloud(config_with(**sample_data), store=store)
    assert store.run(lambda records: records.everything()) == []


def test_the_configuration_file_has_sample_data_and_fault_rules() -> None:
    raw = json.loads(DEFAULT_CONFIG.read_text())
    raw["sample_data"] = {"instances": 2}
    raw["fault_rules"] = [{"operation": "power_on", "error": "NoCapacity"}]
    heaven = HeavenlyCloud(parse_config(raw))
    (web, _) = contents_of(heaven).instances.values()
    with pytest.raises(errors.NoCapacity):
        heaven.login("gabriel", "halo", web.region).power_on(web.id)
    for wrong, says in (
        ({"instances": -1}, "sample_data.instances"),
        ({"moons": 1}, "moons is not known"),
        ({"account": "x"}, "no account 'x'"),
    ):
        with pytest.raises(errors.InvalidData, match=says):
            parse_config({**raw, "sample_data": wrong})
    with pytest.raises(errors.InvalidFaultRules, match="rule 1.*'fly'"):
        HeavenlyCloud(parse_config({**raw, "fault_rules": [{"operation": "fly", "latency": 1}]}))
