"""Each way in which a step of a teardown goes wrong. What a driver does to it is in attack/test_endings.py."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cloudshell_local.errors import LocalError
from cloudshell_local.orchestration.runner import ScriptResult
from cloudshell_local.services.sandboxes.teardown import TERMINATED, Teardowns
from cloudshell_local.storage.model import Sandbox, SandboxNetwork
from tests.cloudshell_local.toy import until


class World:
    """All that a teardown works on, in which each step is noted, and fails or waits as a test wants."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.errors: dict[str, Exception] = {}
        self.holding = threading.Event()
        self.go_on = threading.Event()
        self.held = ""
        self.sandbox = Sandbox("s", "Mine", "admin", "", "", has_teardown=True, networks={"p": SandboxNetwork("")})
        self.vlans = self.subnets = self
        self.teardowns = Teardowns(self, self, self, self.run_script)  # type: ignore[arg-type]

    def step(self, name: str) -> None:
        self.done.append(name)
        if name == self.held:
            self.holding.set()
            self.go_on.wait(20)
        if name in self.errors:
            raise self.errors[name]

    def get(self, _: str) -> Sandbox:
        return self.sandbox

    def post(self, _: str, text: str) -> None:
        self.step("post")

    @contextmanager
    def ended(self, _: str, is_cut_short: Callable[[], bool]) -> Iterator[None]:
        self.step("wait for deploys")
        yield

    def run_script(self, script: str, _: str) -> ScriptResult:
        self.step(script)
        return ScriptResult(0, "", "")

    def disconnect(self, *_: Any) -> None:
        self.step("disconnect")

    def apps_to_delete(self, _: str) -> list[str]:
        return ["Web"]

    def sweep(self, _: str, names: list[str], goes_on: Callable[[], bool]) -> None:
        if goes_on():
            self.step("delete")

    def cleanup(self, _: str) -> None:
        self.step("clean up")

    def run(self) -> list[str]:
        return self.teardowns.run("s", lambda _: self.step("begin"))


ALL = ["begin", "wait for deploys", "teardown", "disconnect", "post", "delete", "clean up"]


def test_a_teardown_does_all_steps_and_has_no_problem() -> None:
    world = World()
    assert (world.run(), world.done) == ([], ALL)


@pytest.mark.parametrize("step", ["begin", "teardown", "disconnect", "delete", "clean up"])
@pytest.mark.parametrize("error", [LocalError("no bricks"), OSError("no bricks"), UnicodeError("no bricks")])
def test_after_an_error_the_other_steps_are_done_and_it_is_told(step: str, error: Exception) -> None:
    world = World()
    world.errors[step] = error
    (problem,) = world.run()
    assert "no bricks" in problem
    assert world.done == ALL


@pytest.mark.parametrize("step", ["begin", "teardown", "disconnect", "delete", "clean up"])
def test_what_cannot_be_written_is_to_be_done_again_and_the_other_steps_are_done(step: str) -> None:
    world = World()
    world.errors[step] = sqlite3.OperationalError("database or disk is full")
    with pytest.raises(sqlite3.OperationalError):
        world.run()
    assert world.done == ALL


def test_an_error_while_deploys_are_waited_for_ends_the_teardown() -> None:
    world = World()
    world.errors["wait for deploys"] = MemoryError("no bricks")
    assert world.run() == ["no bricks"]


@pytest.mark.parametrize("step", ALL)
def test_a_teardown_that_is_cut_short_is_over_at_once_and_begins_nothing_more(step: str) -> None:
    world = World()
    world.held = step
    found = list[str]()
    running = threading.Thread(target=lambda: found.extend(world.run()))
    running.start()
    assert world.holding.wait(20)
    world.teardowns.cut_short("s")
    running.join(20)
    assert found == [TERMINATED]
    begun = list(world.done)
    world.go_on.set()
    until(lambda: "teardown s" not in [each.name for each in threading.enumerate()])
    assert world.done == begun + (["wait for deploys"] if step == "begin" else [])
    world.teardowns.cut_short("s")


def test_a_server_that_ends_waits_for_the_step_that_runs_but_not_for_ever() -> None:
    world = World()
    world.held = "disconnect"
    running = threading.Thread(target=world.run)
    running.start()
    assert world.holding.wait(20)
    world.teardowns.close(0)
    running.join(20)
    assert not running.is_alive()
    world.go_on.set()
    until(lambda: "teardown s" not in [each.name for each in threading.enumerate()])
    assert world.done[-1] == "disconnect"
    world.done.clear()
    assert (world.run(), world.done) == ([], ["wait for deploys"])
