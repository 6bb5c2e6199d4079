from __future__ import annotations

from types import SimpleNamespace

import pytest

from cloudshell_local.testing import SandboxApp
from heavenly_cloud import State
from operations import power
from shell.errors import CommandError
from tests.doubles import Lab, data_with, held

OPERATIONS = {"on": power.power_on, "off": power.power_off}


def run(lab: Lab, which: str, vm_id: str) -> None:
    app = lab.app()
    app.resource_name, app.vm_id = "web-1", vm_id
    with lab.remote(app) as command:
        OPERATIONS[which](command)


def test_power_is_what_was_asked_and_the_icon_shows_it(lab: Lab) -> None:
    app = lab.app()
    vm_id = lab.deployed(app)["vmUuid"]
    for which, state, icon in (("on", State.ON, "Online"), ("on", State.ON, "Online"), ("off", State.OFF, "Offline")):
        run(lab, which, vm_id)
        assert held(lab.heaven).instances[vm_id].state is state
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
    assert held(lab.heaven).instances[vm_id].state is State.ON


def test_a_power_cycle_is_off_then_the_delay_then_on(lab: Lab) -> None:
    app = lab.app()
    lab.deployed(app)
    run(lab, "on", app.vm_id)
    during: list[State] = []
    lab.clock.on_sleep = lambda: during.append(held(lab.heaven).instances[app.vm_id].state)
    with lab.remote(app) as command:
        power.power_cycle(command, "10")
    assert set(during) == {State.OFF}
    assert lab.clock.time == pytest.approx(10)
    assert held(lab.heaven).instances[app.vm_id].state is State.ON


@pytest.mark.parametrize("delay", ["soon", "-1", "nan", "inf"])
def test_a_wrong_delay_is_named_before_anything_is_powered_off(lab: Lab, delay: str) -> None:
    app = lab.app()
    lab.deployed(app)
    run(lab, "on", app.vm_id)
    with pytest.raises(CommandError, match=f"'delay' is '{delay}'"), lab.remote(app) as command:
        power.power_cycle(command, delay)
    assert held(lab.heaven).instances[app.vm_id].state is State.ON


def slow(lab: Lab, seconds: float = 30) -> SandboxApp:
    lab.heaven.data = data_with(start_seconds=seconds, stop_seconds=seconds)
    app = lab.app()
    lab.deployed(app)
    return app


def statuses(lab: Lab) -> list[str]:
    return [call[1] for call in lab.api.named("SetResourceLiveStatus")]


@pytest.mark.parametrize(("which", "state"), [("on", State.ON), ("off", State.OFF)])
def test_it_waits_until_the_vm_is_there_and_shows_how_far_it_is(lab: Lab, which: str, state: State) -> None:
    app = slow(lab)
    if which == "off":
        run(lab, "on", app.vm_id)
    lab.api.calls.clear()
    began = lab.clock.time
    run(lab, which, app.vm_id)
    assert 30 <= lab.clock.time - began < 31
    assert statuses(lab)[0] == "Progress 0"
    assert "Progress 50" in statuses(lab)
    assert statuses(lab)[-1] == ("Online" if which == "on" else "Offline")
    with lab.remote(app) as command:
        assert command.cloud.get_instance(app.vm_id).state is state


def test_stop_is_noticed_within_a_second_while_it_waits(lab: Lab) -> None:
    app, cancellation = slow(lab), SimpleNamespace(is_cancelled=False)
    lab.clock.on_sleep = lambda: setattr(cancellation, "is_cancelled", lab.clock.time > 5)
    with (
        pytest.raises(CommandError, match="cancelled; the VM itself goes on"),
        lab.remote(app, cancellation) as command,
    ):
        power.power_on(command)
    assert lab.clock.time < 6


def test_what_never_ends_is_told_by_its_name(lab: Lab) -> None:
    app = slow(lab, 1e9)
    with pytest.raises(CommandError, match=f"'{app.resource_name}' was still starting after 1800 seconds"):
        run(lab, "on", app.vm_id)
    assert 1800 <= lab.clock.time < 1801


def test_a_vm_that_is_being_stopped_is_not_powered_on(lab: Lab) -> None:
    app = slow(lab)
    run(lab, "on", app.vm_id)
    with lab.remote(app) as command:
        command.cloud.power_off(app.vm_id)
    with pytest.raises(CommandError, match="is stopping, so the step 'power on' is not possible"):
        run(lab, "on", app.vm_id)
