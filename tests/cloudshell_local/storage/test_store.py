from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local.errors import AlreadyExists, LocalError, NotFound
from cloudshell_local.storage.model import (
    App,
    Connector,
    DeploymentPath,
    Message,
    Resource,
    Sandbox,
    Service,
    VmDetails,
)
from cloudshell_local.storage.parts import Parts
from cloudshell_local.storage.store import Store
from tests.cloudshell_local.conftest import OpenStore


def resource(name: str = "web") -> Resource:
    details = VmDetails("1", "vm-1", "heaven", {"auto_delete": "True"})
    return Resource(name, "Generic App Family", "Generic App Model", "10.0.0.1", {"User": "u"}, vm_details=details)


def sandbox(name: str = "s") -> Sandbox:
    path = DeploymentPath("p", "Toy.Brick", "heaven", {"Toy.Brick.Size": "1"})
    made = Sandbox("1", name, "admin", "2026-01-01T10:00:00", "2026-01-01T12:00:00")
    made.apps = Parts([App("a", "a", "Generic App Model", {"User": "u"}, [path], position=(1.5, 2))])
    made.services = Parts([Service("v", "VLAN Auto", {"VLAN ID": ""})])
    made.connectors = Parts([Connector("a", "v")])
    made.resources, made.vlans = {"web": (3, 4)}, {"v": "2"}
    return made


def test_records_are_the_same_after_a_restart(tmp_path: Path, store: Store, open_store: OpenStore) -> None:
    before = store.resources.put("web", resource())
    store.sandboxes.put("1", sandbox())
    store.close()
    again = open_store(tmp_path / "db")
    assert again.resources.get("web") == before
    stored = again.sandboxes.get("1")
    assert (stored.apps, stored.services, stored.resources, stored.vlans) == (
        sandbox().apps, sandbox().services, sandbox().resources, sandbox().vlans
    )  # fmt: skip


@given(
    st.text(st.characters(codec="utf-8")),
    st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))),
)
def test_any_text_can_be_stored(tmp_path_factory: pytest.TempPathFactory, name: str, values: dict[str, str]) -> None:
    file = tmp_path_factory.mktemp("store") / "db"
    made = Resource(name, "f", "m", "a", values)
    with closing(Store(file)) as store:
        store.resources.put(name, made)
    with closing(Store(file)) as again:
        assert again.resources.get(name) == made


def test_adding_a_taken_key_and_getting_an_unknown_one_are_errors(store: Store) -> None:
    store.resources.add("web", resource())
    with pytest.raises(AlreadyExists, match="A resource named 'web' already exists"):
        store.resources.add("web", resource())
    with pytest.raises(NotFound, match="Entity 'db' not found"):
        store.resources.get("db")
    store.resources.remove("web")
    store.resources.remove("web")
    assert "web" not in store.resources


def test_a_change_is_stored_as_a_whole_or_not_at_all(store: Store) -> None:
    store.sandboxes.put("1", sandbox("before"))
    with pytest.raises(ZeroDivisionError), store.sandboxes.changing("1") as changed:
        changed.name, changed.apps[0].name = "half", "half"
        _ = 1 / 0
    assert store.sandboxes.get("1").name == "before"
    assert store.sandboxes.get("1").apps[0].name == "a"
    with store.sandboxes.changing("1") as changed:
        changed.name = "after"
    assert store.sandboxes.get("1").name == "after"


def test_a_record_that_was_read_does_not_change(store: Store) -> None:
    store.sandboxes.put("1", sandbox("before"))
    read = store.sandboxes.get("1")
    with store.sandboxes.changing("1") as changed:
        changed.name = "after"
    assert read.name == "before"


def test_changes_of_many_threads_are_all_stored(tmp_path: Path, store: Store, open_store: OpenStore) -> None:
    store.resources.put("web", Resource("web", "f", "m", "", {}))

    def set_many(thread: int) -> None:
        for number in range(20):
            with store.resources.changing("web") as changed:
                changed.attributes[f"{thread}-{number}"] = "x"

    threads = [threading.Thread(target=set_many, args=(thread,)) for thread in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    store.close()
    assert len(open_store(tmp_path / "db").resources.get("web").attributes) == 160


def test_the_feed_is_kept_in_its_order(tmp_path: Path, store: Store, open_store: OpenStore) -> None:
    messages = [Message("t", f"line {number}") for number in range(20)]
    for message in messages:
        store.add_message("1", message)
    store.add_message("2", Message("t", "another sandbox's"))
    store.close()
    again = open_store(tmp_path / "db")
    assert again.feed("1") == messages
    again.delete_feed("1")
    assert again.feed("1") == []
    assert len(again.feed("2")) == 1


def test_what_was_written_survives_a_process_that_is_killed(tmp_path: Path, open_store: OpenStore) -> None:
    code = (
        "import os, sys; from pathlib import Path; from cloudshell_local.storage.store import Store\n"
        "from cloudshell_local.storage.model import Resource\n"
        "store = Store(Path(sys.argv[1]))\n"
        "for n in range(50): store.resources.put(str(n), Resource(str(n), 'f', 'm', '', {}))\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "db")], env={**os.environ}, check=False)
    assert done.returncode == -9
    assert len(list(open_store(tmp_path / "db").resources)) == 50


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("PRAGMA user_version = 99", r"was written by another version of this server \(format 99, not 2\)"),
        ("PRAGMA user_version = -1", r"was written by another version of this server \(format -1, not 2\)"),
        ("CREATE TABLE songs (name TEXT)", "is a database of something else, not the records of a server"),
    ],
)
def test_a_file_of_another_format_is_refused_by_name_and_left_as_it_is(
    tmp_path: Path, journal: str, statement: str, problem: str
) -> None:
    with closing(sqlite3.connect(tmp_path / "db", isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute(statement)
    before = (tmp_path / "db").read_bytes()
    with pytest.raises(LocalError, match=f"{tmp_path / 'db'} {problem}"):
        Store(tmp_path / "db")
    assert [file.name for file in tmp_path.iterdir()] == ["db"]
    assert (tmp_path / "db").read_bytes() == before


def test_a_file_that_is_no_database_is_refused_by_name_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("a shopping list, which is longer than the header of a database: " + "milk, " * 100)
    before = (tmp_path / "db").read_bytes()
    with pytest.raises(LocalError, match="db cannot be read as the records of a server: file is not a database"):
        Store(tmp_path / "db")
    assert (tmp_path / "db").read_bytes() == before
