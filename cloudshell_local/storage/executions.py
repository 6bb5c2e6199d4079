"""Records of executions that have ended, in the server's file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

if TYPE_CHECKING:
    from cloudshell_local.storage.store import Store

# How many executions are kept.
MAX_EXECUTIONS = 1000
TABLE = "CREATE TABLE IF NOT EXISTS executions (number INTEGER PRIMARY KEY, body TEXT)"


@dataclass(frozen=True)
class ExecutionRecord:
    """Record of an execution, in which all secrets are hidden.

    parameters: what the driver was sent, by name; a JSON text is over several lines, as in output, which is the driver's
    answer. error: the sentence of what the command raised. failed_actions: those that the answer says have failed, with
    their reasons. traceback: of the driver's exception and its causes. log, printed: the end of what the command's threads
    have logged and printed. queued_at, started_at, ended_at: seconds since the epoch, 0 for what has not happened.
    """

    id: str
    command: str
    resource_id: str
    resource: str
    sandbox: str
    app: str
    state: str
    queued_at: float
    started_at: float
    ended_at: float
    parameters: dict[str, str] = field(default_factory=dict)
    output: str = ""
    error: str = ""
    failed_actions: list[str] = field(default_factory=list)
    traceback: str = ""
    log: str = ""
    printed: str = ""


class ExecutionRecords:
    """The records of the last executions that ended."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._adapter = TypeAdapter(ExecutionRecord)

    def all(self) -> list[ExecutionRecord]:
        """Return all records, the newest last."""
        return [
            self._adapter.validate_json(body)
            for (body,) in self._store.read("SELECT body FROM executions ORDER BY number")
        ]

    def add(self, record: ExecutionRecord) -> None:
        """Add a record, and delete the oldest ones that are too many; do nothing when the store is closed."""
        body = self._adapter.dump_json(record).decode()
        with self._store.lock:
            if not self._store.is_closed:  # A command may end when the server has ended.
                self._add(body)

    def _add(self, body: str) -> None:
        with self._store.transaction():
            self._store.write("INSERT INTO executions (body) VALUES (?)", body)
            self._store.write(
                "DELETE FROM executions WHERE number <= (SELECT max(number) FROM executions) - CAST(? AS INTEGER)",
                str(MAX_EXECUTIONS),
            )
