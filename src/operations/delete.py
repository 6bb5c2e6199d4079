"""DeleteInstance."""

from __future__ import annotations

from contextlib import suppress

from heavenly_cloud import Client
from heavenly_cloud.errors import InstanceNotFound
from heavenly_cloud.lifecycle import InstanceState
from shell.apps import App


def delete_instance(cloud: Client, app: App) -> None:
    """Power a VM off and delete it; one that is gone is what was wanted."""
    with suppress(InstanceNotFound):
        if cloud.get_instance(app.vm_id).state is InstanceState.ON:
            cloud.power_off(app.vm_id)
        cloud.delete_instance(app.vm_id)
