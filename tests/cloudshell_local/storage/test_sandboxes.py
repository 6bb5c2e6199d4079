"""How sandboxes are stored. What all records have in common is tested in test_store.py."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local.storage import parts
from cloudshell_local.storage.model import App, Connector, DeploymentPath, Sandbox, SandboxNetwork, Service
from cloudshell_local.storage.parts import Parts
from cloudshell_local.storage.store import Store
from tests.cloudshell_local.conftest import OpenStore


def app(name: str) -> App:
    return App(name, "a", "Generic App Model", {"User": "u"}, [DeploymentPath("p", "Toy.Brick", "heaven", {})])


def sandbox(number: int) -> Sandbox:
    """Return a sandbox with so many parts of each kind."""
    made = Sandbox("1", "s", "admin", "2026-01-01T10:00:00", "2026-01-01T12:00:00")
    keys = [str(each) for each in range(number)]
    made.apps, made.services = Parts(app(key) for key in keys), Parts(Service(f"v{key}", "Subnet", {}) for key in keys)
    made.connectors = Parts(Connector(key, f"v{key}", id=key) for key in keys)
    made.resources, made.vlans = {f"r{key}": (1.5, 2) for key in keys}, {f"v{key}": key for key in keys}
    made.networks = {"heaven": SandboxNetwork("10.0.0.0/24")}
    return made


def deploy(draft: Sandbox, key: str) -> None:
    found = draft.apps.get(key)
    if found:
        draft.apps.remove(found)
        draft.resources[f"vm {key}"] = (0, 0)


def add(draft: Sandbox, key: str) -> None:
    if not draft.apps.has(f"new {key}"):
        draft.apps.append(app(f"new {key}"))
        draft.connectors.append(Connector(key, f"new {key}", id=f"new {key}"))


def change_many(draft: Sandbox, key: str) -> None:
    for each in draft.services:
        each.attributes["VLAN ID"] = key
    draft.networks["heaven"].access_key = key


def connect(draft: Sandbox, key: str) -> None:
    for each in draft.connectors.where(lambda line: line.id == key):
        each.state = "Connected"
        draft.vlans[key] = "7"


def rename(draft: Sandbox, key: str) -> None:
    for each in draft.services.where(lambda service: service.alias == f"v{key}"):
        each.alias = f"renamed {key}"


def clear(draft: Sandbox, key: str) -> None:
    draft.stage, draft.resources, draft.vlans = key, {}, {}
    draft.connectors = Parts(each for each in draft.connectors if each.id != key)


def release(draft: Sandbox, key: str) -> None:
    draft.vlans.pop(f"v{key}", None)


CHANGES = [deploy, add, change_many, connect, rename, clear, release]


@given(st.lists(st.tuples(st.sampled_from(CHANGES), st.sampled_from("0123")), max_size=12))
def test_a_sandbox_is_the_same_after_any_changes_and_a_restart(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[Callable[[Sandbox, str], None], str]]
) -> None:
    file = tmp_path_factory.mktemp("store") / "db"
    plain = sandbox(3)
    with closing(Store(file)) as store:
        store.sandboxes.put("1", sandbox(3))
        for change, key in changes:
            before = store.sandboxes.get("1")
            as_it_was = parts.copied(before)
            with store.sandboxes.changing("1") as draft:
                change(draft, key)
            change(plain, key)
            plain.settle()
            assert before == as_it_was, "what was read before does not change"
            assert store.sandboxes.get("1") == plain
    with closing(Store(file)) as again:
        assert again.sandboxes.get("1") == plain


def written_and_copied(store: Store, monkeypatch: pytest.MonkeyPatch, change: Callable[[Sandbox], None]) -> list[str]:
    """Return the statements that a change executes, and what it copies."""
    found = list[str]()
    copied = parts.copied

    def copy(value: object) -> object:
        found.append(f"copy {type(value).__name__}")
        return copied(value)

    store._connection.set_trace_callback(found.append)
    with monkeypatch.context() as patch:
        patch.setattr(parts, "copied", copy)
        with store.sandboxes.changing("1") as draft:
            change(draft)
    store._connection.set_trace_callback(None)
    return [" ".join(each.split()[:3]) for each in found]


@pytest.mark.parametrize("number", [10, 1000])
def test_a_change_writes_and_copies_what_changes_and_not_what_the_sandbox_holds(
    monkeypatch: pytest.MonkeyPatch, number: int, store: Store
) -> None:
    store.sandboxes.put("1", sandbox(number))
    assert written_and_copied(store, monkeypatch, lambda draft: add(draft, "5")) == [
        "BEGIN IMMEDIATE", "INSERT INTO sandbox_parts", "INSERT INTO sandbox_parts", "COMMIT"
    ]  # fmt: skip
    assert written_and_copied(store, monkeypatch, lambda draft: deploy(draft, "5")) == [
        "copy App", "BEGIN IMMEDIATE", "DELETE FROM sandbox_parts", "INSERT INTO sandbox_parts", "COMMIT"
    ]  # fmt: skip
    assert written_and_copied(store, monkeypatch, lambda draft: connect(draft, "5")) == [
        "copy Connector", "BEGIN IMMEDIATE", "INSERT INTO sandbox_parts", "INSERT INTO sandbox_parts", "COMMIT"
    ]  # fmt: skip
    assert written_and_copied(store, monkeypatch, lambda draft: setattr(draft, "stage", "Ready")) == [
        "BEGIN IMMEDIATE", "INSERT INTO records", "COMMIT"
    ]  # fmt: skip


def test_a_change_that_cannot_be_written_as_a_whole_is_not_made(
    tmp_path: Path, store: Store, open_store: OpenStore
) -> None:
    store.sandboxes.put("1", sandbox(2))
    write, written = store.write, list[str]()

    def fail_at_the_second(statement: str, *values: str) -> None:
        if written:
            raise OSError("the disk is full")
        written.append(statement)
        write(statement, *values)

    store.write = fail_at_the_second  # type: ignore[method-assign]
    with pytest.raises(OSError, match="the disk is full"), store.sandboxes.changing("1") as draft:
        add(draft, "1")
    assert store.sandboxes.get("1") == sandbox(2)
    store.write = write  # type: ignore[method-assign]
    store.close()
    assert open_store(tmp_path / "db").sandboxes.get("1") == sandbox(2)


def test_a_process_that_is_killed_leaves_no_half_of_a_change(
    tmp_path: Path, store: Store, open_store: OpenStore
) -> None:
    store.sandboxes.put("1", sandbox(2))
    store.close()
    code = (
        "import os, sys; from pathlib import Path; from cloudshell_local.storage.store import Store\n"
        "from cloudshell_local.storage.model import Connector, Service\n"
        "store = Store(Path(sys.argv[1])); write = store.write\n"
        "def killed(statement, *values):\n"
        "    write(statement, *values)\n"
        "    if 'connectors' in values: os.kill(os.getpid(), 9)\n"
        "store.write = killed\n"
        "with store.sandboxes.changing('1') as draft:\n"
        "    draft.services.append(Service('v', 'Subnet', {})); draft.connectors.append(Connector('0', 'v'))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "db")], env={**os.environ}, check=False)
    assert done.returncode == -9
    assert open_store(tmp_path / "db").sandboxes.get("1") == sandbox(2)


def test_a_deleted_sandbox_leaves_nothing(store: Store) -> None:
    store.sandboxes.put("1", sandbox(2))
    store.sandboxes.remove("1")
    store.sandboxes.remove("1")
    assert store.read("SELECT * FROM sandbox_parts") == store.read("SELECT * FROM records") == []
    assert list(store.sandboxes) == []
