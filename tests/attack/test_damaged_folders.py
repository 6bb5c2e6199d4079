"""Data folders that are damaged: the server names the file and says what to do, or goes on without one bad record."""

from __future__ import annotations

import logging
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from cloudshell_local import CloudShellLocal
from cloudshell_local.cli import main
from cloudshell_local.errors import LocalError
from cloudshell_local.storage.data_folder import open_data_folder
from cloudshell_local.storage.model import Resource
from cloudshell_local.storage.passwords import NEW_KEY
from tests.cloudshell_local.portal.portal_client import PortalClient
from tests.cloudshell_local.test_data_folders import FIXTURES
from tests.cloudshell_local.toy import own_address

Damage = Callable[[Path], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with two shells, resources, blueprints and sandboxes."""
    return shutil.copytree(FIXTURES / "data-1", tmp_path / "data")


def served(folder: Path) -> str:
    """Return what `serve` says about a folder that it cannot use."""
    result = CliRunner().invoke(main, ["serve", "--host", own_address(), "--data", str(folder)])
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), "any other exception is a traceback"
    return re.sub(r"\s+", " ", result.output)


def execute(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "cloudshell.db", isolation_level=None)) as connection:
        connection.execute(statement)


def replace(path: Path, content: bytes | None = None) -> None:
    """Replace a file or folder by a file; by a folder, if there is no content."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)


def truncate(folder: Path) -> None:
    content = (folder / "cloudshell.db").read_bytes()
    (folder / "cloudshell.db").write_bytes(content[: len(content) // 2])


def delete_shell(folder: Path) -> None:
    next((folder / "shells").glob("*.zip")).unlink()


def damage_shell(folder: Path) -> None:
    next((folder / "shells").glob("*.zip")).write_bytes(b"PK")


def damage_key(content: bytes) -> Damage:
    return lambda folder: (folder / "password.key").write_bytes(content)


def file_for(name: str) -> Damage:
    return lambda folder: replace(folder / name, b"")


def folder_for(name: str) -> Damage:
    return lambda folder: replace(folder / name)


DAMAGES: dict[str, tuple[Damage, str]] = {
    "garbage for records": (
        lambda folder: (folder / "cloudshell.db").write_bytes(b"no database " * 100),
        r"cloudshell.db cannot be read as the records of a server: file is not a database; put back a copy",
    ),
    "records cut off": (truncate, r"cloudshell.db cannot be read as the records .*move this file away"),
    "records that are a folder": (folder_for("cloudshell.db"), r"cloudshell.db cannot be used .*see that"),
    "a lost key": (
        lambda folder: (folder / "password.key").unlink(),
        r"password.key, the key .* is missing; put it back",
    ),
    "an empty key": (damage_key(b""), r"password.key has no key .*; put it back"),
    "a key cut off": (damage_key(b"aGFsbw=="), r"password.key has no key"),
    "a key that is a folder": (folder_for("password.key"), r"cannot be used \(Is a directory: .*password.key"),
    "lost shells": (
        lambda folder: shutil.rmtree(folder / "shells"),
        r"Toy-.*\.zip, the package .* 'Toy', cannot be read",
    ),
    "a lost shell": (
        delete_shell,
        r"\.zip, the package .*No such file or directory\); put the zip of this shell there",
    ),
    "a damaged shell": (damage_shell, r"\.zip, the package .*it is no zip file.*; put the zip of this shell there"),
    "shells that are a file": (file_for("shells"), r"shells should be a folder; move the file"),
    "drivers that are a file": (file_for("drivers"), r"drivers should be a folder; move the file"),
    "a lock that is a folder": (folder_for("lock"), r"cannot be used \(Is a directory: .*lock\); see that"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_folder_gets_one_sentence_with_the_file_and_what_to_do(folder: Path, name: str) -> None:
    damage, sentence = DAMAGES[name]
    damage(folder)
    before = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    said = served(folder)
    assert re.search(rf"^Error: .*{folder}.*{sentence}|^Error: {folder}/\S*{sentence}", said), said
    assert set(before) <= {path.relative_to(folder) for path in folder.rglob("*")}, "nothing was deleted"


def test_a_folder_that_cannot_be_made_gets_one_sentence() -> None:
    said = served(Path("/proc/nowhere/data"))
    assert "The data folder /proc/nowhere/data cannot be used (No such file or directory" in said
    assert "take another (--data)" in said


def test_an_address_of_ip_version_6_is_refused_as_such() -> None:
    result = CliRunner().invoke(main, ["serve", "--host", "::1"])
    assert (result.exit_code, "should be an IPv4 address" in re.sub(r"\s+", " ", result.output)) == (2, True)
    with pytest.raises(LocalError, match="The address '::1' should be an IPv4 address of this machine"):
        CloudShellLocal("::1").__enter__()


def test_a_new_key_is_made_as_the_sentence_says(folder: Path) -> None:
    (folder / "password.key").unlink()
    assert f"{NEW_KEY} > {folder / 'password.key'}" in served(folder)
    with open_data_folder(folder.parent / "other") as other:
        shutil.copy(other.path / "password.key", folder / "password.key")
    with open_data_folder(folder) as data:
        assert data.passwords.find(data.store.resources.get("toys").attributes["Toy.Password"]) is None


def test_a_folder_without_passwords_gets_a_new_key(tmp_path: Path) -> None:
    with open_data_folder(tmp_path) as data:
        data.store.resources.add("r", Resource("r", "f", "m", "", {"User": "u"}))
    (tmp_path / "password.key").unlink()
    with open_data_folder(tmp_path) as data:
        assert data.passwords.decrypt(data.passwords.encrypt("halo")) == "halo"


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What the server logs as errors."""
    with caplog.at_level(logging.ERROR):
        yield caplog


def test_files_of_others_in_the_folders_are_left_alone(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "drivers").mkdir()
    strays = [folder / part / ".DS_Store" for part in ("drivers", "shells", ".")]
    for stray in strays:
        stray.write_text("of a desktop")
    (folder / "drivers" / "Gone-123").mkdir()
    with CloudShellLocal(data=folder) as cloudshell:
        assert [shell.name for shell in cloudshell.services.catalog] == ["Toy", "Toy3"]
    assert all(stray.exists() for stray in strays)
    assert "could not be deleted" not in caplog.text
    assert not (folder / "drivers" / "Gone-123").exists(), "a driver of a shell that is gone is no file of others"


def test_each_kind_of_record_that_cannot_be_read_is_named_and_set_aside(
    folder: Path, log: pytest.LogCaptureFixture
) -> None:
    with CloudShellLocal(data=folder):
        pass  # The folder is of the newest format now.
    kinds = ["user", "resource", "App template", "blueprint", "sandbox", "pool item", "shell"]
    for kind in kinds:
        one = f"(SELECT min(rowid) FROM records WHERE kind = '{kind}')"
        execute(folder, f"""UPDATE records SET body = '{{"name": 5}}' WHERE rowid = {one}""")
    with CloudShellLocal(data=folder) as cloudshell:
        store = cloudshell.services.store
        named = {each.kind for each in store.all_set_aside()} - {"sandbox's part"}
        assert named == set(kinds)
        for kind in kinds:
            assert f"cloudshell.db: the {kind} '" in log.text
        assert "Input should be a valid string" in log.text
        client = PortalClient(cloudshell)
        for path in pages(cloudshell):
            # What belongs to a shell that was set aside may be refused with a sentence.
            assert client.get(path).status_code in ((200, 404) if path.count("/") > 1 else (200,)), path
        left = [each.id for each in store.sandboxes]
    log.clear()
    with CloudShellLocal(data=folder) as cloudshell:
        assert log.text == "", "they were set aside once"
        assert [each.id for each in cloudshell.services.store.sandboxes] == left


def pages(cloudshell: CloudShellLocal) -> list[str]:
    """Return the addresses of the pages that show records."""
    store = cloudshell.services.store
    return [
        *("/sandboxes", "/blueprints", "/inventory", "/apps", "/shells", "/executions"),
        *(f"/inventory/{each.name}" for each in store.resources),
        *(f"/blueprints/{each.name}" for each in store.blueprints),
        *(f"/apps/{each.app.name}" for each in store.templates),
        *(f"/sandboxes/{each.id}" for each in store.sandboxes),
    ]
