"""Connections from a resource to its cloud: the one in the driver's memory or in the store that it names."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from logging import Logger
from pathlib import Path
from typing import TYPE_CHECKING, Callable, NamedTuple

from heavenly_cloud import Client, CloudStore, FaultRule, HeavenlyCloud, open_store, parse_fault_rules
from heavenly_cloud.errors import InvalidFaultRules
from provider.cloud import CloudProvider
from provider.errors import mapped_errors
from provider.heavenly import HeavenlyProvider
from provider.resource import ProviderResource
from provider.unknown_instances import Sweep, UnknownInstances
from shell.cloudshell_api import CloudShellApi
from shell.command import Scope
from shell.errors import InvalidValue, MistakeError

if TYPE_CHECKING:
    from cloudshell.shell.core.driver_context import ResourceContextDetails

_SQLITE = "sqlite:///"
LONGEST_FILE = 1_000_000  # bytes of a file of fault rules


class RelativePath(MistakeError):
    template = "The path in 'Cloud Store' should be absolute, as in 'sqlite:////var/lib/heaven.db'"


class InvalidRulesFile(MistakeError):
    template = "The file '{path}' that 'Fault Injection' names is wrong at {where}: {right}"


class Login(NamedTuple):
    """The attributes that a connection depends on, with the passwords still encrypted."""

    user: str
    encrypted_password: str
    region: str
    encrypted_store: str


class Connection(NamedTuple):
    """A client of an account, with its cloud and the login that it was made by."""

    login: Login
    cloud: HeavenlyCloud
    client: Client


class CloudConnections:
    """Connection cache of one driver process. It spares a command a logon to CloudShell and one to the cloud.

    in_memory: the cloud when the resource names no store, a new one if None.
    """

    def __init__(
        self, in_memory: HeavenlyCloud | None = None, open_store: Callable[[str], CloudStore] = open_store
    ) -> None:
        self._in_memory = in_memory or HeavenlyCloud()
        self._open_store = open_store
        self._lock = threading.Lock()
        self._sweep = Sweep()
        self._stored: tuple[str, HeavenlyCloud] | None = None
        self._connection: Connection | None = None
        self._fault_rules: tuple[HeavenlyCloud, str, int] | None = None

    def read_resource(self, details: ResourceContextDetails) -> ProviderResource:
        return ProviderResource.from_details(details)

    @mapped_errors
    def connect(
        self, resource: ProviderResource, api: CloudShellApi, logger: Logger
    ) -> Callable[[Scope], CloudProvider]:
        """Return a function that gives the resource's account, under its fault rules, to a scope of one command."""
        login = Login(resource.user, resource.encrypted_password, resource.region, resource.encrypted_store)
        connection = self._connection
        if connection is None or connection.login != login:
            with self._lock:
                connection = self._connected(login, api)
        self._set_fault_rules(connection.cloud, resource.fault_rules, logger)
        return partial(HeavenlyProvider, connection.client, resource, UnknownInstances(api, self._sweep))

    def reset(self) -> None:
        """Connect anew the next time, to the store too."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        """Close the store and end the connection with it. A command that still runs on it opens it again for itself."""
        if self._stored:
            self._stored[1].close()
        self._stored = self._connection = None

    def _connected(self, login: Login, api: CloudShellApi) -> Connection:
        # Another command may have connected while this one waited.
        if self._connection is None or self._connection.login != login:
            if not login.encrypted_password:
                raise InvalidValue(name="'Password'", value="", right="the password of the cloud's account")
            cloud = self._cloud(login.encrypted_store, api)
            password = api.decrypt_password(login.encrypted_password)
            self._connection = Connection(login, cloud, cloud.login(login.user, password, login.region))
        return self._connection

    def _cloud(self, encrypted_store: str, api: CloudShellApi) -> HeavenlyCloud:
        if self._stored and self._stored[0] == encrypted_store:
            return self._stored[1]
        url = api.decrypt_password(encrypted_store).strip() if encrypted_store else ""
        self._close()
        if not url:
            return self._in_memory
        _require_absolute(url)
        cloud = HeavenlyCloud(self._in_memory.config, store=self._open_store(url))
        self._stored = encrypted_store, cloud
        return cloud

    def _set_fault_rules(self, cloud: HeavenlyCloud, text: str, logger: Logger) -> None:
        wanted = cloud, text, _changed(text)
        if wanted == self._fault_rules or not (text or self._fault_rules):
            return  # These are in force, or those that the cloud began with.
        with self._lock:
            with _without_content(text):
                rules = _read_rules(text) if text else cloud.config.fault_rules
                cloud.faults.set(rules)
            self._fault_rules = wanted
        logger.info("Fault injection has %d rules", len(rules))


def _require_absolute(url: str) -> None:
    """Raise RelativePath for a path, which would depend on the folder that the driver runs in."""
    if url.startswith(_SQLITE) and not Path(url[len(_SQLITE) :]).is_absolute():
        raise RelativePath()


def _is_inline(text: str) -> bool:
    return text.startswith("[")


def _changed(text: str) -> int:
    """Return when a file of rules was changed, in nanoseconds; 0 for rules that are in no file."""
    try:
        return Path(text).stat().st_mtime_ns if text and not _is_inline(text) else 0
    except (OSError, ValueError):
        return 0  # Reading the file raises the error that names it.


@contextmanager
def _without_content(text: str) -> Iterator[None]:
    """Have an error in a file of rules name its path and place only: it may be any file that the server can read."""
    try:
        yield
    except InvalidFaultRules as error:
        if _is_inline(text):
            raise
        raise InvalidRulesFile(path=text, where=error.facts["where"], right=error.facts["right"]) from None


def _read_rules(text: str) -> tuple[FaultRule, ...]:
    return parse_fault_rules(text if _is_inline(text) else _read_file(text))


def _read_file(path: str) -> str:
    """Return the text of a file of rules; raise InvalidValue for what is no file, too long or no text."""
    right = "a list of rules as JSON, or the path of a file with one on the execution server"
    with suppress(OSError, ValueError):
        if Path(path).is_file() and Path(path).stat().st_size <= LONGEST_FILE:
            return Path(path).read_text(encoding="utf-8")
    raise InvalidValue(name="'Fault Injection'", value=path, right=right)
