"""The records of a server, in an SQLite file of the data folder.

Every change is written to the file before the call that makes it returns, so a server that is killed loses nothing that it
has answered. All records are also in memory: a server has few of them, and reads them far more often than it writes.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from cloudshell_local.errors import LocalError
from cloudshell_local.redaction import redact
from cloudshell_local.storage import formats, set_aside
from cloudshell_local.storage.changes import FEED, Changes
from cloudshell_local.storage.collection import Collection
from cloudshell_local.storage.executions import ExecutionRecords
from cloudshell_local.storage.model import (
    AppTemplate,
    Blueprint,
    InstalledShell,
    Message,
    PoolItem,
    Resource,
    User,
)
from cloudshell_local.storage.sandboxes import SandboxCollection
from cloudshell_local.storage.set_aside import SetAside
from cloudshell_local.text import cleaned, shortened

logger = logging.getLogger(__name__)
# Of a line of the activity feed, in characters.
LONGEST_MESSAGE = 32 * 1024


class Store:
    """All records of a server, the activity feeds, and the lock under which they change.

    The lock is held for moments only, never while a command runs. Raises LocalError for a file that is damaged or of another
    format, which is left as it was. A record that cannot be read is set aside, and the log names it.
    """

    def __init__(self, file: Path) -> None:
        self.changes = Changes()
        self.lock = threading.RLock()
        self.is_closed = False
        with ExitStack() as opening, _named(file):  # A file that cannot be read is closed again.
            connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
            self._connection = opening.enter_context(closing(connection))
            self._file = file
            self._prepare()
            self.users = Collection(self, "user", User)
            self.shells = Collection(self, "shell", InstalledShell)
            self.resources = Collection(self, "resource", Resource)
            self.templates = Collection(self, "App template", AppTemplate)
            self.blueprints = Collection(self, "blueprint", Blueprint)
            self.sandboxes = SandboxCollection(self)
            self.pool_items = Collection(self, "pool item", PoolItem)
            self.executions = ExecutionRecords(self)
            opening.pop_all()

    def _prepare(self) -> None:
        # A text that is not UTF-8 must not keep the others from being read.
        self._connection.text_factory = lambda raw: raw.decode(errors="replace")
        found = formats.require_format(self._connection, self._file)
        for (problem,) in self._connection.execute("PRAGMA quick_check(1)").fetchall():
            if problem != "ok":
                raise sqlite3.DatabaseError(problem.splitlines()[-1])
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self.transaction():  # A server that is killed leaves no half of a format.
            formats.create_tables(self._connection, found)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all writes of a block one change of the file, which nobody ever sees a half of; none is made if it raises.

        The store is locked meanwhile. A transaction has no other one inside.
        """
        with self.lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def read(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self.lock:
            return self._connection.execute(statement, values).fetchall()

    def write(self, statement: str, *values: str) -> None:
        """Execute a statement; its effect is in the file when this returns."""
        with self.lock:
            self._connection.execute(statement, values)

    def set_aside(self, bad: SetAside, table: str, row: int) -> None:
        """Move a row that cannot be read out of a table, so that the server goes on without it, and log it."""
        insert, delete = set_aside.MOVES[table]
        with self.transaction():
            self._connection.execute(insert, (bad.kind, bad.key, bad.problem, row))
            self._connection.execute(delete, (row,))
        logger.error("%s: %s; it is kept in the table set_aside, and the server goes on without it", self._file, bad)

    def all_set_aside(self) -> list[SetAside]:
        """Return the rows that could not be read, at this start or an earlier one."""
        return [SetAside(*row) for row in self.read(set_aside.READ)]

    def contains(self, text: str) -> bool:
        """Return whether a record or a part of a sandbox has a text in it."""
        bodies = "SELECT body FROM records UNION ALL SELECT body FROM sandbox_parts"
        return bool(self.read(f"SELECT 1 FROM ({bodies}) WHERE instr(body, ?) LIMIT 1", text))  # noqa: S608 - constants

    def add_message(self, sandbox: str, message: Message) -> None:
        """Add a line to the activity feed of a sandbox (its id).

        The middle of a text that is longer than LONGEST_MESSAGE is left out.
        """
        text = cleaned(message.text)
        if len(text) > LONGEST_MESSAGE:  # A secret is not known by one half of it.
            text = shortened(redact(text), LONGEST_MESSAGE)
        self.write("INSERT INTO feed VALUES (?, ?, ?)", sandbox, message.time, text)
        self.changes.notify(FEED)

    def feed(self, sandbox: str) -> list[Message]:
        """Return the activity feed of a sandbox (its id), the newest line last."""
        rows = self.read("SELECT time, text FROM feed WHERE sandbox = ? ORDER BY rowid", sandbox)
        return [Message(*row) for row in rows]

    def delete_feed(self, sandbox: str) -> None:
        """Delete the activity feed of a sandbox (its id)."""
        self.write("DELETE FROM feed WHERE sandbox = ?", sandbox)

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self.is_closed = True
            self._connection.close()


@contextmanager
def _named(file: Path) -> Iterator[None]:
    """Have an error of SQLite name the file and say what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _damaged(file, error) from None


def _damaged(file: Path, error: sqlite3.Error) -> LocalError:
    if isinstance(error, sqlite3.OperationalError):  # Not the file's content: no room, no permission, another program.
        return LocalError(
            f"{file} cannot be used ({error}); see that it is a file that you may write, that no other program uses, and "
            "that the disk has room"
        )
    return LocalError(
        f"{file} cannot be read as the records of a server: {error}; put back a copy of the whole folder, or move this file "
        "away: the server then begins without records"
    )
