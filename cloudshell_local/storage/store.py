"""The records of a server, in an SQLite file of the data folder.

Every change is written to the file before the call that makes it returns, so a server that is killed loses nothing that it
has answered. All records are also in memory: a server has few of them, and reads them far more often than it writes.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from cloudshell_local.storage import formats
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


class Store:
    """All records of a server, the activity feeds, and the lock under which they change.

    The lock is held for moments only, never while a command runs. Raises LocalError for a file of another format, which is
    left as it was.
    """

    def __init__(self, file: Path) -> None:
        self.changes = Changes()
        self.lock = threading.RLock()
        self.is_closed = False
        with ExitStack() as opening:  # A file that cannot be read is closed again.
            connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
            self._connection = opening.enter_context(closing(connection))
            self._prepare(file)
            self.users = Collection(self, "user", User)
            self.shells = Collection(self, "shell", InstalledShell)
            self.resources = Collection(self, "resource", Resource)
            self.templates = Collection(self, "App template", AppTemplate)
            self.blueprints = Collection(self, "blueprint", Blueprint)
            self.sandboxes = SandboxCollection(self)
            self.pool_items = Collection(self, "pool item", PoolItem)
            self.executions = ExecutionRecords(self)
            opening.pop_all()

    def _prepare(self, file: Path) -> None:
        found = formats.require_format(self._connection, file)
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

    def read(self, statement: str, *values: str) -> list[tuple[str, ...]]:
        """Return the rows of a query."""
        with self.lock:
            return self._connection.execute(statement, values).fetchall()

    def write(self, statement: str, *values: str) -> None:
        """Execute a statement; its effect is in the file when this returns."""
        with self.lock:
            self._connection.execute(statement, values)

    def add_message(self, sandbox: str, message: Message) -> None:
        """Add a line to the activity feed of a sandbox (its id)."""
        self.write("INSERT INTO feed VALUES (?, ?, ?)", sandbox, message.time, message.text)
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
