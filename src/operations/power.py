"""PowerOn, PowerOff and PowerCycle."""

from __future__ import annotations

import math

from operations.waiting import wait_until_done
from provider.cloud import RemoteCommand
from shell.errors import InvalidValue

GOES_ON = "the VM itself goes on with the power command"


def power_on(command: RemoteCommand) -> None:
    """Power a VM on, if it is not, and wait until it is."""
    instance = command.cloud.power_on(command.app.vm_id)
    wait_until_done(command, instance, command.live_status, GOES_ON)
    command.live_status.online()


def power_off(command: RemoteCommand) -> None:
    """Power a VM off, if it is not, and wait until it is."""
    instance = command.cloud.power_off(command.app.vm_id)
    wait_until_done(command, instance, command.live_status, GOES_ON)
    command.live_status.offline()


def power_cycle(command: RemoteCommand, delay: str) -> None:
    """Power a VM off and on again. delay: the seconds between, as text; raise InvalidValue for another text."""
    seconds = _seconds(delay)
    power_off(command)
    command.cancellation.wait(seconds, "the VM is powered off")
    power_on(command)


def _seconds(delay: str) -> float:
    try:
        seconds = float(delay or 0)
    except ValueError:
        seconds = -1
    if not (seconds >= 0 and math.isfinite(seconds)):
        raise InvalidValue(name="'delay'", value=delay, right="a number of seconds from 0 up")
    return seconds
