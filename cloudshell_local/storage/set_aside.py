"""Rows that cannot be read: they are kept in a table of their own, so that the server goes on without them."""

from __future__ import annotations

from dataclasses import dataclass

TABLE = "CREATE TABLE IF NOT EXISTS set_aside (kind TEXT, key TEXT, problem TEXT, body TEXT)"
READ = "SELECT kind, key, problem FROM set_aside ORDER BY rowid"
# How a row is moved, by the table that it is in.
MOVES = {
    "records": (
        "INSERT INTO set_aside SELECT ?, ?, ?, body FROM records WHERE rowid = ?",
        "DELETE FROM records WHERE rowid = ?",
    ),
    "sandbox_parts": (
        "INSERT INTO set_aside SELECT ?, ?, ?, body FROM sandbox_parts WHERE rowid = ?",
        "DELETE FROM sandbox_parts WHERE rowid = ?",
    ),
    "executions": (
        "INSERT INTO set_aside SELECT ?, ?, ?, body FROM executions WHERE rowid = ?",
        "DELETE FROM executions WHERE rowid = ?",
    ),
}


@dataclass(frozen=True)
class SetAside:
    """Row that could not be read. kind, key: whose; problem: why, without any value of the row."""

    kind: str
    key: str
    problem: str

    def __str__(self) -> str:
        return f"the {self.kind} '{self.key}' cannot be read ({self.problem})"
