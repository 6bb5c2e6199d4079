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
