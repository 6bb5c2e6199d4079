from __future__ import annotations

import pytest

from cloudshell_local.execution.driver_host import as_context
from heavenly_cloud import FaultRule
from operations import delete
from shell.errors import CommandError
from tests.doubles import Lab, held, holdings


def test_a_running_vm_is_powered_off_and_gone_and_gone_is_fine(lab: Lab) -> None:
    before = holdings(lab.heaven)
    app = lab.app()
    lab.deployed(app)
    with lab.remote(app) as command:
        command.cloud.power_on(app.vm_id)
        delete.delete_instance(command.cloud, command.app)
        delete.delete_instance(command.cloud, command.app)
    assert holdings(lab.heaven) == before


def test_it_may_come_without_a_reservation(lab: Lab) -> None:
    app = lab.app()
    lab.deployed(app)
    context = as_context(lab.sandbox.remote_context("t", app, reserved=False))
    assert not hasattr(context, "remote_reservation")
    with lab.commands.remote(context) as command:
        assert command.sandbox == ""
        delete.delete_instance(command.cloud, command.app)
    assert not held(lab.heaven).instances


def test_a_cloud_that_fails_is_no_success(lab: Lab) -> None:
    app = lab.app()
    lab.deployed(app)
    lab.heaven.faults.add(FaultRule("delete_instance", error="CloudUnavailable", times=4))
    with pytest.raises(CommandError, match="failed delete_instance"), lab.remote(app) as command:
        delete.delete_instance(command.cloud, command.app)
