"""Instances that CloudShell does not know of, because the driver was killed before it could answer their Deploy.

In a store that lasts they would stay for ever: nobody knows their ids. A driver cannot tell whether its answer arrived. So a
Deploy makes its instance with a lease, and when that is over, CloudShell is asked whether it has the VM.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import groupby
from logging import Logger
from typing import Callable

from heavenly_cloud import Client, Instance
from heavenly_cloud.errors import HeavenlyError, InstanceNotFound
from heavenly_cloud.lifecycle import InstanceState
from shell.cloudshell_api import CloudShellApi
from shell.errors import ShellError

EVERY = 300.0  # seconds from one look for them to the next


class Sweep:
    """When a driver's process has last looked for unknown instances, which costs a query."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._last: float | None = None

    def is_due(self) -> bool:
        """Return whether it is time to look again, and if so, take it as done."""
        now = self._now()
        if self._last is not None and now - self._last < EVERY:
            return False
        self._last = now
        return True


class UnknownInstances:
    """The search for instances that CloudShell does not know of. What cannot be done now is done the next time."""

    def __init__(self, api: CloudShellApi, sweep: Sweep) -> None:
        self._api = api
        self._sweep = sweep

    def delete_when_due(self, client: Client, logger: Logger) -> None:
        """Delete those whose leases are over, if nobody has looked for some minutes."""
        if self._sweep.is_due():
            self.delete(client, logger)

    def delete(self, client: Client, logger: Logger, tag: str = "") -> None:
        """Delete those whose leases are over, and those with the tag of a sandbox in which no Deploy runs any more."""
        try:
            found = sorted(client.get_unconfirmed(tag), key=lambda each: each.tag)
            for sandbox, instances in groupby(found, key=lambda each: each.tag):
                self._sort_out(client, logger, sandbox, instances)
        except (HeavenlyError, ShellError):
            # The command that looked for them has other work to do, and the next one looks again.
            logger.exception("It is not known which VMs CloudShell does not know of")

    def _sort_out(self, client: Client, logger: Logger, sandbox: str, instances: Iterable[Instance]) -> None:
        known = self._api.vms_of_sandbox(sandbox) if sandbox else set()
        for instance in instances:
            with suppress(InstanceNotFound):  # Another driver of this cloud may be doing the same.
                if instance.id in known or self._api.vm_of_resource(instance.name) == instance.id:
                    client.confirm_instance(instance.id)
                    continue
                logger.warning("CloudShell does not know the VM '%s' (%s); it is deleted", instance.name, instance.id)
                if instance.state in (InstanceState.STARTING, InstanceState.ON):
                    client.power_off(instance.id)
                client.delete_instance(instance.id)
