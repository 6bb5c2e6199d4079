"""Wait until a VM is built, powered on or powered off."""

from __future__ import annotations

from provider.cloud import Command, Instance
from shell.errors import NotDoneYet
from shell.live_status import LiveStatus

POLL = 0.5  # seconds between two looks at the VM
TIMEOUT = 1800.0  # seconds: nothing that works takes longer


def wait_until_done(command: Command, instance: Instance, status: LiveStatus, state: str) -> Instance:
    """Return the VM when it is done, and show until then how far it is.

    state: what the user is told of it when the command is cancelled. Raises Cancelled, NotDoneYet.
    """
    waited = 0.0
    while instance.progress < 100:
        if waited >= TIMEOUT:
            raise NotDoneYet(name=instance.name, state=instance.state.lower(), seconds=f"{TIMEOUT:g}")
        status.progress(instance.progress, f"{instance.state} {instance.name}")
        command.cancellation.wait(POLL, state)
        waited += POLL
        instance = command.cloud.get_instance(instance.id)
    return instance
