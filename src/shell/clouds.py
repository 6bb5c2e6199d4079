"""Which cloud a resource means: the one in the driver's memory, or the one in the store that it names; and its weather."""

from __future__ import annotations

import threading
from logging import Logger
from pathlib import Path
from typing import Callable

from heavenly_cloud import Client, CloudStore, FaultRule, HeavenlyCloud, open_store, parse_fault_rules
from heavenly_cloud.errors import InvalidValue
from shell.cloudshell_api import CloudShellApi
from shell.resource import ProviderResource

_RELATIVE = "sqlite:///"


class Clouds:
    """Of one driver. It keeps the last connection, which spares a command a logon to CloudShell and one to the cloud.

    in_memory: the cloud when the resource names no store.
    """

    def __init__(self, in_memory: HeavenlyCloud, open_store: Callable[[str], CloudStore] = open_store) -> None:
        self._in_memory = in_memory
        self._open_store = open_store
        self._lock = threading.Lock()
        self._stored: tuple[str, HeavenlyCloud] | None = None
        self._connection: tuple[tuple[str, str, str, str], HeavenlyCloud, Client] | None = None
        self._weather: tuple[HeavenlyCloud, str, int] | None = None

    def connect(self, resource: ProviderResource, api: CloudShellApi, logger: Logger) -> Client:
        """Return the client of the account that the resource names, under its weather."""
        key = (resource.user, resource.encrypted_password, resource.region, resource.encrypted_store)
        connection = self._connection
        if connection is None or connection[0] != key:
            with self._lock:
                connection = self._connected(key, resource, api)
        self._set_weather(connection[1], resource.weather, logger)
        return connection[2]

    def forget(self) -> None:
        """Connect anew the next time, to the store too."""
        with self._lock:
            self._connection = None
            self._close()

    def _close(self) -> None:
        """Let go of the store; commands that are on it finish with the connections that they have."""
        if self._stored:
            self._stored[1].close()
        self._stored = None

    def _connected(
        self, key: tuple[str, str, str, str], resource: ProviderResource, api: CloudShellApi
    ) -> tuple[tuple[str, str, str, str], HeavenlyCloud, Client]:
        # Another command may have connected while this one waited.
        if self._connection is None or self._connection[0] != key:
            if not resource.encrypted_password:
                raise InvalidValue(name="'Password'", value="", right="the password of the cloud's account")
            cloud = self._cloud(resource, api)
            password = api.decrypt_password(resource.encrypted_password)
            self._connection = key, cloud, cloud.login(resource.user, password, resource.region)
        return self._connection

    def _cloud(self, resource: ProviderResource, api: CloudShellApi) -> HeavenlyCloud:
        encrypted = resource.encrypted_store
        if self._stored and self._stored[0] == encrypted:
            return self._stored[1]
        url = api.decrypt_password(encrypted).strip() if encrypted else ""
        if not url:
            return self._in_memory
        _require_absolute(url)
        self._close()
        cloud = HeavenlyCloud(self._in_memory.config, store=self._open_store(url))
        self._stored = encrypted, cloud
        return cloud

    def _set_weather(self, cloud: HeavenlyCloud, text: str, logger: Logger) -> None:
        wanted = cloud, text, _changed(text)
        if wanted == self._weather or not (text or self._weather):
            return  # It has it, or the one that it began with.
        with self._lock:
            rules = _rules(text) if text else cloud.config.fault_rules
            cloud.faults.set(rules)
            self._weather = wanted
        logger.info("The weather has %d rules", len(rules))


def _require_absolute(url: str) -> None:
    """Refuse a path whose place would depend on where the driver happens to run."""
    path = url[len(_RELATIVE) :]
    if url.startswith(_RELATIVE) and not Path(path).is_absolute():
        right = "an absolute path, as 'sqlite:////var/lib/heaven.db'"
        raise InvalidValue(name="'Cloud Store'", value="a relative path", right=right)


def _is_inline(text: str) -> bool:
    return text.startswith("[")


def _changed(text: str) -> int:
    """Return when a file of weather was changed, in nanoseconds; 0 for weather that is no file."""
    try:
        return Path(text).stat().st_mtime_ns if text and not _is_inline(text) else 0
    except (OSError, ValueError):
        return 0  # Reading it will tell why.


def _rules(text: str) -> tuple[FaultRule, ...]:
    if _is_inline(text):
        return parse_fault_rules(text)
    try:
        return parse_fault_rules(Path(text).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        right = "a list of rules as JSON, or the path of a file with one on the execution server"
        raise InvalidValue(name="'Weather'", value=text, right=right) from None
