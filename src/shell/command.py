"""Commands: each starts with its logger, API session, typed resource, connected cloud and cancellation, made here once.

The kit knows no cloud: the provider's `Connections` read a command's resource and connect it to its cloud.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from logging import Logger
from typing import TYPE_CHECKING, Callable, Generic, Protocol, TypeVar

from shell.apps import App, remote_app
from shell.cancellation import Cancellation
from shell.cloudshell_api import CloudShellApi, Session, open_session
from shell.errors import CommandError, sentence
from shell.live_status import LiveStatus
from shell.logs import Logs

if TYPE_CHECKING:
    from cloudshell.shell.core.driver_context import (
        AutoLoadCommandContext,
        CancellationContext,
        ResourceCommandContext,
        ResourceContextDetails,
        ResourceRemoteCommandContext,
    )

    from shell.contexts import CommandContext


class Resource(Protocol):
    """The cloud provider resource, as far as the kit and operations use it."""

    @property
    def name(self) -> str: ...

    @property
    def fullname(self) -> str: ...

    @property
    def model(self) -> str: ...


ResourceT = TypeVar("ResourceT", bound=Resource)
AnyResource = TypeVar("AnyResource", bound=Resource, covariant=True)
CloudT = TypeVar("CloudT", covariant=True)


@dataclass(frozen=True)
class Scope:
    """The part of a command that its connection with the cloud needs.

    sandbox: the id of the sandbox that it is of, empty outside of one; wait: sleeps so many seconds, and raises Cancelled
    when the command shall end meanwhile; logger: for what its author must know of the cloud.
    """

    sandbox: str
    wait: Callable[[float], object]
    logger: Logger


class Connections(Protocol[ResourceT, CloudT]):
    """Connections of one driver from a resource to its cloud: what a provider implements for the kit."""

    def read_resource(self, details: ResourceContextDetails) -> ResourceT:
        """Return the typed resource of a context."""

    def connect(self, resource: ResourceT, api: CloudShellApi, logger: Logger) -> Callable[[Scope], CloudT]:
        """Return a function that gives the resource's cloud to a scope of one command; raise a ShellError.

        It is called for the command itself and, when that fails, for its rollback, which must need no logon any more.
        """

    def reset(self) -> None:
        """Drop what is cached: the next command connects anew."""


@dataclass(frozen=True)
class Command(Generic[AnyResource, CloudT]):
    """One command on the provider resource.

    sandbox: the reservation's id, empty outside of one; cloud: while it waits, Stop ends it; connect_rollback: connects to
    the same cloud without cancellation.
    """

    logger: Logger
    api: CloudShellApi
    resource: AnyResource
    sandbox: str
    cloud: CloudT
    connect_rollback: Callable[[], CloudT]
    cancellation: Cancellation

    @property
    def rollback(self) -> CloudT:
        """The same cloud without cancellation, so that Stop cannot keep a command from undoing what it did."""
        return self.connect_rollback()

    @property
    def live_status(self) -> LiveStatus:
        """The live status icon of the provider resource."""
        return LiveStatus(self.api, self.resource.fullname, self.logger)


@dataclass(frozen=True)
class RemoteCommand(Command[AnyResource, CloudT]):
    """One command on a deployed app."""

    app: App

    @property
    def live_status(self) -> LiveStatus:
        """The live status icon of the app."""
        return LiveStatus(self.api, self.app.name, self.logger)


class Commands(Generic[ResourceT, CloudT]):
    """Factory of a driver's commands. Commands run in parallel, so it keeps nothing that belongs to one of them.

    connections: the provider's; open_session, sleep: the ways out to CloudShell's API and to real time, for tests to close.
    """

    def __init__(
        self,
        connections: Connections[ResourceT, CloudT],
        open_session: Callable[[CommandContext], Session] = open_session,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connections = connections
        self._logs = Logs()
        self._open_session = open_session
        self._sleep = sleep

    @contextmanager
    def resource(
        self, context: ResourceCommandContext, cancellation_context: CancellationContext | None = None
    ) -> Iterator[Command[ResourceT, CloudT]]:
        """Yield a command on the provider resource, in a sandbox or not."""
        sandbox = _sandbox_of(context)
        with self._logged(context, sandbox) as logger:
            yield self._command(context, sandbox, cancellation_context, logger)

    @contextmanager
    def remote(
        self, context: ResourceRemoteCommandContext, cancellation_context: CancellationContext | None = None
    ) -> Iterator[RemoteCommand[ResourceT, CloudT]]:
        """Yield a command on a deployed app."""
        sandbox = _remote_sandbox_of(context)
        with self._logged(context, sandbox) as logger:
            made = self._command(context, sandbox, cancellation_context, logger)
            yield RemoteCommand(
                made.logger,
                made.api,
                made.resource,
                made.sandbox,
                made.cloud,
                made.connect_rollback,
                made.cancellation,
                app=remote_app(context),
            )

    @contextmanager
    def discovery(self, context: AutoLoadCommandContext) -> Iterator[Command[ResourceT, CloudT]]:
        """Yield the command get_inventory, which checks the credentials and therefore connects anew."""
        self._connections.reset()
        with self._logged(context, "") as logger:
            yield self._command(context, "", None, logger)

    @contextmanager
    def _logged(self, context: CommandContext, sandbox: str) -> Iterator[Logger]:
        with self._logs.of(context, sandbox) as logger:
            try:
                yield logger
            except Exception as error:  # Whatever it is, the user gets a sentence and the log a traceback.
                logger.error("The command failed", exc_info=error)
                raise CommandError(sentence(error)) from None

    def _command(
        self,
        context: CommandContext,
        sandbox: str,
        cancellation_context: CancellationContext | None,
        logger: Logger,
    ) -> Command[ResourceT, CloudT]:
        api = CloudShellApi(lambda: self._open_session(context))
        resource = self._connections.read_resource(context.resource)
        connect = self._connections.connect(resource, api, logger)
        cancellation = Cancellation(cancellation_context, self._sleep)
        return Command(
            logger,
            api,
            resource,
            sandbox,
            cloud=connect(Scope(sandbox, cancellation.wait, logger)),
            connect_rollback=lambda: connect(Scope(sandbox, self._sleep, logger)),
            cancellation=cancellation,
        )


def _sandbox_of(context: ResourceCommandContext) -> str:
    try:
        reservation = context.reservation
    except AttributeError:  # Outside a sandbox the server may leave it out (docs/reference/wire.md §14.4).
        return ""
    return reservation.reservation_id if reservation else ""


def _remote_sandbox_of(context: ResourceRemoteCommandContext) -> str:
    try:
        reservation = context.remote_reservation
    except AttributeError:  # Likewise; and cloudshell-shell-core counts on it.
        reservation = context.remote_reservation = None
    return reservation.reservation_id if reservation else ""
