"""How a driver is inspected, unpacked and imported. What a failed import says is in execution/test_driver_process.py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.execution import execution_server
from cloudshell_local.execution.execution_server import ExecutionServer
from cloudshell_local.execution.interpreters import Interpreters
from cloudshell_local.services.commands.drivers import DriverInspector, ImportCheck, UnpackedDrivers, unpack
from cloudshell_local.settings import Settings
from cloudshell_local.shells.catalog import Catalog, driver_archive
from cloudshell_local.shells.definition import read_definition
from cloudshell_local.storage.data_folder import DataFolder, open_data_folder
from tests.cloudshell_local.instant_python import instant_python
from tests.cloudshell_local.toy import DRIVER, METADATA, package, without_l3


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


@pytest.fixture
def other_python(tmp_path: Path) -> DriverInspector:
    """Inspects with another interpreter than the server's, in a process of its own."""
    return DriverInspector(Interpreters(instant_python(tmp_path)))


def test_a_driver_is_inspected_by_the_interpreter_that_it_will_run_on(other_python: DriverInspector) -> None:
    sources: dict[str, str | bytes | None] = {"driver.py": "import sys\n" + DRIVER, "old.py": "print 1"}
    assert read_definition(package(driver=sources), inspect_driver=other_python) == read_definition(
        package(driver=sources)
    )
    with pytest.raises(InvalidPackage, match=r"driver.py, line 1: invalid driver"):
        read_definition(package(driver={"driver.py": "x ="}), inspect_driver=other_python)


def test_an_interpreter_that_cannot_inspect_is_a_problem(tmp_path: Path) -> None:
    python = Path(instant_python(tmp_path))
    python.write_text(python.read_text().replace("-m pip ", "-I ").replace(") ;;", ") echo no memory >&2; exit 1 ;;"))
    with pytest.raises(InvalidPackage, match="could not read the code: no memory"):
        read_definition(package(), inspect_driver=DriverInspector(Interpreters(str(python))))


def test_a_python_that_is_not_there_refuses_the_shell_but_not_one_that_is_installed(
    data: DataFolder, catalog: Catalog
) -> None:
    wanting = package(driver={"drivermetadata.xml": METADATA.replace('"3"', '"3.99"')})
    inspector = DriverInspector(Interpreters())
    with pytest.raises(InvalidPackage, match="drivermetadata.xml: PythonVersion '3.99': there is no Python 3.99"):
        Catalog(data.store, data.shells, inspect_driver=inspector).update("Toy", wanting, "admin")
    catalog.update("Toy", wanting, "admin")  # This catalog asks no interpreter: as if it was there then.
    assert Catalog(data.store, data.shells, inspect_driver=inspector).shell("Toy").driver.commands["echo"]


def test_an_import_that_hangs_during_an_install_is_given_up_and_no_problem_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(execution_server, "CHECK_SECONDS", 0.2)
    settings = Settings(tmp_path / "environments", python=instant_python(tmp_path))
    server = ExecutionServer(settings, tmp_path / "logs", lambda: nullcontext("token"))
    hanging = package(driver={"driver.py": "import time\ntime.sleep(60)\n" + DRIVER})
    made = tmp_path / "made"
    unpack(driver_archive(hanging, read_definition(hanging)), made)
    server.environments.ensure(made)
    assert ImportCheck(tmp_path, server)(hanging, read_definition(hanging)) is None
    server.close()
    assert "The driver of Toy is slow to load: its first command tells if it can be" in caplog.text
