from __future__ import annotations

import pytest

from cloudshell_local.execution.driver_host import as_context
from heavenly_cloud import FaultRule
from operations import delete
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


def test_a_vm_that_is_just_being_powered_on_is_deleted_too(harness: ShellHarness) -> None:
    harness.use(new_heaven(harness.clock, data_with(start_seconds=60)))
    app = harness.app()
    harness.deployed(app)
    with harness.remote(app) as command:
        command.cloud.power_on(app.vm_id)
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
