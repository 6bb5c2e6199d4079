from __future__ import annotations

from types import SimpleNamespace

import pytest

from cloudshell_local.testing import SandboxApp
from heavenly_cloud import FaultRule, InstanceState
from operations import power
from shell.errors import CommandError
from tests.fakes import ShellHarness, contents_of, data_with, new_heaven

OPERATIONS = {"on": power.power_on, "off": power.power_off}


def run(harness: ShellHarness, which: str, vm_id: str) -> None:
    app = harness.app()
    app.resource_name, app.vm_id = "web-1", vm_id
    with harness.remote(app) as command:
        OPERATIONS[which](command)


def test_power_is_what_was_asked_and_the_icon_shows_it(harness: ShellHarness) -> None:
    app = harness.app()
    vm_id = harness.deployed(app)["vmUuid"]
    for which, state, icon in (
        ("on", InstanceState.ON, "Online"),
        ("on", InstanceState.ON, "Online"),
        ("off", InstanceState.OFF, "Offline"),
    ):
        run(harness, which, vm_id)
        assert contents_of(harness.heaven).instances[vm_id].state is state
        assert harness.api.named("SetResourceLiveStatus")[-1][:2] == ("web-1", icon)


@pytest.mark.parametrize("which", ["on", "off"])
def test_an_unknown_vm_is_an_error_and_no_icon_changes(harness: ShellHarness, which: str) -> None:
    with pytest.raises(CommandError, match="'vm-x' was not found"):
        run(harness, which, "vm-x")
    assert harness.api.named("SetResourceLiveStatus") == []


def test_an_icon_that_cannot_be_set_is_no_reason_to_fail(harness: ShellHarness) -> None:
    vm_id = harness.deployed(harness.app())["vmUuid"]
    harness.api.fails = "SetResourceLiveStatus"
    run(harness, "on", vm_id)
    assert contents_of(harness.heaven).instances[vm_id].state is InstanceState.ON


def test_a_power_cycle_is_off_then_the_delay_then_on(harness: ShellHarness) -> None:
    app = harness.app()
    harness.deployed(app)
    run(harness, "on", app.vm_id)
    during: list[InstanceState] = []
    harness.clock.on_sleep = lambda: during.append(contents_of(harness.heaven).instances[app.vm_id].state)
    with harness.remote(app) as command:
        power.power_cycle(command, "10")
    assert set(during) == {InstanceState.OFF}
    assert harness.clock.time == pytest.approx(10)
    assert contents_of(harness.heaven).instances[app.vm_id].state is InstanceState.ON


@pytest.mark.parametrize("delay", ["soon", "-1", "nan", "inf"])
def test_a_wrong_delay_is_named_before_anything_is_powered_off(harness: ShellHarness, delay: str) -> None:
    app = harness.app()
    harness.deployed(app)
    run(harness, "on", app.vm_id)
    with pytest.raises(CommandError, match=f"'delay' is '{delay}'"), harness.remote(app) as command:
        power.power_cycle(command, delay)
    assert contents_of(harness.heaven).instances[app.vm_id].state is InstanceState.ON


def test_stop_during_the_delay_says_that_the_vm_is_off(harness: ShellHarness) -> None:
    app, cancellation = harness.app(), SimpleNamespace(is_cancelled=False)
    harness.deployed(app)
    run(harness, "on", app.vm_id)
    harness.clock.on_sleep = lambda: setattr(cancellation, "is_cancelled", True)
    with (
        pytest.raises(CommandError, match="^The command was cancelled; the VM is powered off$"),
        harness.remote(app, cancellation) as command,
    ):
        power.power_cycle(command, "60")
    assert contents_of(harness.heaven).instances[app.vm_id].state is InstanceState.OFF


def slow(harness: ShellHarness, seconds: float = 30) -> SandboxApp:
    harness.heaven.config = data_with(start_seconds=seconds, stop_seconds=seconds)
    app = harness.app()
    harness.deployed(app)
    return app


def statuses(harness: ShellHarness) -> list[str]:
    return [call[1] for call in harness.api.named("SetResourceLiveStatus")]


def last_status(harness: ShellHarness) -> tuple[str, ...]:
    return harness.api.named("SetResourceLiveStatus")[-1][1:]


