"""PowerOn, PowerOff and PowerCycle."""

from __future__ import annotations

from typing import Callable

from operations.waiting import wait_until_done
from provider.cloud import Instance, RemoteCommand
from shell import values
from shell.errors import ConflictError, InstanceNotFound, InvalidValue, ShellError, sentence
from shell.live_status import LiveStatus

GOES_ON = "the VM itself goes on with the power command"


def power_on(command: RemoteCommand) -> None:
    """Power a VM on, if it is not, and wait until it is."""
    _power(command, command.cloud.power_on)


def power_off(command: RemoteCommand) -> None:
    """Power a VM off, if it is not, and wait until it is."""
    _power(command, command.cloud.power_off)


def _power(command: RemoteCommand, begin: Callable[[str], Instance]) -> None:
    try:
        instance = wait_until_done(command, _begun(command, begin), command.live_status, GOES_ON)
    except BaseException:
        _show_current(command)
        raise
    _show(command.live_status, instance)


def _begun(command: RemoteCommand, begin: Callable[[str], Instance]) -> Instance:
    """Begin to power a VM on or off, after what it is in the middle of: the cloud refuses some steps until then."""
    try:
        return begin(command.app.vm_id)
    except ConflictError:
        instance = command.cloud.get_instance(command.app.vm_id)
        if instance.progress == 100:
            raise
        wait_until_done(command, instance, command.live_status, GOES_ON)
        return begin(command.app.vm_id)


def _show_current(command: RemoteCommand) -> None:
    """Show the state of the VM when its power command was stopped or has failed, or the icon would stay at its progress."""
    try:
        _show(command.live_status, command.rollback.get_instance(command.app.vm_id))
    except InstanceNotFound:
        pass  # Nothing can be shown of it, and the command's own error says so.
    except ShellError as error:
        command.live_status.error(f"Its state is not known: {sentence(error)}")


def _show(status: LiveStatus, instance: Instance) -> None:
    show = status.online if instance.is_on else status.offline
    show(*([] if instance.progress == 100 else [instance.state]))


def power_cycle(command: RemoteCommand, delay: str) -> None:
    """Power a VM off and on again. delay: the seconds between, as text; raise InvalidValue for another text."""
    seconds = _seconds(delay)
    power_off(command)
    command.cancellation.wait(seconds, "the VM is powered off")
    power_on(command)


def _seconds(delay: str) -> float:
    seconds = values.number({"delay": delay}, "delay", 0)
    if seconds < 0:
        raise InvalidValue(name="'delay'", value=delay, right="a number of seconds from 0 up")
    return seconds
