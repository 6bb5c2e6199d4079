from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, Callable

import pytest

from heavenly_cloud import HeavenlyCloud, load_config
from heavenly_cloud.config import DEFAULT_CONFIG, encryption_key, hash_password, parse_config
from heavenly_cloud.errors import InvalidData

Change = Callable[[dict[str, Any]], object]
SHIPPED = json.loads(DEFAULT_CONFIG.read_text())


def test_the_configuration_that_ships_has_the_names_in_the_guide() -> None:
    config = load_config()
    assert list(config.regions) == ["narnia", "eden", "avalon", "sun"]
    assert not config.regions["sun"].deployable
    assert list(config.images) == ["centos", "ubuntu", "windows"]
    assert list(config.sizes) == ["small", "medium", "large"]
    assert encryption_key("halo", config.accounts["gabriel"].password_hash)


def test_the_file_has_no_password_in_clear() -> None:
    assert "halo" not in DEFAULT_CONFIG.read_text()
    assert hash_password("halo") != hash_password("halo")
    assert encryption_key("horns", hash_password("halo")) is None


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda config: config.pop("images"), "images is missing"),
        (lambda config: config.update(moons=[]), "moons is not known"),
        (lambda config: config.update(sizes=[]), "sizes: it should be a list"),
        (lambda config: config["sizes"].append(config["sizes"][0]), r"sizes\[3\]: the name 'small' stands twice"),
        (lambda config: config["sizes"][0].update(vcpus="one"), r"sizes\[0\].vcpus: it should be of type int"),
        (lambda config: config["sizes"][0].update(vcpus=True), r"sizes\[0\].vcpus: it should be of type int"),
        (
            lambda config: config["sizes"][0].update(vcpus=-1),
            r"sizes\[0\].vcpus: it should be a number that is not below 0",
        ),
        (lambda config: config["sizes"].append(7), r"sizes\[3\]: it should be an object"),
        (lambda config: config["accounts"][0].update(password_hash="halo"), "account 'gabriel', password_hash"),
        (lambda config: config["regions"][0].update(public_network="here"), "region 'narnia', public_network"),
        (lambda config: config.update(filling={"instances": 1}), "the top: filling is now called sample_data"),
        (lambda config: config.update(weather=[]), "the top: weather is now called fault_rules"),
        (
            lambda config: config["accounts"][0].update(sandboxes=config["accounts"][0].pop("networks")),
            r"accounts\[0\]: sandboxes is now called networks; rename the key",
        ),
        (lambda config: config.update(sample_data={"sandboxes": 1}), "sample_data: sandboxes is now called networks"),
        (lambda config: config.update(sandboxes=1), "the top: sandboxes is not known"),
    ],
)
def test_a_mistake_in_the_configuration_is_named_with_its_place(change: Change, where: str) -> None:
    config = copy.deepcopy(SHIPPED)
    change(config)
    with pytest.raises(InvalidData, match=where):
        parse_config(config)


def test_another_file_can_be_used_instead_of_the_one_that_ships(tmp_path: Path) -> None:
    config = copy.deepcopy(SHIPPED)
    config["regions"][0]["name"] = "nirvana"
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps(config))
    assert HeavenlyCloud(load_config(mine)).login("gabriel", "halo", "nirvana").region.name == "nirvana"


def test_a_file_that_is_not_json_is_named() -> None:
    with pytest.raises(InvalidData, match="nowhere.json"):
        load_config(Path("nowhere.json"))
