from __future__ import annotations

from types import SimpleNamespace

import pytest

from cloudshell_local.execution.driver_host import as_context
from heavenly_cloud import FaultRule
from operations import delete, power
from shell.errors import CommandError
from tests.fakes import ShellHarness, contents_of, data_with, in_use, new_heaven


def test_a_running_vm_is_powered_off_and_gone_and_gone_is_fine(harness: ShellHarness) -> None:
    before = in_use(harness.heaven)
    app = harness.app()
    harness.deployed(app)
    with harness.remote(app) as command:
        command.cloud.power_on(app.vm_id)
        delete.delete_instance(command)
        delete.delete_instance(command)
    assert in_use(harness.heaven) == before


DURATIONS = {"build_seconds": 60, "start_seconds": 60, "stop_seconds": 60}
STEPS: dict[str, list[str]] = {"Building": [], "Starting": ["power_on"], "Stopping": ["power_on", "power_off"]}


@pytest.mark.parametrize("state", STEPS)
def test_a_vm_is_deleted_in_the_middle_of_every_step(harness: ShellHarness, state: str) -> None:
    app = harness.app()
    harness.use(new_heaven(harness.clock, data_with(**DURATIONS)))
    app.vm_id = harness.created()
    for step in STEPS[state]:
        harness.clock.time += 61
        with harness.remote(app) as remote:
            getattr(remote.cloud, step)(app.vm_id)
    with harness.remote(app) as remote:
        assert remote.cloud.get_instance(app.vm_id).state == state
        delete.delete_instance(remote)
    assert not contents_of(harness.heaven).instances


@pytest.mark.parametrize("which", ["power_on", "power_off"])
def test_a_vm_is_deleted_after_a_power_command_was_stopped(harness: ShellHarness, which: str) -> None:
    app, cancellation = harness.app(), SimpleNamespace(is_cancelled=False)
    harness.deployed(app)
    with harness.remote(app) as command:
        power.power_on(command)
    harness.heaven.config = data_with(**DURATIONS)
    if which == "power_on":
        with harness.remote(app) as command:
            power.power_off(command)
    harness.clock.on_sleep = lambda: setattr(cancellation, "is_cancelled", True)
    with pytest.raises(CommandError, match="cancelled"), harness.remote(app, cancellation) as command:
        getattr(power, which)(command)
    with harness.remote(app) as command:
        delete.delete_instance(command)
    assert not contents_of(harness.heaven).instances


def test_it_may_come_without_a_reservation(harness: ShellHarness) -> None:
    app = harness.app()
    harness.deployed(app)
    context = as_context(harness.sandbox.remote_context("t", app, reserved=False))
    assert not hasattr(context, "remote_reservation")
    with harness.commands.remote(context) as command:
        assert command.sandbox == ""
        delete.delete_instance(command)
    assert not contents_of(harness.heaven).instances


def test_a_cloud_that_fails_is_no_success(harness: ShellHarness) -> None:
    app = harness.app()
    harness.deployed(app)
    harness.heaven.faults.add(FaultRule("delete_instance", error="CloudUnavailable", times=4))
    with pytest.raises(CommandError, match="failed delete_instance"), harness.remote(app) as command:
        delete.delete_instance(command)
