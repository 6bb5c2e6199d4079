from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, Callable

import pytest

from heavenly_cloud import HeavenlyCloud, load_data
from heavenly_cloud.data import SHIPPED_DATA, hash_password, parse_data, sealing_key
from heavenly_cloud.errors import InvalidData

Change = Callable[[dict[str, Any]], object]
SHIPPED = json.loads(SHIPPED_DATA.read_text())


def test_the_cloud_that_ships_is_the_one_that_newcomers_are_told_of() -> None:
    data = load_data()
    assert list(data.regions) == ["narnia", "eden", "avalon", "sun"]
    assert not data.regions["sun"].deployable
    assert list(data.images) == ["centos", "ubuntu", "windows"]
    assert list(data.sizes) == ["small", "medium", "large"]
    assert sealing_key("halo", data.accounts["gabriel"].password_hash)


def test_no_password_stands_in_the_file() -> None:
    assert "halo" not in SHIPPED_DATA.read_text()
    assert hash_password("halo") != hash_password("halo")
    assert sealing_key("horns", hash_password("halo")) is None


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda data: data.pop("images"), "images is missing"),
        (lambda data: data.update(moons=[]), "moons is not known"),
        (lambda data: data.update(sizes=[]), "sizes: it should be a list"),
        (lambda data: data["sizes"].append(data["sizes"][0]), r"sizes\[3\]: the name 'small' stands twice"),
        (lambda data: data["sizes"][0].update(vcpus="one"), r"sizes\[0\].vcpus: it should be of type int"),
        (lambda data: data["sizes"][0].update(vcpus=True), r"sizes\[0\].vcpus: it should be of type int"),
        (
            lambda data: data["sizes"][0].update(vcpus=-1),
            r"sizes\[0\].vcpus: it should be a number that is not below 0",
        ),
        (lambda data: data["sizes"].append(7), r"sizes\[3\]: it should be an object"),
        (lambda data: data["accounts"][0].update(password_hash="halo"), "account 'gabriel', password_hash"),
        (lambda data: data["regions"][0].update(public_network="here"), "region 'narnia', public_network"),
    ],
)
def test_a_mistake_in_the_data_is_named_with_its_place(change: Change, where: str) -> None:
    data = copy.deepcopy(SHIPPED)
    change(data)
    with pytest.raises(InvalidData, match=where):
        parse_data(data)


def test_another_file_takes_the_place_of_the_one_that_ships(tmp_path: Path) -> None:
    data = copy.deepcopy(SHIPPED)
    data["regions"][0]["name"] = "nirvana"
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps(data))
    assert HeavenlyCloud(load_data(mine)).login("gabriel", "halo", "nirvana").region.name == "nirvana"


def test_a_file_that_is_no_json_is_named() -> None:
    with pytest.raises(InvalidData, match="nowhere.json"):
        load_data(Path("nowhere.json"))
