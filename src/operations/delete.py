"""DeleteInstance: power a VM off and delete it."""

from __future__ import annotations

from contextlib import suppress

from provider.cloud import RemoteCommand
from shell.errors import InstanceNotFound


def delete_instance(command: RemoteCommand) -> None:
    """Power a VM off and delete it; do nothing if it is gone already."""
    vm_id = command.app.vm_id
    with suppress(InstanceNotFound):
        if command.cloud.get_instance(vm_id).is_on:
            command.cloud.power_off(vm_id)
        command.cloud.delete_instance(vm_id)
