"""With Quali's own orchestration. What it does when something fails is in end_to_end/test_failures.py."""

from __future__ import annotations

import re
import threading
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path

import pytest

from cloudshell_local import CloudShellLocal
from cloudshell_local.errors import LocalError, NotFound, WrongCall
from cloudshell_local.services.sandboxes import lifecycle
from cloudshell_local.services.sandboxes.lifecycle import ENDING
from cloudshell_local.storage.model import Blueprint, Sandbox
from cloudshell_local.storage.parts import Parts
from tests.cloudshell_local.toy import Toy, until

pytestmark = pytest.mark.slow


@pytest.fixture
def blueprint(toy: Toy) -> str:
    toy.app("Web")
    toy.cloudshell.add_blueprint("B", ["Web"])
    return "B"


def texts(toy: Toy, sandbox: object) -> str:
    return "\n".join(message.text for message in toy.cloudshell.feed(sandbox))  # type: ignore[arg-type]


def test_a_sandbox_is_set_up_used_and_torn_down(toy: Toy, blueprint: str) -> None:
    sandbox = toy.cloudshell.reserve(blueprint, "Mine", minutes=5)
    assert (sandbox.state, sandbox.status, sandbox.provisioning, sandbox.stage) == (
        "Active",
        "Started",
        "Ready",
        "Ended",
    )
    assert len(toy.left()["vms"]) == 1
    ended = toy.cloudshell.end(sandbox)
    assert (ended.state, ended.status, ended.resources) == ("Completed", "Completed", {})
    assert toy.left()["vms"] == []
    assert "Sandbox setup finished successfully" in texts(toy, sandbox)
    assert "Sandbox teardown finished successfully" in texts(toy, sandbox)


