"""Formats of the file. Those that are refused are tested in test_store.py, a whole data folder in test_data_folders.py."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cloudshell_local.storage import formats
from cloudshell_local.storage.store import Store

FORMAT_1 = Path(__file__).parent.parent / "fixtures" / "data-1" / "cloudshell.db"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A copy of the file that version 1.0.0 wrote."""
    shutil.copy(FORMAT_1, tmp_path / "db")
    return tmp_path / "db"


def sandboxes(file: Path) -> dict[str, dict[str, Any]]:
    """Return the records of the sandboxes as they stand in a file of format 1."""
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT key, body FROM records WHERE kind = 'sandbox' ORDER BY rowid").fetchall()
    return {key: json.loads(body) for key, body in rows}


def version(file: Path) -> Any:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def test_sandboxes_of_the_first_format_are_migrated_once(file: Path) -> None:
    before = sandboxes(file)
    assert any(each["apps"] or each["resources"] for each in before.values())
    for _ in range(2):
        with closing(Store(file)) as store:
            assert [each.id for each in store.sandboxes] == list(before)
            for key, record in before.items():
                found = store.sandboxes.get(key)
                assert list(found.resources) == list(record["resources"])
                assert [each.alias for each in found.services] == [each["alias"] for each in record["services"]]
                assert [each.id for each in found.connectors] == [each["id"] for each in record["connectors"]]
                assert found.vlans == record["vlans"]
        assert version(file) == formats.VERSION
    assert all("connectors" not in record for record in sandboxes(file).values())


def test_a_migration_that_is_interrupted_leaves_the_file_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sandboxes(file)
    with monkeypatch.context() as patch:
        patch.setattr(formats, "VERSION", "nothing that SQLite takes as a number;")
        patch.setattr(formats, "require_format", lambda *_: 1)
        with pytest.raises(sqlite3.Error):
            Store(file)
    assert str(file) not in opened_files(), "the next server may open it"
    assert (sandboxes(file), version(file)) == (before, 1)
    with closing(Store(file)) as store:
        assert [each.id for each in store.sandboxes] == list(before)


def opened_files() -> set[str]:
    files = [
        file for file in Path("/proc/self/fd").iterdir() if file.is_symlink()
    ]  # That of the folder itself has gone.
    return {str(file.readlink()) for file in files}
