"""The records of a server, in an SQLite file of the data folder.

Every change is written to the file before the call that makes it returns, so a server that is killed loses nothing that it
has answered. All records are also in memory: a server has few of them, and reads them far more often than it writes.
"""

from __future__ import annotations

import pickle
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from cloudshell_local.errors import AlreadyExists, LocalError, NotFound
from cloudshell_local.storage.changes import FEED, Changes
from cloudshell_local.storage.model import (
    AppTemplate,
    Blueprint,
    InstalledShell,
    Message,
    PoolItem,
    Resource,
    Sandbox,
    User,
)

# The format of the file. Fields of records may be added with a default. When one is renamed or removed, this number grows,
# files of the old format are migrated when they are opened, and tests/cloudshell_local/fixtures gets a folder of it.
VERSION = 1
# A record that changes keeps its place in the order in which records were added.
_PUT = "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body"
T = TypeVar("T")


class Collection(Generic[T]):
    """The records of one kind, by their keys, in the order in which they were added.

    A record that was read is never changed in place: it stays as it was when it was read.
    """

    def __init__(self, store: Store, kind: str, record: type[T]) -> None:
        self._store = store
        self.kind = kind
        self._adapter = TypeAdapter(record)
        self._records: dict[str, T] = {
            key: self._adapter.validate_json(body)
            for key, body in store.read("SELECT key, body FROM records WHERE kind = ? ORDER BY rowid", kind)
        }

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._records.values()))

    def __contains__(self, key: str) -> bool:
        return key in self._records

    def get(self, key: str) -> T:
        """Return a record; raise NotFound."""
        try:
            return self._records[key]
        except KeyError:
            raise NotFound(key) from None

    def add(self, key: str, record: T) -> T:
        """Add a new record and return it; raise AlreadyExists."""
        with self._store.lock:
            if key in self._records:
                raise AlreadyExists(self.kind, key)
            return self.put(key, record)

    @contextmanager
    def changing(self, key: str) -> Iterator[T]:
        """Yield a copy of a record, which replaces the record when the block ends; raise NotFound.

        The store is locked until then, so keep the block short. Nothing changes when the block raises.
        """
        with self._store.lock:
            record: T = pickle.loads(pickle.dumps(self.get(key)))  # noqa: S301 - a copy, four times as fast as deepcopy
            yield record
            self.put(key, record)

    def put(self, key: str, record: T) -> T:
        """Add or replace a record, and return it."""
        with self._store.lock:
            body = self._adapter.dump_json(record).decode()
            self._store.write(_PUT, self.kind, key, body)
            self._records[key] = record
        self._store.changes.notify(self.kind)
        return record

    def remove(self, key: str) -> None:
        """Delete a record; a record that is missing is no error."""
        with self._store.lock:
            self._store.write("DELETE FROM records WHERE kind = ? AND key = ?", self.kind, key)
            self._records.pop(key, None)
        self._store.changes.notify(self.kind)


class Store:
    """All records of a server, the activity feeds, and the lock under which they change.

    The lock is held for moments only, never while a command runs. Raises LocalError for a file of another format, which is
    left as it was.
    """

    def __init__(self, file: Path) -> None:
        self.changes = Changes()
        self.lock = threading.RLock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        try:
            _require_format(self._connection, file)
        except LocalError:
            self._connection.close()
            raise
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._create_tables()
        self.users = Collection(self, "user", User)
        self.shells = Collection(self, "shell", InstalledShell)
        self.resources = Collection(self, "resource", Resource)
        self.templates = Collection(self, "App template", AppTemplate)
        self.blueprints = Collection(self, "blueprint", Blueprint)
        self.sandboxes = Collection(self, "sandbox", Sandbox)
        self.pool_items = Collection(self, "pool item", PoolItem)

    def _create_tables(self) -> None:
        # In one transaction: a server that is killed leaves no tables without the number of their format.
        self.write("BEGIN")
        self.write("CREATE TABLE IF NOT EXISTS records (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key))")
        self.write("CREATE TABLE IF NOT EXISTS feed (sandbox TEXT, time TEXT, text TEXT)")
        self.write("CREATE INDEX IF NOT EXISTS feed_of ON feed (sandbox)")
        self.write(f"PRAGMA user_version = {VERSION}")
        self.write("COMMIT")

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
            self._connection.close()


def _require_format(connection: sqlite3.Connection, file: Path) -> None:
    """Raise LocalError unless a file is new or of this server's format. Nothing is written to it."""
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        raise LocalError(f"{file} cannot be read as the records of a server: {error}") from None
    if version == VERSION or (version == 0 and not tables):
        return
    if version == 0:
        raise LocalError(f"{file} is a database of something else, not the records of a server; choose another folder")
    raise LocalError(f"{file} was written by another version of this server (format {version}, not {VERSION})")
