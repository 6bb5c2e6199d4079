"""Where the records lie: an SQLite file in the data folder, written through; what was answered is there after a crash."""

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

VERSION = 1
# A record that changes keeps its place in the order in which records came.
_PUT = "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body"
T = TypeVar("T")


class Collection(Generic[T]):
    """The records of one kind, by name. What is read here is never changed in place, so it may be kept and looked at."""

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
        """Put a new record; raise AlreadyExists."""
        with self._store.lock:
            if key in self._records:
                raise AlreadyExists(self.kind, key)
            return self.put(key, record)

    @contextmanager
    def changing(self, key: str) -> Iterator[T]:
        """Give a record to change, alone: it is kept when the block ends, and not at all when it raises."""
        with self._store.lock:
            record: T = pickle.loads(pickle.dumps(self.get(key)))  # noqa: S301 - a copy, four times as fast as deepcopy
            yield record
            self.put(key, record)

    def put(self, key: str, record: T) -> T:
        """Keep a record as it is now."""
        with self._store.lock:
            body = self._adapter.dump_json(record).decode()
            self._store.write(_PUT, self.kind, key, body)
            self._records[key] = record
        self._store.changes.notify(self.kind)
        return record

    def remove(self, key: str) -> None:
        """Forget a record, if it is there."""
        with self._store.lock:
            self._store.write("DELETE FROM records WHERE kind = ? AND key = ?", self.kind, key)
            self._records.pop(key, None)
        self._store.changes.notify(self.kind)


class Store:
    """All collections, and the lock under which they change; it is held for moments, never while a command runs."""

    def __init__(self, file: Path) -> None:
        self.changes = Changes()
        self.lock = threading.RLock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._prepare(file)
        self.users = Collection(self, "user", User)
        self.shells = Collection(self, "shell", InstalledShell)
        self.resources = Collection(self, "resource", Resource)
        self.templates = Collection(self, "App template", AppTemplate)
        self.blueprints = Collection(self, "blueprint", Blueprint)
        self.sandboxes = Collection(self, "sandbox", Sandbox)
        self.pool_items = Collection(self, "pool item", PoolItem)

    def _prepare(self, file: Path) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, VERSION):
            raise LocalError(f"{file} was written by another version of this server (format {version}, not {VERSION})")
        self.write("CREATE TABLE IF NOT EXISTS records (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key))")
        self.write("CREATE TABLE IF NOT EXISTS feed (sandbox TEXT, time TEXT, text TEXT)")
        self.write("CREATE INDEX IF NOT EXISTS feed_of ON feed (sandbox)")
        self.write(f"PRAGMA user_version = {VERSION}")

    def read(self, statement: str, *values: str) -> list[tuple[str, ...]]:
        """Return the rows of a query."""
        with self.lock:
            return self._connection.execute(statement, values).fetchall()

    def write(self, statement: str, *values: str) -> None:
        """Do a statement; it is kept when this returns."""
        with self.lock:
            self._connection.execute(statement, values)

    def add_message(self, sandbox: str, message: Message) -> None:
        """Add a line to a sandbox's feed."""
        self.write("INSERT INTO feed VALUES (?, ?, ?)", sandbox, message.time, message.text)
        self.changes.notify(FEED)

    def feed(self, sandbox: str) -> list[Message]:
        """Return a sandbox's feed, the newest last."""
        rows = self.read("SELECT time, text FROM feed WHERE sandbox = ? ORDER BY rowid", sandbox)
        return [Message(*row) for row in rows]

    def delete_feed(self, sandbox: str) -> None:
        """Delete a sandbox's feed."""
        self.write("DELETE FROM feed WHERE sandbox = ?", sandbox)

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self._connection.close()
