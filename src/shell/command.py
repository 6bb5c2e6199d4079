"""What every command starts with: its logger, API session, typed resource, connected cloud and cancellation."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from logging import Logger
from typing import TYPE_CHECKING, Any, Callable

from heavenly_cloud import Client, Event, HeavenlyCloud
from shell.apps import App, remote_app
from shell.cancellation import Cancellation
from shell.clouds import Clouds
from shell.cloudshell_api import CloudShellApi, open_session
from shell.errors import CommandError, sentence
from shell.live_status import LiveStatus
from shell.logs import Logs
from shell.resource import ProviderResource

if TYPE_CHECKING:
    from cloudshell.shell.core.driver_context import (
        CancellationContext,
        ResourceCommandContext,
        ResourceRemoteCommandContext,
    )

L2 = "L2"
L3 = "L3"


@dataclass(frozen=True)
class Command:
    """networking: L2 or L3, which shell this is; sandbox: the reservation's id, empty outside of one; cloud: while it
    waits, Stop ends it; undoing: the same cloud, which Stop does not keep from undoing what was done."""

    networking: str
    logger: Logger
    api: CloudShellApi
    resource: ProviderResource
    sandbox: str
    cloud: Client
    undoing: Client
    cancellation: Cancellation

    @property
    def live_status(self) -> LiveStatus:
        """The provider resource's icon."""
        return LiveStatus(self.api, self.resource.fullname, self.logger)


@dataclass(frozen=True)
class RemoteCommand(Command):
    """A command on a deployed app."""

    app: App

    @property
    def live_status(self) -> LiveStatus:
        """The app's icon."""
        return LiveStatus(self.api, self.app.name, self.logger)


class Commands:
    """Makes the commands of one driver. Commands run in parallel, so it keeps what belongs to none.

    cloud: the one in memory; open_session, sleep: the ways out to CloudShell's API and to real time, for tests to close.
    """

    def __init__(
        self,
        cloud: HeavenlyCloud,
        networking: str,
        open_session: Callable[[Any], Any] = open_session,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clouds = Clouds(cloud)
        self._logs = Logs()
        self._networking = networking
        self._open_session = open_session
        self._sleep = sleep

    @contextmanager
    def resource(
        self, context: ResourceCommandContext, cancellation_context: CancellationContext | None = None
    ) -> Iterator[Command]:
        """A command on the provider resource, in a sandbox or not."""
        with self._logged(context) as logger:
            reservation = getattr(context, "reservation", None)
            yield Command(**self._parts(context, logger, reservation, cancellation_context))

    @contextmanager
    def remote(
        self, context: ResourceRemoteCommandContext, cancellation_context: CancellationContext | None = None
    ) -> Iterator[RemoteCommand]:
        """A command on a deployed app."""
        # Outside a sandbox the server may leave the reservation out, which cloudshell-shell-core does not expect.
        context.remote_reservation = getattr(context, "remote_reservation", None)
        with self._logged(context) as logger:
            parts = self._parts(context, logger, context.remote_reservation, cancellation_context)
            yield RemoteCommand(**parts, app=remote_app(context))

    @contextmanager
    def discovery(self, context: ResourceCommandContext) -> Iterator[Command]:
        """A command that checks the credentials: it connects anew."""
        self._clouds.forget()
        with self.resource(context) as command:
            yield command

    @contextmanager
    def _logged(self, context: Any) -> Iterator[Logger]:
        with self._logs.of(context) as logger:
            try:
                yield logger
            except Exception as error:  # Whatever it is, the user gets a sentence and the log a traceback.
                raise _told(error, logger) from None

    def _parts(self, context: Any, logger: Logger, reservation: Any, cancellation_context: Any) -> dict[str, Any]:
        api = CloudShellApi(lambda: self._open_session(context))
        resource = ProviderResource.from_details(context.resource)
        sandbox = reservation.reservation_id if reservation else ""
        cancellation = Cancellation(cancellation_context, self._sleep)
        client = self._clouds.connect(resource, api, logger)

        def watch(event: Event) -> None:
            logger.info("Weather, rule %s: %s of '%s' %s", event.rule, event.operation, event.subject, event.outcome)

        return {
            "networking": self._networking,
            "logger": logger,
            "api": api,
            "resource": resource,
            "sandbox": sandbox,
            "cloud": client.for_command(sandbox, cancellation.wait, watch),
            "undoing": client.for_command(sandbox, self._sleep, watch),
            "cancellation": cancellation,
        }


def _told(error: Exception, logger: Logger) -> CommandError:
    """Log an error with its traceback, and return it as one sentence for the user."""
    logger.error("The command failed", exc_info=error)
    return CommandError(sentence(error))
