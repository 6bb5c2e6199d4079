"""A sandbox can always be ended, whatever its script, driver, inputs or time do, and then it keeps nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cloudshell_local import CloudShellLocal
from cloudshell_local.errors import CommandStopped, DriverDied, EnvironmentFailed, LocalError, NotFound, WrongCall
from cloudshell_local.orchestration import runner
from cloudshell_local.services.sandboxes import deployment, lifecycle
from cloudshell_local.services.sandboxes.deployment import WAITING, DeploymentResult
from cloudshell_local.storage.model import Blueprint, Sandbox
from cloudshell_local.storage.parts import Parts
from tests.cloudshell_local.toy import Toy, until


@pytest.fixture
def toy(shared: Toy) -> Iterator[Toy]:
    """The toy provider of all tests here: each of them leaves nothing in the toy cloud and in Inventory."""
    yield shared
    shared.fail()
    assert shared.left()["vms"] == []
    assert [each.name for each in shared.services.store.resources] == [shared.provider.name]


@pytest.fixture
def sandbox(toy: Toy) -> Sandbox:
    """A sandbox with an App, which no orchestration touches."""
    made = toy.services.sandboxes.create("s", "admin", 60)
    toy.services.sandboxes.add_app(made.id, toy.services.blueprints.new_app("Web"))
    return toy.services.sandboxes.get(made.id)


def texts(toy: Toy, sandbox: Sandbox) -> str:
    return "\n".join(message.text for message in toy.cloudshell.feed(sandbox))


class HeldDeploy:
    """A deploy whose driver has made the VM, and whose answer comes when the test lets it."""

    def __init__(self, toy: Toy, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        self.toy = toy
        self.results = list[DeploymentResult]()
        self._run, self._is_made, self._go_on = toy.services.commands.run, threading.Event(), threading.Event()
        monkeypatch.setattr(toy.services.commands, "run", self.run)
        self._thread = threading.Thread(
            target=lambda: self.results.extend(toy.services.deployment.deploy(sandbox.id, ["Web"]))
        )
        self._thread.start()
        assert self._is_made.wait(20)

    def run(self, resource: Any, command: str, *arguments: Any, **parameters: Any) -> str | None:
        answer = self._run(resource, command, *arguments, **parameters)
        if command == "Deploy":
            self._is_made.set()
            assert self._go_on.wait(20)
        return answer

    def answer(self) -> DeploymentResult:
        self._go_on.set()
        self._thread.join(20)
        return self.results[0]


@pytest.fixture
def held(toy: Toy, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> HeldDeploy:
    return HeldDeploy(toy, sandbox, monkeypatch)


def test_a_deploy_under_way_is_stopped_by_the_end_and_leaves_nothing(toy: Toy, sandbox: Sandbox) -> None:
    toy.fail(Deploy={"wait": 60})
    results = list[DeploymentResult]()
    thread = threading.Thread(target=lambda: results.extend(toy.services.deployment.deploy(sandbox.id, ["Web"])))
    thread.start()
    until(lambda: "Deploy" in [each.command for each in toy.cloudshell.executions() if each.call])
    assert toy.cloudshell.end(sandbox).state == "Completed"
    thread.join(20)
    assert "it was cancelled" in results[0].error


def test_the_end_waits_for_a_deploy_that_cannot_be_stopped_and_deletes_its_vm(
    toy: Toy, sandbox: Sandbox, held: HeldDeploy
) -> None:
    toy.services.lifecycle.end(sandbox.id)
    until(lambda: WAITING in texts(toy, sandbox))
    assert toy.cloudshell.sandbox(sandbox).state == "Teardown"
    assert "is being ended: no App is deployed in it any more" in held.answer().error
    assert toy.services.lifecycle.wait(sandbox.id).state == "Completed"


@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_deploy_that_is_answered_after_the_end_deletes_its_vm(
    toy: Toy, sandbox: Sandbox, held: HeldDeploy, monkeypatch: pytest.MonkeyPatch, is_deleted: bool
) -> None:
    monkeypatch.setattr(deployment, "DEPLOY_SECONDS", 0)
    assert toy.cloudshell.end(sandbox).state == "Completed"
    assert len(toy.left()["vms"]) == 1
    if is_deleted:
        toy.services.sandboxes.delete(sandbox.id)
    assert ("not found" if is_deleted else "has ended") in held.answer().error


def test_a_vm_that_is_answered_after_the_end_and_cannot_be_deleted_is_in_inventory_and_can_be_deleted_there(
    toy: Toy, sandbox: Sandbox, held: HeldDeploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment, "DEPLOY_SECONDS", 0)
    assert toy.cloudshell.end(sandbox).state == "Completed"
    toy.fail(DeleteInstance={"raise": "glued"})
    held.answer()
    assert toy.cloudshell.sandbox(sandbox).state == "Completed (with Error)"
    assert "It is in Inventory as" in texts(toy, sandbox)
    (left,) = [each for each in toy.services.store.resources if each.created_in == sandbox.id]
    toy.fail()
    toy.cloudshell.session().DeleteResource(left.name)


def test_a_vm_that_cannot_be_deleted_at_once_is_deleted_by_the_sweep(
    toy: Toy, sandbox: Sandbox, held: HeldDeploy
) -> None:
    toy.fail(DeleteInstance={"raise": "glued", "times": 1})
    toy.services.lifecycle.end(sandbox.id)
    until(lambda: WAITING in texts(toy, sandbox))
    held.answer()
    assert toy.services.lifecycle.wait(sandbox.id).state == "Completed"


def test_an_app_is_not_deployed_in_a_teardown(toy: Toy, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = list[str]()

    def disconnect(*_: object) -> None:
        with pytest.raises(WrongCall) as error:
            toy.services.deployment.deploy(sandbox.id, ["Web"])
        refused.append(str(error.value))

    monkeypatch.setattr(toy.services.vlans, "disconnect", disconnect)
    assert toy.cloudshell.end(sandbox).state == "Completed"
    assert refused == ["The sandbox 's' is being ended: no App is deployed in it any more"]


def test_a_deletion_that_is_stopped_while_it_waits_is_done_all_the_same(
    toy: Toy, sandbox: Sandbox, held: HeldDeploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    with toy.services.sandboxes.changing(sandbox.id) as changed:
        changed.provisioning = "Setup"
    run_on_app = toy.services.commands.run_on_app

    def stopped(app: Any, command: str, sandbox: Sandbox | None = None) -> str | None:
        if sandbox:  # As `stop_all` does with what waits in a sandbox.
            raise CommandStopped(command)
        return run_on_app(app, command)

    monkeypatch.setattr(toy.services.commands, "run_on_app", stopped)
    toy.services.lifecycle.end(sandbox.id)
    until(lambda: WAITING in texts(toy, sandbox))
    held.answer()
    assert toy.services.lifecycle.wait(sandbox.id).state == "Completed"


class DyingDriver:
    """A driver that dies in DeleteInstance, so many times."""

    def __init__(self, toy: Toy, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
        self._run_on_app = toy.services.commands.run_on_app
        self.times, self.tries = times, 0
        monkeypatch.setattr(toy.services.commands, "run_on_app", self.run_on_app)

    def run_on_app(self, *arguments: Any) -> str | None:
        self.tries += 1
        if self.tries <= self.times:
            raise DriverDied(-9)
        return self._run_on_app(*arguments)


@pytest.mark.parametrize(("times", "state"), [(1, "Completed"), (2, "Completed (with Error)")])
def test_a_driver_that_dies_in_the_last_sweep_is_asked_once_more(
    toy: Toy, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, times: int, state: str
) -> None:
    (deployed,) = toy.services.deployment.deploy(sandbox.id, ["Web"])
    driver = DyingDriver(toy, monkeypatch, times)
    assert toy.cloudshell.end(sandbox).state == state
    assert driver.tries == 2
    if times == 2:
        assert deployed.resource
        toy.services.inventory.delete(deployed.resource.name)


def test_an_end_that_waits_for_a_driver_that_hangs_can_be_terminated(toy: Toy, sandbox: Sandbox) -> None:
    (deployed,) = toy.services.deployment.deploy(sandbox.id, ["Web"])
    toy.calls()
    toy.fail(DeleteInstance={"wait": 60})
    toy.services.lifecycle.end(sandbox.id)
    until(lambda: "DeleteInstance" in toy.commands())
    toy.services.lifecycle.terminate(sandbox.id)
    ended = toy.services.lifecycle.wait(sandbox.id)
    assert (ended.state, ended.resources) == ("Completed (with Error)", {})
    toy.services.commands.end_driver(toy.provider)
    until(lambda: f"teardown {sandbox.id}" not in [each.name for each in threading.enumerate()])
    assert toy.commands() == [], "nothing more is deleted"
    assert deployed.resource
    toy.fail()
    toy.services.inventory.delete(deployed.resource.name)


def test_a_server_can_be_ended_while_a_teardown_waits_for_a_driver_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "CLOSE_SECONDS", 0)
    with CloudShellLocal(data=tmp_path / "data") as cloudshell:
        toy = Toy.on(cloudshell, tmp_path)
        toy.app("Web")
        made = toy.services.sandboxes.create("s", "admin", 60)
        toy.services.sandboxes.add_app(made.id, toy.services.blueprints.new_app("Web"))
        toy.services.deployment.deploy(made.id, ["Web"])
        toy.fail(DeleteInstance={"wait": 60})
        toy.services.lifecycle.end(made.id)
        until(lambda: "DeleteInstance" in toy.commands())
    with CloudShellLocal(data=tmp_path / "data") as cloudshell:
        toy = Toy(cloudshell, toy.provider, tmp_path)
        toy.fail()
        assert cloudshell.sandbox(made).state == "Active (with Error)"
        assert cloudshell.end(made).state == "Completed"


def orchestrated(toy: Toy, name: str, **inputs: str) -> Sandbox:
    """Return a sandbox with a deployed App and Quali's teardown, which was not set up by Quali's setup."""
    app = toy.services.blueprints.new_app("Web")
    toy.services.blueprints.add_blueprint(Blueprint(name, apps=Parts([app])))
    sandbox = toy.services.lifecycle.reserve(name, "", "admin", 60, set_up=False)
    toy.services.deployment.deploy(sandbox.id, ["Web"])
    with toy.services.sandboxes.changing(sandbox.id) as changed:
        changed.inputs = inputs  # As an older server took them.
    return toy.services.sandboxes.get(sandbox.id)


def test_a_sandbox_with_inputs_that_no_script_can_have_is_set_up_and_ended(toy: Toy) -> None:
    sandbox = orchestrated(toy, "B", **{"a=b": "1", "Path": "nowhere", "x": "y" * 200, "nul": "\0"})
    toy.services.lifecycle.set_up(sandbox.id)
    assert toy.services.lifecycle.wait(sandbox.id).state == "Active"
    assert toy.cloudshell.end(sandbox).state == "Completed"
    assert "Sandbox teardown finished successfully" in texts(toy, sandbox)


@pytest.mark.parametrize(
    "error", [EnvironmentFailed("x", ["no network"]), OSError("no space"), ValueError("odd"), MemoryError()]
)
def test_a_script_that_cannot_be_started_keeps_no_sandbox_from_its_end(
    toy: Toy, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    sandbox = orchestrated(toy, "B")
    monkeypatch.setattr(runner, "ensure_environment", fail)
    toy.services.lifecycle.set_up(sandbox.id)
    assert toy.services.lifecycle.wait(sandbox.id).state == "Active (with Error)"
    ended = toy.cloudshell.end(sandbox)
    assert (ended.state, ended.resources) == ("Completed (with Error)", {})
    assert str(error) in texts(toy, sandbox)


def test_a_setup_whose_turn_comes_after_the_end_does_nothing(toy: Toy, sandbox: Sandbox) -> None:
    toy.cloudshell.end(sandbox)
    toy.services.lifecycle._start(sandbox.id, toy.services.lifecycle._set_up)
    assert toy.services.lifecycle.wait(sandbox.id).state == "Completed"
    toy.services.sandboxes.delete(sandbox.id)
    toy.services.lifecycle._start(sandbox.id, toy.services.lifecycle._set_up)
    with suppress(NotFound):
        toy.services.lifecycle.wait(sandbox.id)
    assert toy.services.lifecycle._unfinished == {}


def test_a_sandbox_left_in_its_setup_or_teardown_ends_at_its_time(toy: Toy, sandbox: Sandbox) -> None:
    for provisioning in ("Setup", "Teardown"):
        made = toy.services.sandboxes.create(provisioning, "admin", 60)
        with toy.services.sandboxes.changing(made.id) as changed:
            changed.provisioning, changed.end = provisioning, "2020-01-01T00:00:00"
        until(lambda made=made: toy.cloudshell.sandbox(made).is_over)  # type: ignore[misc]
    toy.cloudshell.end(sandbox)


@pytest.mark.parametrize("error", [LocalError("no"), OSError("no"), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no")])
def test_a_feed_that_cannot_be_written_keeps_no_sandbox_from_its_end(
    toy: Toy, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    toy.services.deployment.deploy(sandbox.id, ["Web"])
    monkeypatch.setattr(toy.services.store, "add_message", fail)
    assert toy.cloudshell.end(sandbox).state == "Completed"


@pytest.mark.parametrize(("service", "method"), [("vlans", "disconnect"), ("deployment", "interrupt")])
def test_a_failure_of_the_server_in_the_teardown_is_told_and_the_sandbox_ends(
    toy: Toy, sandbox: Sandbox, held: HeldDeploy, monkeypatch: pytest.MonkeyPatch, service: str, method: str
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("odd")

    monkeypatch.setattr(deployment, "DEPLOY_SECONDS", 0)
    monkeypatch.setattr(getattr(toy.services, service), method, fail)
    assert toy.cloudshell.end(sandbox).state == "Completed (with Error)"
    assert "odd" in texts(toy, sandbox)
    held.answer()
