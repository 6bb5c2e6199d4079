from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cloudshell_local.errors import LocalError
from cloudshell_local.storage.data_folder import open_data_folder
from cloudshell_local.storage.model import Resource


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with open_data_folder(tmp_path / "some" / "where") as data:
        assert stat.S_IMODE(data.path.stat().st_mode) == 0o700
        assert {data.shells, data.drivers} <= set(data.path.iterdir())
        assert data.logs.parent == data.path
        assert rights_of_others(data.path) == set()


def rights_of_others(folder: Path) -> set[str]:
    """Return the names of what others than the owner may read, write or enter."""
    return {path.name for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077}


def older_folder(path: Path) -> Path:
    """Return a data folder as an older server left it: readable by all."""
    with open_data_folder(path) as data:
        (data.shells / "Toy.zip").write_bytes(b"a package")
        (data.logs / "toys").mkdir()
        (data.logs / "toys" / "driver.out").touch()
        program = data.drivers / "program"
        program.touch()
        program.chmod(0o755)
    for each in (path, *path.rglob("*")):
        each.chmod(each.stat().st_mode | 0o055)
    return path


def test_an_older_folder_is_its_owners_alone_when_it_is_opened(tmp_path: Path) -> None:
    path = older_folder(tmp_path / "data")
    assert {"data", "cloudshell.db", "password.key", "toys", "driver.out", "Toy.zip", "logs"} < rights_of_others(path)
    with open_data_folder(path) as data:
        assert rights_of_others(path) == set()
        assert stat.S_IMODE((data.drivers / "program").stat().st_mode) == 0o700


def test_a_folder_that_others_use_keeps_its_mode_and_what_they_have_there(tmp_path: Path) -> None:
    path = older_folder(tmp_path / "data")
    (path / "shells" / "elsewhere").symlink_to(tmp_path / "theirs")
    for theirs in (path / "theirs", tmp_path / "theirs"):
        theirs.write_text("theirs")
        theirs.chmod(0o644)
    with open_data_folder(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o755
        assert rights_of_others(path) == {"data", "theirs", "elsewhere"}


def test_records_and_passwords_are_there_when_it_is_opened_again(tmp_path: Path) -> None:
    with open_data_folder(tmp_path) as data:
        data.store.resources.add("r", Resource("r", "f", "m", "", {"Password": data.passwords.encrypt("halo")}))
    with open_data_folder(tmp_path) as data:
        assert data.passwords.decrypt(data.store.resources.get("r").attributes["Password"]) == "halo"


def test_one_server_uses_it_at_a_time(tmp_path: Path) -> None:
    with open_data_folder(tmp_path):
        with pytest.raises(LocalError, match=f"The data folder {tmp_path} is in use by another server; end it"):
            with open_data_folder(tmp_path):
                pass
    with open_data_folder(tmp_path):
        pass
