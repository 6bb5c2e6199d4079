"""A full disk at any moment: no sandbox stays for ever, no VM is left, and the threads go on.

A disk that is really full needs a file system of its own, and so an administrator; here SQLite says what it says then.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from cloudshell_local.services.background import Task
from cloudshell_local.services.sandboxes import lifecycle
from cloudshell_local.storage.model import Sandbox
from cloudshell_local.storage.store import Store
from tests.cloudshell_local.toy import Toy, until

# More than the writes of a sandbox that comes, has an App deployed, is used and is ended.
WRITES = 40


class FullDisk:
    """A disk on which the writes of a store fail, from the one with a number on, so many times."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self._write = store.write
        self.first, self.times, self.count = 0, 0, 0
        monkeypatch.setattr(store, "write", self.write)

    def fill(self, first: int = 0, times: int = 1_000_000) -> None:
        self.first, self.times, self.count = first, times, 0

    @property
    def failed(self) -> int:
        return min(max(self.count - self.first, 0), self.times)

    def write(self, *arguments: str) -> None:
        self.count += 1
        if self.first < self.count <= self.first + self.times:
            raise sqlite3.OperationalError("database or disk is full")
        self._write(*arguments)


@pytest.fixture
def toy(shared: Toy) -> Toy:
    return shared


@pytest.fixture
def disk(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> FullDisk:
    monkeypatch.setattr(lifecycle, "RETRY_SECONDS", 0)
    disk = FullDisk(toy.services.store, monkeypatch)
    disk.fill(0, 0)
    return disk


def reserve(toy: Toy) -> Sandbox:
    made = toy.services.sandboxes.create("s", "admin", 60)
    toy.services.sandboxes.add_app(made.id, toy.services.blueprints.new_app("Web"))
    return toy.services.sandboxes.get(made.id)


def expire(toy: Toy, sandbox: Sandbox) -> None:
    with toy.services.sandboxes.changing(sandbox.id) as changed:
        changed.end = "2020-01-01T00:00:00"


def is_clean(toy: Toy) -> bool:
    names = [each.name for each in toy.services.store.resources]
    return toy.left()["vms"] == [] and names == [toy.provider.name]


def deploy(toy: Toy, sandbox: Sandbox) -> None:
    (deployed,) = toy.services.deployment.deploy(sandbox.id, ["Web"])
    if deployed.resource:
        toy.services.commands.run_on_app(deployed.resource, "PowerOn", sandbox)
        toy.services.deployment.refresh(sandbox.id, [deployed.resource.name])


@pytest.mark.parametrize("times", [1, 3])
def test_whichever_write_fails_the_sandbox_can_be_ended_and_nothing_is_left(
    toy: Toy, disk: FullDisk, times: int
) -> None:
    failed = 0
    for first in range(0, WRITES, times):
        sandbox = reserve(toy)
        disk.fill(first, times)
        with suppress(sqlite3.OperationalError):
            deploy(toy, sandbox)
        toy.services.lifecycle.end(sandbox.id)
        until(lambda sandbox=sandbox: toy.cloudshell.sandbox(sandbox).is_over)  # type: ignore[misc]
        toy.services.lifecycle.wait(sandbox.id)
        failed += disk.failed
        disk.fill(0, 0)
        assert is_clean(toy), first
    assert failed > 20


def test_a_sandbox_that_is_ended_on_a_full_disk_is_over_when_there_is_space_again(toy: Toy, disk: FullDisk) -> None:
    sandbox = reserve(toy)
    deploy(toy, sandbox)
    disk.fill()
    toy.services.lifecycle.end(sandbox.id)
    until(lambda: disk.failed > 20)
    assert not toy.cloudshell.sandbox(sandbox).is_over
    assert toy.left()["vms"] == [], "what cannot be written is done all the same"
    disk.fill(0, 0)
    until(lambda: toy.cloudshell.sandbox(sandbox).is_over)
    assert is_clean(toy)


def test_sandboxes_end_at_their_time_after_the_disk_was_full(toy: Toy, disk: FullDisk) -> None:
    first = reserve(toy)
    deploy(toy, first)
    expire(toy, first)
    disk.fill()
    until(lambda: disk.failed > 20)
    disk.fill(0, 0)
    second = reserve(toy)
    expire(toy, second)
    for sandbox in (first, second):
        until(lambda sandbox=sandbox: toy.cloudshell.sandbox(sandbox).is_over)  # type: ignore[misc]
    assert "sandbox clock" in [each.name for each in threading.enumerate()]
    assert is_clean(toy)


def test_a_setup_whose_end_cannot_be_written_is_not_under_way_for_ever(
    toy: Toy, disk: FullDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        disk.fill()
        raise OSError("No space left on device")

    sandbox = reserve(toy)
    monkeypatch.setattr(toy.services.lifecycle, "_run", fail)
    toy.services.lifecycle.set_up(sandbox.id)
    until(lambda: disk.failed > 5)
    disk.fill(0, 0)
    until(lambda: toy.cloudshell.sandbox(sandbox).state == "Active (with Error)")
    assert toy.cloudshell.end(sandbox).state == "Completed"


def test_commands_are_answered_and_tasks_end_on_a_full_disk(toy: Toy, disk: FullDisk) -> None:
    disk.fill()
    assert toy.left()["vms"] == []

    def post(text: str) -> None:
        toy.services.store.write("", text)

    def fail() -> None:
        raise OSError("No space left on device")

    toy.services.background.start(Task("1", "Work"), fail, post)
    toy.services.background.close()
    assert toy.services.background.running("1") == []


def steps() -> Iterator[Callable[[Toy], object]]:
    yield lambda toy: toy.services.sandboxes.create("s", "admin", 60)
    yield lambda toy: toy.cloudshell.create_resource("Toy", "another", discover=False)
    yield lambda toy: toy.services.inventory.set_address(toy.provider.name, "elsewhere")


@pytest.mark.parametrize("step", list(steps()))
def test_what_cannot_be_written_is_refused_and_changes_nothing(
    toy: Toy, disk: FullDisk, step: Callable[[Toy], object]
) -> None:
    before = list(toy.services.store.resources), list(toy.services.store.sandboxes)
    disk.fill()
    with pytest.raises(sqlite3.OperationalError):
        step(toy)
    assert (list(toy.services.store.resources), list(toy.services.store.sandboxes)) == before
