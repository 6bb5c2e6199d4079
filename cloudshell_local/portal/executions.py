"""The pages of executions: the driver commands that wait, run and ran, with what they were sent, answered and logged."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property

from starlette.routing import Route

from cloudshell_local.execution.execution_server import ExecutionServer
from cloudshell_local.execution.executions import ACTIONS_FAILED, PENDING, RUNNING, Execution
from cloudshell_local.portal.pages import NoContent, Page, PageRequest, PageResponse
from cloudshell_local.portal.status import BAD, BUSY, GOOD, IDLE
from cloudshell_local.portal.web import Web
from cloudshell_local.services.container import Services
from cloudshell_local.storage.changes import EXECUTION
from cloudshell_local.storage.executions import ExecutionRecord
from cloudshell_local.storage.store import Store

LIST_LENGTH = 100
_TONES = {"Running": BUSY, "Completed": GOOD, ACTIONS_FAILED: BAD, "Failed": BAD}


@dataclass(frozen=True)
class ExecutionView:
    """An execution as a page shows it.

    state: as it was when the page was made. seconds: how long the execution has run, None if it has not begun.
    driver_commands: how many commands its driver runs, this one too, which all end when one is terminated.
    """

    execution: Execution
    sandbox_name: str
    state: str
    seconds: float | None
    driver_commands: int = 0

    @cached_property
    def record(self) -> ExecutionRecord:
        """The record, without secrets. It is made for those pages only that show it: logs and requests may be long."""
        return self.execution.record

    @property
    def summary(self) -> str:
        """The result in one line: the error, the actions that failed, or the output."""
        record = self.record
        return record.error or "; ".join(record.failed_actions) or " ".join(record.output.split())

    @property
    def is_bad(self) -> bool:
        """Whether the command, or an action of it, has failed."""
        return bool(self.record.error or self.record.failed_actions)

    @property
    def target(self) -> str:
        """The name of the deployed App that the command is for, or else of its resource."""
        return self.execution.app or self.execution.driver.resource

    @property
    def tone(self) -> str:
        """The colour of the state, as that of a live status."""
        return _TONES.get(self.state, IDLE)

    @property
    def is_stopping(self) -> bool:
        """Whether a user has stopped the command, and it has not ended yet."""
        return self.state in (PENDING, RUNNING) and self.execution.stop_requested

    @property
    def can_stop(self) -> bool:
        """Whether a user may stop the command: while it waits, and while it runs if it supports cancellation."""
        if self.execution.stop_requested:
            return False
        return self.state == PENDING or (self.state == RUNNING and self.execution.cancellable)

    @property
    def can_terminate(self) -> bool:
        """Whether an administrator may terminate the command: it runs, and nothing less can end it, or has yet."""
        return self.state == RUNNING and not self.can_stop

    @property
    def termination_question(self) -> str:
        """The question before the command is terminated, with what else that ends."""
        count, resource = self.driver_commands, self.execution.driver.resource
        ends = f"its {count} commands end" if count > 1 else "this command ends"
        killed = f"The driver of '{resource}' is killed: {ends}, and what it keeps in memory is lost."
        return f"Terminate '{self.execution.command}'? {killed}"


def view_of(execution: Execution, store: Store, driver_commands: int = 0) -> ExecutionView:
    """Return the view of an execution as it is now."""
    return ExecutionView(
        execution,
        store.sandboxes.get(execution.sandbox).name if execution.sandbox in store.sandboxes else "",
        execution.state,
        _seconds(execution),
        driver_commands,
    )


def _seconds(execution: Execution) -> float | None:
    if not execution.started_at:
        return None
    # The computer's clock may have been set back.
    return max((execution.ended_at or time.time()) - execution.started_at, 0)


def active_views(server: ExecutionServer, sandbox: str, store: Store) -> list[ExecutionView]:
    """Return the views of the executions that wait or run in a sandbox."""
    # A view has the whole output of its execution, so that none is made of the many that have ended.
    active = [each for each in server.executions() if each.sandbox == sandbox and not each.answer.done()]
    views = [view_of(each, store, len(server.commands_with(each))) for each in active]
    return [view for view in views if view.state in (PENDING, RUNNING)]


class ExecutionPages:
    """The pages of executions, for administrators."""

    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._store = services.store
        self._server = services.execution_server

    def routes(self) -> list[Route]:
        """Return the routes of the pages and actions of executions."""
        return [
            self._web.page("/executions", self._list),
            self._web.page("/executions/{id}", self._show),
            self._web.action("/executions/{id}/stop", self._stop),
            self._web.action("/executions/{id}/terminate", self._terminate),
        ]

    def _list(self, request: PageRequest) -> PageResponse:
        newest_first = self._server.executions()[::-1]
        shown_first = newest_first if request.query.get("all") else newest_first[:LIST_LENGTH]
        values = {
            "executions": [self._view(each) for each in shown_first],
            "slots": self._server.slots,
            "older": len(newest_first) - len(shown_first),
        }
        return Page("executions.html", values, (EXECUTION,))

    def _show(self, request: PageRequest) -> PageResponse:
        execution = self._server.execution(request.path["id"])
        values = {"view": self._view(execution), "logs": self._server.log_folder(execution)}
        return Page("execution.html", values, (EXECUTION,))

    def _stop(self, request: PageRequest) -> PageResponse:
        self._server.stop(request.path["id"])
        return NoContent(f"/executions/{request.path['id']}")

    def _terminate(self, request: PageRequest) -> PageResponse:
        self._server.terminate(request.path["id"])
        return NoContent(f"/executions/{request.path['id']}")

    def _view(self, execution: Execution) -> ExecutionView:
        return view_of(execution, self._store, len(self._server.commands_with(execution)))
