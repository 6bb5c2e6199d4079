from __future__ import annotations

import pytest

from heavenly_cloud import State
from operations import power
from shell.command import RemoteCommand
from shell.errors import CommandError
from tests.doubles import Lab

OPERATIONS = {"on": power.power_on, "off": power.power_off}


def run(lab: Lab, which: str, vm_id: str) -> None:
    app = lab.app()
    app.resource_name, app.vm_id = "web-1", vm_id
    with lab.remote(app) as command:
        OPERATIONS[which](command.cloud, command.app, command.live_status)


def test_power_is_what_was_asked_and_the_icon_shows_it(lab: Lab) -> None:
    app = lab.app()
    vm_id = lab.deployed(app)["vmUuid"]
    for which, state, icon in (("on", State.ON, "Online"), ("on", State.ON, "Online"), ("off", State.OFF, "Offline")):
        run(lab, which, vm_id)
        assert lab.heaven.store.instances[vm_id].state is state
        assert lab.api.named("SetResourceLiveStatus")[-1][:2] == ("web-1", icon)


@pytest.mark.parametrize("which", ["on", "off"])
def test_an_unknown_vm_is_an_error_and_no_icon_changes(lab: Lab, which: str) -> None:
    with pytest.raises(CommandError, match="'vm-x' was not found"):
        run(lab, which, "vm-x")
    assert lab.api.named("SetResourceLiveStatus") == []


def test_an_icon_that_cannot_be_set_is_no_reason_to_fail(lab: Lab) -> None:
    vm_id = lab.deployed(lab.app())["vmUuid"]
    lab.api.fails = "SetResourceLiveStatus"
    run(lab, "on", vm_id)
    assert lab.heaven.store.instances[vm_id].state is State.ON


def cycle(lab: Lab, command: RemoteCommand, delay: str) -> None:
    power.power_cycle(command.cloud, command.app, command.live_status, delay, lab.clock.sleep)


def test_a_power_cycle_is_off_then_the_delay_then_on(lab: Lab) -> None:
    app = lab.app()
    lab.deployed(app)
    run(lab, "on", app.vm_id)
    during: list[State] = []
    lab.clock.on_sleep = lambda: during.append(lab.heaven.store.instances[app.vm_id].state)
    with lab.remote(app) as command:
        cycle(lab, command, "10")
    assert (during, lab.clock.time) == ([State.OFF], 10)
    assert lab.heaven.store.instances[app.vm_id].state is State.ON


@pytest.mark.parametrize("delay", ["soon", "-1", "nan", "inf"])
def test_a_wrong_delay_is_named_before_anything_is_powered_off(lab: Lab, delay: str) -> None:
    app = lab.app()
    lab.deployed(app)
    run(lab, "on", app.vm_id)
    with pytest.raises(CommandError, match=f"'delay' is '{delay}'"), lab.remote(app) as command:
        cycle(lab, command, delay)
    assert lab.heaven.store.instances[app.vm_id].state is State.ON