def test_all_sandboxes_are_ended_or_named(toy: Toy, blueprint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = toy.services.lifecycle.reserve(blueprint, "Mine", "admin", 60, set_up=False)
    toy.services.deployment.deploy(sandbox.id, ["Web"])
    go_on = occupied(toy.cloudshell, sandbox)
    monkeypatch.setattr(lifecycle, "END_SECONDS", 0)
    (problem,) = toy.services.lifecycle.end_all()
    assert problem.startswith(
        "The sandbox 'Mine' could not be ended: its end took more than 0 seconds. It may have left"
    )
    assert re.search(r"left: Web-\S+ \(VM vm-1-\w+\)$", problem)
    monkeypatch.setattr(lifecycle, "END_SECONDS", 60)
    go_on.set()
    assert toy.services.lifecycle.end_all() == []
    assert toy.cloudshell.sandbox(sandbox).is_over
    assert toy.left()["vms"] == []


def test_a_sandbox_is_ended_once(toy: Toy, blueprint: str) -> None:
    sandbox = toy.cloudshell.reserve(blueprint)
    toy.cloudshell.end(sandbox)
    with pytest.raises(WrongCall, match="has ended"):
        toy.cloudshell.end(sandbox)
    with pytest.raises(NotFound):
        toy.cloudshell.reserve("C")


def occupied(server: CloudShellLocal, sandbox: Sandbox) -> threading.Event:
    """Start work in a sandbox, which ends when the event is set."""
    go_on = threading.Event()

    def work(_: str) -> None:
        go_on.wait(20)

    server.services.lifecycle._start(sandbox.id, work)
    return go_on


def test_a_sandbox_that_is_ended_twice_at_once_has_one_teardown(server: CloudShellLocal) -> None:
    sandbox = server.services.lifecycle.reserve_empty("Plain", "admin", 5)
    go_on = occupied(server, sandbox)
    for _ in range(2):
        server.services.lifecycle.end(sandbox.id)
    go_on.set()
    assert server.services.lifecycle.wait(sandbox.id).is_over
    assert [message.text for message in server.feed(sandbox)].count("The sandbox is over: Completed") == 1


def test_a_sandbox_whose_time_is_over_ends_after_what_runs_in_it(server: CloudShellLocal) -> None:
    sandbox = server.services.lifecycle.reserve_empty("Plain", "admin", 5)
    go_on = occupied(server, sandbox)
    with server.services.sandboxes.changing(sandbox.id) as changed:
        changed.end = "2020-01-01T00:00:00"
    server.services.lifecycle._end_expired()
    assert "The sandbox's time is over" not in [message.text for message in server.feed(sandbox)]
    go_on.set()
    until(lambda: server.sandbox(sandbox).is_over)
    assert [message.text for message in server.feed(sandbox)].count("The sandbox's time is over") == 1


def test_the_end_cancels_what_a_setup_runs_and_says_at_once_that_it_will_end(toy: Toy, blueprint: str) -> None:
    toy.fail(Deploy={"wait": 30})
    sandbox = toy.cloudshell.reserve(blueprint, wait=False)
    assert sandbox.state == "Setup"
    with pytest.raises(WrongCall, match="is in its setup"):
        toy.services.lifecycle.set_up(sandbox.id)
    until(lambda: "Deploy" in [each.command for each in toy.cloudshell.executions() if each.call])
    toy.cloudshell.end(sandbox, wait=False)
    toy.cloudshell.end(sandbox, wait=False)
    assert texts(toy, sandbox).count(ENDING) == 1
    assert toy.services.lifecycle.wait(sandbox.id).state == "Completed"
    feed = texts(toy, sandbox)
    moments = [ENDING, "it was cancelled", "The setup has ended before it was complete", "Beginning sandbox teardown"]
    assert sorted(moments, key=feed.index) == moments
    assert toy.left()["vms"] == []


def test_the_end_waits_for_what_cannot_be_cancelled_and_cancels_what_comes_then(toy: Toy, blueprint: str) -> None:
    toy.fail(PowerOn={"wait": 0.3}, remote_refresh_ip={"wait": 30})
    sandbox = toy.cloudshell.reserve(blueprint, wait=False)
    until(lambda: "PowerOn" in [each.command for each in toy.cloudshell.executions() if each.call])
    assert toy.cloudshell.end(sandbox).state == "Completed"
    states = {each.command: each.state for each in toy.cloudshell.executions()}
    assert (states["PowerOn"], states["remote_refresh_ip"]) == ("Completed", "Stopped")
    assert toy.left()["vms"] == []


def test_a_sandbox_whose_time_is_over_is_torn_down(toy: Toy, blueprint: str) -> None:
    sandbox = toy.cloudshell.reserve(blueprint)
    with toy.services.sandboxes.changing(sandbox.id) as changed:
        changed.end = "2020-01-01T00:00:00"
    until(lambda: toy.cloudshell.sandbox(sandbox).is_over)
    assert "The sandbox's time is over" in texts(toy, sandbox)
    assert toy.left()["vms"] == []


def test_a_clock_that_is_set_back_ends_no_sandbox_early_or_twice(
    server: CloudShellLocal, monkeypatch: pytest.MonkeyPatch
) -> None:
    class SetClock(datetime):
        moment = datetime.now(timezone.utc)

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> SetClock:
            return cls.fromtimestamp(cls.moment.timestamp(), tz)

    server.services.lifecycle._clock.close()  # Else it would look, too, at the same moments.
    monkeypatch.setattr(lifecycle, "datetime", SetClock)
    sandbox = server.services.lifecycle.reserve_empty("Plain", "admin", 5)
    for minutes, is_over in ((4, False), (-24 * 60, False), (6, True), (-24 * 60, True), (6, True)):
        SetClock.moment = datetime.now(timezone.utc) + timedelta(minutes=minutes)
        server.services.lifecycle._end_expired()
        assert server.services.lifecycle.wait(sandbox.id).is_over is is_over
    over = [message.text for message in server.feed(sandbox) if "time is over" in message.text]
    assert len(over) == 1


def test_a_sandbox_without_orchestration_is_active_at_once_and_leaves_nothing(toy: Toy, blueprint: str) -> None:
    sandbox = toy.services.lifecycle.reserve_empty("Plain", "admin", 5)
    assert (sandbox.state, sandbox.provisioning) == ("Active", "Not Run")
    toy.services.sandboxes.add_app(sandbox.id, toy.services.blueprints.new_app("Web"))
    toy.services.deployment.deploy(sandbox.id, ["Web"])
    assert toy.cloudshell.end(sandbox).state == "Completed"
    assert toy.left()["vms"] == []


def test_a_duration_of_nothing_turns_the_scripts_off(toy: Toy, blueprint: str) -> None:
    app = toy.services.blueprints.new_app("Web")
    toy.services.blueprints.add_blueprint(Blueprint("Bare", apps=Parts([app]), setup_minutes=0, teardown_minutes=0))
    sandbox = toy.cloudshell.reserve("Bare")
    assert sandbox.provisioning == "Not Run"
    toy.cloudshell.end(sandbox)
    assert "Beginning sandbox" not in texts(toy, sandbox)


def test_an_app_without_auto_delete_stays_in_inventory(toy: Toy) -> None:
    toy.app("Web", **{"Auto Delete": "False"})
    toy.cloudshell.add_blueprint("B", ["Web"])
    sandbox = toy.cloudshell.reserve("B")
    (app,) = toy.cloudshell.deployed(sandbox).values()
    toy.calls()
    assert toy.cloudshell.end(sandbox).state == "Completed"
    assert toy.commands() == ["PowerOff"]
    assert toy.services.store.resources.get(app.name).live_status[0] == "Offline"


def test_what_the_teardown_could_not_disconnect_is_disconnected_afterwards(toy: Toy) -> None:
    toy.app("Web", **{"Auto Delete": "False"})  # The VM stays, so deleting it does not take it off the VLAN.
    toy.cloudshell.add_blueprint("B", ["Web"], {"Net": ("VLAN Auto", {})}, [("Web", "Net")])
    sandbox = toy.cloudshell.reserve("B")
    toy.calls()
    toy.fail(ApplyConnectivityChanges={"refuse": "busy", "times": 1})
    assert toy.cloudshell.end(sandbox).state == "Completed"
    removals = [request["driverRequest"]["actions"] for command, request in toy.calls() if "Connectivity" in command]
    assert [[action["type"] for action in actions] for actions in removals] == [["removeVlan"], ["removeVlan"]]
    assert "busy" in texts(toy, sandbox)


def test_a_network_that_the_teardown_could_not_clean_up_is_cleaned_up_afterwards(l3_toy: Toy) -> None:
    l3_toy.app("Web")
    l3_toy.cloudshell.add_blueprint("B", ["Web"])
    sandbox = l3_toy.cloudshell.reserve("B")
    assert l3_toy.left()["networks"] == [sandbox.id]
    l3_toy.fail(CleanupSandboxInfra={"refuse": "busy", "times": 1})
    assert l3_toy.cloudshell.end(sandbox).state == "Completed (with Error)"
    assert l3_toy.left() == {"vms": [], "networks": [], "pid": l3_toy.left()["pid"]}


def test_setup_can_be_run_as_a_command_and_fails_as_one(toy: Toy, blueprint: str) -> None:
    sandbox = toy.cloudshell.reserve(blueprint)
    toy.services.lifecycle.run_script(sandbox.id, "Setup")
    toy.services.sandboxes.add_app(sandbox.id, toy.services.blueprints.new_app("Web"))
    toy.fail(Deploy={"refuse": "no bricks"})
    with pytest.raises(LocalError, match="Script runner exited with exit code: 255' error. .*no bricks"):
        toy.services.lifecycle.run_script(sandbox.id, "Setup")
    with pytest.raises(WrongCall, match="it has: Setup, Teardown"):
        toy.services.lifecycle.run_script(sandbox.id, "Dance")


def test_a_teardown_can_be_terminated_and_leaves_what_it_had_not_deleted(toy: Toy, blueprint: str) -> None:
    sandbox = toy.cloudshell.reserve(blueprint)
    with pytest.raises(WrongCall, match="is not in its teardown, so that it cannot be terminated; end it"):
        toy.services.lifecycle.terminate(sandbox.id)
    (name,) = sandbox.resources
    toy.fail(DeleteInstance={"wait": 60})
    toy.calls()
    toy.services.lifecycle.end(sandbox.id)
    until(lambda: "DeleteInstance" in toy.commands())
    toy.cloudshell.session().TerminateReservation(sandbox.id)
    ended = toy.services.lifecycle.wait(sandbox.id)
    toy.services.commands.end_driver(toy.provider)
    assert (ended.state, toy.commands()) == ("Completed (with Error)", [])
    assert "The teardown was terminated. What it had not deleted yet is left" in texts(toy, sandbox)
    assert name in toy.services.store.resources
    with pytest.raises(WrongCall, match="has ended"):
        toy.services.lifecycle.terminate(sandbox.id)


def test_a_server_that_was_ended_mid_setup_says_so_and_the_sandbox_can_be_ended(tmp_path: Path) -> None:
    with CloudShellLocal(data=tmp_path / "data") as cloudshell:
        control = tmp_path / "control"
        control.mkdir()
        toy = Toy.on(cloudshell, control)
        toy.app("Web")
        cloudshell.add_blueprint("B", ["Web"])
        toy.fail(PowerOn={"wait": 30})
        sandbox = cloudshell.reserve("B", wait=False)
        until(lambda: "PowerOn" in toy.commands())
    with CloudShellLocal(data=tmp_path / "data") as cloudshell:
        toy = Toy(cloudshell, toy.provider, control)
        toy.fail()
        assert cloudshell.sandbox(sandbox).state == "Active (with Error)"
        assert "The server was ended during this sandbox's setup" in texts(toy, sandbox)
        assert list(cloudshell.deployed(sandbox)) == ["Web"]
        assert cloudshell.end(sandbox).state == "Completed"
