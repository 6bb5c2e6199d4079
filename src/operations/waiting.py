"""Waiting until time has done what a VM is in the midst of: being built, powered on or powered off."""

from __future__ import annotations

from heavenly_cloud import Instance
from shell.command import Command
from shell.errors import NotDoneYet
from shell.live_status import LiveStatus

POLL = 0.5  # seconds between two looks at the VM
LONGEST = 1800.0  # seconds: nothing that is well takes longer


def wait_until_done(command: Command, instance: Instance, status: LiveStatus, state: str) -> Instance:
    """Return the VM when it is done, and show until then how far it is.

    state: what the user is told of it when the command is cancelled. Raises Cancelled, NotDoneYet.
    """
    waited = 0.0
    while (percent := command.cloud.progress(instance)) < 100:
        doing = instance.state.value
        if waited >= LONGEST:
            raise NotDoneYet(name=instance.name, state=doing.lower(), seconds=f"{LONGEST:g}")
        status.progress(percent, f"{doing} {instance.name}")
        command.cancellation.wait(POLL, state)
        waited += POLL
        instance = command.cloud.get_instance(instance.id)
    return command.cloud.get_instance(instance.id) if waited else instance
