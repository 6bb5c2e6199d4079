"""What every command starts with: its logger, API session, typed resource, connected cloud and cancellation."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from logging import Logger
from typing import TYPE_CHECKING, Any, Callable

from cloudshell.shell.core.session.logging_session import LoggingSessionContext

from heavenly_cloud import Client, HeavenlyCloud
from heavenly_cloud.errors import InvalidValue
from shell.apps import App, remote_app
from shell.cancellation import Cancellation
from shell.cloudshell_api import CloudShellApi, open_session
from shell.errors import CommandError, sentence
from shell.live_status import LiveStatus
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
    """networking: L2 or L3, which shell this is; sandbox: the reservation's id, empty outside of one."""

    networking: str
    logger: Logger
    api: CloudShellApi
    resource: ProviderResource
    sandbox: str
    cloud: Client
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
    """Makes the commands of one driver. Commands run in parallel, so it keeps what belongs to none: the cloud, and the
    last connection to it, which spares a logon to CloudShell and one to the cloud per command.

    open_session, sleep: the ways out to CloudShell's API and to real time, for tests to close.
    """

    def __init__(
        self,
        cloud: HeavenlyCloud,
        networking: str,
        open_session: Callable[[Any], Any] = open_session,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cloud = cloud
        self._networking = networking
        self._open_session = open_session
        self._sleep = sleep
        self._connection: tuple[tuple[str, str, str], Client] | None = None

    @contextmanager
    def resource(
        self, context: ResourceCommandContext, cancellation_context: CancellationContext | None = None
    ) -> Iterator[Command]:
        """A command on the provider resource, in a sandbox or not."""
        logger = LoggingSessionContext.get_logger_for_context(context)
        try:
            reservation = getattr(context, "reservation", None)
            yield Command(**self._parts(context, logger, reservation, cancellation_context))
        except Exception as error:  # Whatever it is, the user gets a sentence and the log a traceback.
            raise _told(error, logger) from None

    @contextmanager
    def remote(
        self, context: ResourceRemoteCommandContext, cancellation_context: CancellationContext | None = None
    ) -> Iterator[RemoteCommand]:
        """A command on a deployed app."""
        # Outside a sandbox the server may leave the reservation out, which cloudshell-shell-core does not expect.
        context.remote_reservation = getattr(context, "remote_reservation", None)
        logger = LoggingSessionContext.get_logger_for_context(context)
        try:
            parts = self._parts(context, logger, context.remote_reservation, cancellation_context)
            yield RemoteCommand(**parts, app=remote_app(context))
        except Exception as error:  # Whatever it is, the user gets a sentence and the log a traceback.
            raise _told(error, logger) from None

    @contextmanager
    def discovery(self, context: ResourceCommandContext) -> Iterator[Command]:
        """A command that checks the credentials: it connects anew."""
        self._connection = None
        with self.resource(context) as command:
            yield command

    def _parts(self, context: Any, logger: Logger, reservation: Any, cancellation_context: Any) -> dict[str, Any]:
        api = CloudShellApi(lambda: self._open_session(context))
        resource = ProviderResource.from_details(context.resource)
        return {
            "networking": self._networking,
            "logger": logger,
            "api": api,
            "resource": resource,
            "sandbox": reservation.reservation_id if reservation else "",
            "cloud": self._connect(resource, api),
            "cancellation": Cancellation(cancellation_context, self._sleep),
        }

    def _connect(self, resource: ProviderResource, api: CloudShellApi) -> Client:
        key = (resource.user, resource.encrypted_password, resource.region)
        connection = self._connection
        if connection is None or connection[0] != key:
            if not resource.encrypted_password:
                raise InvalidValue(name="'Password'", value="", right="the password of the cloud's account")
            password = api.decrypt_password(resource.encrypted_password)
            connection = (key, self._cloud.login(resource.user, password, resource.region))
            self._connection = connection
        return connection[1]


def _told(error: Exception, logger: Logger) -> CommandError:
    """Log an error with its traceback, and return it as one sentence for the user."""
    logger.error("The command failed", exc_info=error)
    return CommandError(sentence(error))