@pytest.mark.parametrize(("which", "state"), [("on", InstanceState.ON), ("off", InstanceState.OFF)])
def test_it_waits_until_the_vm_is_there_and_shows_how_far_it_is(
    harness: ShellHarness, which: str, state: InstanceState
) -> None:
    app = slow(harness)
    if which == "off":
        run(harness, "on", app.vm_id)
    harness.api.calls.clear()
    began = harness.clock.time
    run(harness, which, app.vm_id)
    assert 30 <= harness.clock.time - began < 31
    assert statuses(harness)[0] == "Progress 0"
    assert "Progress 50" in statuses(harness)
    assert statuses(harness)[-1] == ("Online" if which == "on" else "Offline")
    with harness.remote(app) as command:
        assert command.cloud.get_instance(app.vm_id).state == state.value


def test_stop_is_noticed_within_a_second_while_it_waits(harness: ShellHarness) -> None:
    app, cancellation = slow(harness), SimpleNamespace(is_cancelled=False)
    harness.clock.on_sleep = lambda: setattr(cancellation, "is_cancelled", harness.clock.time > 5)
    with (
        pytest.raises(CommandError, match="cancelled; the VM itself goes on"),
        harness.remote(app, cancellation) as command,
    ):
        power.power_on(command)
    assert harness.clock.time < 6


def test_what_never_ends_is_told_by_its_name(harness: ShellHarness) -> None:
    app = slow(harness, 1e9)
    with pytest.raises(CommandError, match=f"'{app.resource_name}' was still starting after 1800 seconds"):
        run(harness, "on", app.vm_id)
    assert 1800 <= harness.clock.time < 1801


def test_a_vm_that_is_being_stopped_is_powered_on_afterwards(harness: ShellHarness) -> None:
    app = slow(harness)
    run(harness, "on", app.vm_id)
    with harness.remote(app) as command:
        command.cloud.power_off(app.vm_id)
    began = harness.clock.time
    run(harness, "on", app.vm_id)
    assert 60 <= harness.clock.time - began < 62
    assert last_status(harness) == ("Online", "Active")


def test_a_vm_that_is_being_built_is_powered_on_afterwards(harness: ShellHarness) -> None:
    harness.use(new_heaven(harness.clock, data_with(build_seconds=30)))
    run(harness, "on", harness.created())
    assert 30 <= harness.clock.time < 31
    assert last_status(harness) == ("Online", "Active")


def test_a_step_that_the_cloud_refuses_for_good_is_an_error(harness: ShellHarness) -> None:
    app = harness.app()
    harness.deployed(app)
    harness.heaven.faults.add(FaultRule("power_on", error="IllegalStep"))
    with pytest.raises(CommandError, match="IllegalStep"):
        run(harness, "on", app.vm_id)
    assert last_status(harness) == ("Offline", "Powered off")


def test_after_stop_the_icon_shows_the_state_of_the_vm_and_not_the_progress(harness: ShellHarness) -> None:
    app, cancellation = slow(harness), SimpleNamespace(is_cancelled=False)
    harness.clock.on_sleep = lambda: setattr(cancellation, "is_cancelled", harness.clock.time > 5)
    with pytest.raises(CommandError, match="cancelled"), harness.remote(app, cancellation) as command:
        power.power_on(command)
    assert last_status(harness) == ("Online", "Starting")
    harness.clock.time += 60
    harness.clock.on_sleep = lambda: setattr(cancellation, "is_cancelled", True)
    cancellation.is_cancelled = False
    with pytest.raises(CommandError, match="cancelled"), harness.remote(app, cancellation) as command:
        power.power_off(command)
    assert last_status(harness) == ("Offline", "Stopping")


def test_when_the_cloud_does_not_say_how_the_vm_is_the_icon_says_so(harness: ShellHarness) -> None:
    app = harness.app()
    harness.deployed(app)
    harness.heaven.faults.add(FaultRule("*", error="CloudUnavailable"))
    with pytest.raises(CommandError, match="CloudUnavailable"):
        run(harness, "on", app.vm_id)
    status, info = last_status(harness)
    assert status == "Error"
    assert info.startswith("Its state is not known: The cloud failed get_instance")


def test_after_a_time_out_the_icon_shows_the_state_of_the_vm(harness: ShellHarness) -> None:
    app = slow(harness, 1e9)
    with pytest.raises(CommandError, match="still starting"):
        run(harness, "on", app.vm_id)
    assert last_status(harness) == ("Online", "Starting")
