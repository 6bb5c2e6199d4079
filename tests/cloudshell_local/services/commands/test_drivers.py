"""How a driver is unpacked and imported. What an import that fails says is in execution/test_driver_process.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudshell_local.services.commands.drivers import UnpackedDrivers
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.storage.data_folder import DataFolder, open_data_folder
from tests.cloudshell_local.toy import DRIVER, package, without_l3


@pytest.fixture
def data(tmp_path: Path) -> Iterator[DataFolder]:
    with open_data_folder(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def catalog(data: DataFolder) -> Catalog:
    found = Catalog(data.store, data.shells)
    found.add(package(), "admin")
    return found


def test_a_driver_is_unpacked_once_per_version(data: DataFolder, catalog: Catalog) -> None:
    drivers = UnpackedDrivers(data, catalog)
    folder = drivers.folder_of("Toy")
    assert {"driver.py", "drivermetadata.xml", "requirements.txt"} <= {each.name for each in folder.iterdir()}
    (folder / "mark").touch()
    assert (drivers.folder_of("Toy") / "mark").exists()
    catalog.update("Toy", package(driver={"driver.py": without_l3(DRIVER) + "# another version\n"}), "admin")
    assert drivers.folder_of("Toy") != folder
    assert not list(data.drivers.glob("*.part"))


def test_a_driver_without_requirements_has_an_empty_file_of_them(data: DataFolder, catalog: Catalog) -> None:
    catalog.update("Toy", package(driver={"requirements.txt": None}), "admin")
    assert (UnpackedDrivers(data, catalog).folder_of("Toy") / "requirements.txt").read_bytes() == b""


def test_the_drivers_of_other_versions_are_deleted_when_the_server_starts(data: DataFolder, catalog: Catalog) -> None:
    current = UnpackedDrivers(data, catalog).folder_of("Toy")
    (data.drivers / "Toy-of-yesterday").mkdir()
    UnpackedDrivers(data, catalog)
    assert list(data.drivers.iterdir()) == [current]
