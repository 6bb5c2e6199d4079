"""Commands: each starts with its logger, API session, typed resource, connected cloud and cancellation, made here once.

The kit knows no cloud: which resource and which cloud a command has, its provider's connections say (`Connections`).
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
        ReservationContextDetails,
        ResourceCommandContext,
        ResourceContextDetails,
        ResourceRemoteCommandContext,
    )

    from shell.contexts import CommandContext


class Resource(Protocol):
    """The cloud provider resource, as far as the kit uses it."""

    @property
    def fullname(self) -> str: ...


ResourceT = TypeVar("ResourceT", bound=Resource)
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
    """The ways from a resource to its cloud, of one driver: what a provider gives to the kit."""

    def read_resource(self, details: ResourceContextDetails) -> ResourceT:
        """Return the typed resource of a context."""

    def connect(self, resource: ResourceT, api: CloudShellApi, scope: Scope) -> CloudT:
        """Return the cloud that a resource means, for one command; raise a ShellError."""

    def reset(self) -> None:
        """Drop what is cached: the next command connects anew."""


@dataclass(frozen=True)
class Command(Generic[ResourceT, CloudT]):
    """One command on the provider resource.

    sandbox: the reservation's id, empty outside of one; cloud: while it waits, Stop ends it, unless the cancellation is
    disabled.
    """

    logger: Logger
    api: CloudShellApi
    resource: ResourceT
    sandbox: str
    cloud: CloudT
    cancellation: Cancellation

    @property
    def live_status(self) -> LiveStatus:
        """The provider resource's icon."""
        return LiveStatus(self.api, self.resource.fullname, self.logger)


@dataclass(frozen=True)
class RemoteCommand(Command[ResourceT, CloudT]):
    """One command on a deployed app."""

    app: App

    @property
    def live_status(self) -> LiveStatus:
        """The app's icon."""
        return LiveStatus(self.api, self.app.name, self.logger)


class Commands(Generic[ResourceT, CloudT]):
    """Maker of a driver's commands. Commands run in parallel, so it keeps what belongs to none.

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
        """A command on the provider resource, in a sandbox or not."""
        with self._logged(context) as logger:
            yield self._command(context, getattr(context, "reservation", None), cancellation_context, logger)

    @contextmanager
    def remote(
        self, context: ResourceRemoteCommandContext, cancellation_context: CancellationContext | None = None
    ) -> Iterator[RemoteCommand[ResourceT, CloudT]]:
        """A command on a deployed app."""
        # Outside a sandbox the server may leave the reservation out, which cloudshell-shell-core does not expect.
        context.remote_reservation = getattr(context, "remote_reservation", None)
        with self._logged(context) as logger:
            made = self._command(context, context.remote_reservation, cancellation_context, logger)
            yield RemoteCommand(
                made.logger,
                made.api,
                made.resource,
                made.sandbox,
                made.cloud,
                made.cancellation,
                app=remote_app(context),
            )

    @contextmanager
    def discovery(self, context: AutoLoadCommandContext) -> Iterator[Command[ResourceT, CloudT]]:
        """A command that checks the credentials: it connects anew."""
        self._connections.reset()
        with self._logged(context) as logger:
            yield self._command(context, None, None, logger)

    @contextmanager
    def _logged(self, context: CommandContext) -> Iterator[Logger]:
        with self._logs.of(context) as logger:
            try:
                yield logger
            except Exception as error:  # Whatever it is, the user gets a sentence and the log a traceback.
                logger.error("The command failed", exc_info=error)
                raise CommandError(sentence(error)) from None

    def _command(
        self,
        context: CommandContext,
        reservation: ReservationContextDetails | None,
        cancellation_context: CancellationContext | None,
        logger: Logger,
    ) -> Command[ResourceT, CloudT]:
        api = CloudShellApi(lambda: self._open_session(context))
        resource = self._connections.read_resource(context.resource)
        sandbox = reservation.reservation_id if reservation else ""
        cancellation = Cancellation(cancellation_context, self._sleep)
        return Command(
            logger,
            api,
            resource,
            sandbox,
            cloud=self._connections.connect(resource, api, Scope(sandbox, cancellation.wait, logger)),
            cancellation=cancellation,
        )
