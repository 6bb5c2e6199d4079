"""Executions: commands of a resource's driver, from the queue to their end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from cloudshell_local.execution.driver_process import DriverCall
from cloudshell_local.storage.model import new_id

PENDING, RUNNING, COMPLETED, FAILED, STOPPED = "Pending", "Running", "Completed", "Failed", "Stopped"
# A token is valid inside of the `with`: a real server's tokens end with their command (docs/reference/server.md §4).
TokenFactory = Callable[[], AbstractContextManager[str]]
# A context is JSON and holds the token that it is made for.
ContextFactory = Callable[[str], Mapping[str, object]]
Report = Callable[[str], None]
# What a command answered, or the error with which it ended.
Outcome = str | Exception | None


def no_report(text: str) -> None:
    """Ignore a message."""


@dataclass(frozen=True)
class ResourceDriver:
    """Driver of one resource.

    folder: the unpacked driver zip, another one for each version of the driver; concurrent: whether its commands may run at
    the same time; init_context: makes the context of `initialize`.
    """

    resource_id: str
    resource: str
    folder: Path
    concurrent: bool
    init_context: ContextFactory


@dataclass
class Execution:
    """A command that waits, runs or has ended.

    context: makes the command's context when the command starts; report: receives messages for the user, as that an
    environment is being made; on_success: called before `result` returns; on_end: called before that, too,
    however the command ended; app: the name of the deployed app that a remote
    command is for; queued_at, started_at, ended_at: seconds since the epoch, 0 for what has not happened yet; waits_since:
    when it was queued, of `time.monotonic`, since the computer's clock may be set while it waits.
    """

    driver: ResourceDriver
    command: str
    context: ContextFactory
    parameters: Mapping[str, object] = field(repr=False)
    cancellable: bool = False
    sandbox: str = ""
    report: Report = no_report
    on_success: Callable[[], None] = lambda: None
    on_end: Callable[[Execution, Outcome], None] = lambda execution, outcome: None
    app: str = ""
    id: str = field(default_factory=new_id)
    state: str = PENDING
    queued_at: float = field(default_factory=time.time)
    waits_since: float = field(default_factory=time.monotonic)
    started_at: float = 0
    ended_at: float = 0
    answer: Future[str | None] = field(default_factory=Future, repr=False)
    call: DriverCall | None = None
    stop_requested: bool = False

    def result(self) -> str | None:
        """Wait until the command has ended and return its answer; raise CommandFailed or EnvironmentFailed."""
        return self.answer.result()
