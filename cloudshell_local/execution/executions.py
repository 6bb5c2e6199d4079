"""Executions: commands of a resource's driver, from the queue to their end."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from cloudshell_local.errors import CommandFailed
from cloudshell_local.execution.answers import failed_actions
from cloudshell_local.execution.driver_process import DriverCall
from cloudshell_local.execution.tails import end_of_text
from cloudshell_local.redaction import HIDDEN, NO_SECRETS, Secrets, pretty, redact
from cloudshell_local.storage.executions import ExecutionRecord
from cloudshell_local.storage.model import new_id

PENDING, RUNNING, COMPLETED, FAILED, STOPPED = "Pending", "Running", "Completed", "Failed", "Stopped"
# The driver answered, but said that some of the actions that it was asked for have failed.
ACTIONS_FAILED = "Actions failed"
# A token is valid inside of the `with`: a real server's tokens end with their command (docs/reference/server.md §4).
TokenFactory = Callable[[], AbstractContextManager[str]]
# A context is JSON and holds the token that it is made for.
ContextFactory = Callable[[str], Mapping[str, object]]
# The secrets in what a driver is sent: its context and parameters, as JSON.
SecretsFinder = Callable[[object], Secrets]
Report = Callable[[str], None]
# What a command answered, or the error with which it ended.
Outcome = str | Exception | None


def no_report(text: str) -> None:
    """Ignore a message."""


def find_no_secrets(sent: object) -> Secrets:
    """Return no secrets; those that their names or forms give away are hidden all the same."""
    return NO_SECRETS


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

    context: makes the command's context when the command starts; sent: its parameters, by name; report: receives messages
    for the user, as that an environment is being made; on_success: called before `result` returns; on_end: called before
    that, too, however the command ended; app: the name of the deployed app that a remote command is for; find_secrets: finds
    what its record hides; queued_at, started_at, ended_at: seconds since the epoch, 0 for what has not happened yet;
    waits_since: when it was queued, of `time.monotonic`, since the computer's clock may be set while it waits.
    """

    driver: ResourceDriver
    command: str
    context: ContextFactory
    sent: Mapping[str, object] = field(repr=False)
    cancellable: bool = False
    sandbox: str = ""
    report: Report = no_report
    on_success: Callable[[], None] = lambda: None
    on_end: Callable[[Execution, Outcome], None] = lambda execution, outcome: None
    app: str = ""
    find_secrets: SecretsFinder = find_no_secrets
    id: str = field(default_factory=new_id)
    state: str = PENDING
    queued_at: float = field(default_factory=time.time)
    waits_since: float = field(default_factory=time.monotonic)
    started_at: float = 0
    ended_at: float = 0
    answer: Future[str | None] = field(default_factory=Future, repr=False)
    call: DriverCall | None = None
    stop_requested: bool = False
    secrets: Secrets = field(default=NO_SECRETS, repr=False)
    _outcome: Outcome = field(default=None, init=False, repr=False)
    _final_record: ExecutionRecord | None = field(default=None, init=False, repr=False)

    @classmethod
    def restored(cls, record: ExecutionRecord) -> Execution:
        """Return an execution of an earlier run of the server from its record; the command cannot be started again."""
        driver = ResourceDriver(record.resource_id, record.resource, Path(), False, lambda token: {})
        execution = cls(driver, record.command, lambda token: {}, record.parameters, app=record.app, id=record.id)
        execution.sandbox, execution.state = record.sandbox, record.state
        execution.queued_at, execution.started_at = record.queued_at, record.started_at
        execution.ended_at, execution._final_record = record.ended_at, record
        if record.error:
            execution.answer.set_exception(CommandFailed(record.error))
        else:
            execution.answer.set_result(record.output)
        return execution

    @property
    def record(self) -> ExecutionRecord:
        """The record of the execution as it is now: what the driver was sent, answered, raised, logged and printed."""
        if self._final_record:
            return self._final_record
        is_over = bool(self.ended_at)  # It may end while its record is made.
        record = self._record()
        if is_over:
            self._final_record = record
        return record

    def result(self) -> str | None:
        """Wait until the command has ended and return its answer; raise CommandFailed or EnvironmentFailed."""
        return self.answer.result()

    def without_secrets(self, text: str) -> str:
        """Return a text that the driver has answered or raised without the secrets that the command was sent."""
        return redact(text, self.secrets)

    def end(self, outcome: Outcome, state: str) -> None:
        """Set the end of the execution: the driver's answer, or why there is none, and its state."""
        self._outcome, self.state, self.ended_at = outcome, state, time.time()

    def state_after(self, outcome: Outcome) -> str:
        """Return the state of an execution that ran and ends with an answer or an error."""
        is_failure = isinstance(outcome, Exception)
        if not is_failure and not self._failed_actions(outcome):
            return COMPLETED
        if self.stop_requested:
            return STOPPED
        return FAILED if is_failure else ACTIONS_FAILED

    def _failed_actions(self, outcome: Outcome) -> list[str]:
        return [] if isinstance(outcome, Exception) else failed_actions(self.command, self.sent, outcome)

    def _record(self) -> ExecutionRecord:
        outcome = self._outcome
        error = outcome if isinstance(outcome, Exception) else None
        return ExecutionRecord(
            id=self.id,
            command=self.command,
            resource_id=self.driver.resource_id,
            resource=self.driver.resource,
            sandbox=self.sandbox,
            app=self.app,
            state=self.state,
            queued_at=self.queued_at,
            started_at=self.started_at,
            ended_at=self.ended_at,
            parameters={name: self._parameter(name, value) for name, value in self.sent.items()},
            output="" if error else self._shown(outcome),
            error=self._hidden(str(error)) if error else "",
            failed_actions=[self._hidden(each) for each in self._failed_actions(outcome)] if self.ended_at else [],
            traceback=self._hidden(getattr(error, "traceback", "")),
            log=self._hidden(self.call.log.text) if self.call else "",
            printed=self._hidden(self.call.printed.text) if self.call else "",
        )

    def _parameter(self, name: str, value: object) -> str:
        return HIDDEN if value and self.secrets.has_name(name) else self._shown(value)

    def _shown(self, value: object) -> str:
        text = value if isinstance(value, str) else "" if value is None else json.dumps(value, default=str)
        return _storable(end_of_text(pretty(text, self.secrets)))

    def _hidden(self, text: str) -> str:
        return _storable(redact(end_of_text(text), self.secrets))


def _storable(text: str) -> str:
    """Return a text of a driver with lone surrogates escaped, which no file, database or page can have."""
    return text.encode(errors="backslashreplace").decode()
