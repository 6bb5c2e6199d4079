"""The live status icon of a resource in a sandbox's diagram."""

from __future__ import annotations

from logging import Logger

from shell.cloudshell_api import CloudShellApi
from shell.errors import CloudShellRefused


class LiveStatus:
    """Icon of one resource. One that cannot be set is logged, and no reason to fail a command that did its work."""

    def __init__(self, api: CloudShellApi, resource: str, logger: Logger) -> None:
        self._api = api
        self._resource = resource
        self._logger = logger

    def online(self, info: str = "Active") -> None:
        """Show that the VM, or the provider, is on."""
        self._set("Online", info)

    def offline(self, info: str = "Powered off") -> None:
        """Show that the VM is off."""
        self._set("Offline", info)

    def error(self, info: str) -> None:
        """Show that something is wrong, or that the state is not known."""
        self._set("Error", info)

    def progress(self, percent: int, info: str) -> None:
        """Show how far a long command is; CloudShell has an icon for every ten percent."""
        self._set(f"Progress {percent // 10 * 10}", info)

    def _set(self, status: str, info: str) -> None:
        try:
            self._api.set_live_status(self._resource, status, info)
        except CloudShellRefused:
            self._logger.exception("The live status of '%s' was not set to %s", self._resource, status)
