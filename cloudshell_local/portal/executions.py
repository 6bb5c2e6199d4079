"""Executions: the drivers' commands that run, wait and ran."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from starlette.routing import Route

from cloudshell_local.execution.executions import PENDING, RUNNING, Execution
from cloudshell_local.portal.secrets import without_secrets
from cloudshell_local.portal.status import BAD, BUSY, GOOD, IDLE
from cloudshell_local.portal.web import Answer, Asked, Page, Stay, Web
from cloudshell_local.services.container import Services
from cloudshell_local.storage.changes import EXECUTION
from cloudshell_local.storage.store import Store

LISTED = 100
# Of a log, its end is shown; it can be long.
LOG_BYTES, LOG_FILES = 32 * 1024, 4
_TONES = {"Running": BUSY, "Completed": GOOD, "Failed": BAD}


@dataclass(frozen=True)
class Shown:
    """An execution as it is shown. seconds: since it began, or how long it took."""

    id: str
    command: str
    resource: str
    app: str
    sandbox: str
    sandbox_name: str
    state: str
    tone: str
    asked: float
    began: float
    seconds: float | None
    can_stop: bool
    is_being_stopped: bool
    output: str
    error: str


def shown(execution: Execution, store: Store) -> Shown:
    """Return an execution as it is now, with no secret that its output may have."""
    done = execution.answer.done() and not execution.answer.cancelled()
    error = execution.answer.exception() if done else None
    output = execution.answer.result() if done and not error else None
    is_open = execution.state in (PENDING, RUNNING)
    return Shown(
        execution.id,
        execution.command,
        execution.driver.resource,
        execution.app,
        execution.sandbox,
        store.sandboxes.get(execution.sandbox).name if execution.sandbox in store.sandboxes else "",
        execution.state,
        _TONES.get(execution.state, IDLE),
        execution.queued_at,
        execution.started_at,
        (execution.ended_at or time.time()) - execution.started_at if execution.started_at else None,
        is_open and not execution.stop_requested and (execution.cancellable or execution.state == PENDING),
        is_open and execution.stop_requested,
        without_secrets(output or ""),
        without_secrets(str(error)) if error else "",
    )


def under_way(executions: Iterable[Execution], sandbox: str, store: Store) -> list[Shown]:
    """Return what runs and waits for a sandbox."""
    found = [each for each in executions if each.sandbox == sandbox and each.state in (PENDING, RUNNING)]
    return [shown(each, store) for each in found]


class ExecutionPages:
    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._store = services.store
        self._server = services.execution_server

    def routes(self) -> list[Route]:
        """Return the routes of executions."""
        return [
            self._web.shows("/executions", self._list, admin=True),
            self._web.shows("/executions/{id}", self._show, admin=True),
            self._web.does("/executions/{id}/stop", self._stop, admin=True),
        ]

    def _list(self, asked: Asked) -> Answer:
        newest_first = self._server.executions()[::-1]
        listed = newest_first if asked.query.get("all") else newest_first[:LISTED]
        values = {
            "executions": [shown(each, self._store) for each in listed],
            "slots": self._server.slots,
            "older": len(newest_first) - len(listed),
        }
        return Page("executions.html", values, (EXECUTION,))

    def _show(self, asked: Asked) -> Answer:
        execution = self._server.execution(asked.path["id"])
        logs = [(path.name, _end_of(path)) for path in self._server.log_files(execution)[:LOG_FILES]]
        values = {"execution": shown(execution, self._store), "logs": logs}
        return Page("execution.html", values, (EXECUTION,))

    def _stop(self, asked: Asked) -> Answer:
        self._server.stop(asked.path["id"])
        return Stay(f"/executions/{asked.path['id']}")


def _end_of(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LOG_BYTES))
        return without_secrets(file.read().decode(errors="replace"))
