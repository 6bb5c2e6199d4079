"""Waiting for the cloud: the one loop in which a command looks again, shows progress and can be stopped."""

from __future__ import annotations

from collections.abc import Iterator

from provider.cloud import Command, Instance
from shell.errors import NotDoneYet
from shell.live_status import LiveStatus

POLL = 0.5  # seconds between two looks at the cloud
TIMEOUT = 1800.0  # seconds: nothing that works takes longer


def polls(command: Command, state: str = "nothing was changed") -> Iterator[float]:
    """Yield the seconds waited so far, at once and after each wait; the caller leaves the loop when it has what it needs.

    state: the state of the VM, for the error when the command is cancelled. Raises Cancelled.
    """
    waited = 0.0
    while True:
        yield waited
        command.cancellation.wait(POLL, state)
        waited += POLL


def wait_until_done(command: Command, instance: Instance, status: LiveStatus, state: str) -> Instance:
    """Wait until a VM is built, powered on or powered off, show the progress meanwhile, and return the VM.

    state: the state of the VM, for the error when the command is cancelled. Raises Cancelled, NotDoneYet.
    """
    for waited in polls(command, state):
        if waited:
            instance = command.cloud.get_instance(instance.id)
        if instance.progress == 100:
            break
        if waited >= TIMEOUT:
            raise NotDoneYet(name=instance.name, state=instance.state.lower(), seconds=f"{TIMEOUT:g}")
        status.progress(instance.progress, f"{instance.state} {instance.name}")
    return instance
