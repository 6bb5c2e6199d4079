"""Stores of records: the interface, and the store in memory. `sql_store` has the persistent one.

A record is found by a kind, an owner and a key: an instance by ("instance", its account, its id). An operation is a
function on the records that a store runs as one transaction, whole or not at all.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from bisect import bisect_right, insort
from typing import Any, Callable, TypeVar

from heavenly_cloud.errors import StorePackageMissing

Result = TypeVar("Result")
Row = tuple[str, str, str, Any]  # kind, owner, key, record


class Records(ABC):
    """The records as one transaction reads and changes them."""

    @abstractmethod
    def get(self, kind: str, owner: str, key: str) -> Any:
        """Return a record, None if it does not exist."""

    @abstractmethod
    def put(self, kind: str, owner: str, key: str, record: Any) -> None:
        """Add a record, or replace the one before. A record never changes afterwards, and is not None."""

    @abstractmethod
    def delete(self, kind: str, owner: str, key: str) -> None:
        """Delete a record; does nothing when it does not exist."""

    @abstractmethod
    def owned(self, kind: str, owner: str) -> list[tuple[str, Any]]:
        """Return the keys and records of an owner, in the order of the keys."""

    @abstractmethod
    def drop(self, kind: str, owner: str) -> None:
        """Delete all records of an owner."""

    @abstractmethod
    def around(self, kind: str, owner: str, key: str) -> list[Any]:
        """Return the record at or before a key of digits, and the one after it, as far as they exist."""

    @abstractmethod
    def everything(self) -> list[Row]:
        """Return all records, in order."""

    @abstractmethod
    def clear(self) -> None:
        """Delete all records."""


class CloudStore(ABC):
    """Store of the records of one cloud. is_persistent: whether they outlive the process."""

    is_persistent: bool

    @abstractmethod
    def run(self, work: Callable[[Records], Result], *, writes: bool = True) -> Result:
        """Run work on the records as one transaction and return its result; raise StoreUnreachable.

        work: it must do nothing but read and change records, because it is run again after a conflict with another
        process; writes: whether it changes records. Work that does not never waits for work that does.
        """

    @abstractmethod
    def close(self) -> None:
        """Close files and connections. A later call opens them again."""


def open_store(url: str) -> CloudStore:
    """Return the store that a URL names, one in memory if it is empty.

    A store of an earlier version is migrated. Raises InvalidStore, StoreUnreachable, InvalidData, StorePackageMissing,
    and StoreVersion for a store of a newer or unknown version, which is left as it is.
    """
    if not url:
        return MemoryStore()
    try:
        # Imported here: a cloud in memory needs neither the time nor the packages.
        from heavenly_cloud.sql_store import SqlStore

        return SqlStore(url)
    except ModuleNotFoundError as error:
        raise StorePackageMissing(package=error.name) from error


class MemoryStore(CloudStore):
    """Store in the memory of the process: dicts under one lock, which is enough for a mock."""

    is_persistent = False

    def __init__(self) -> None:
        self._records = MemoryRecords()
        self._lock = threading.Lock()

    def run(self, work: Callable[[Records], Result], *, writes: bool = True) -> Result:
        with self._lock:
            try:
                return work(self._records)
            except BaseException:
                self._records.roll_back()
                raise
            finally:
                self._records.commit()

    def close(self) -> None:
        """Do nothing: no file or connection is open."""


OwnerKey = tuple[str, str]  # kind, owner


class MemoryRecords(Records):
    """Records in dicts. They remember the changes of the transaction, to roll them back."""

    def __init__(self) -> None:
        self._records: dict[OwnerKey, dict[str, Any]] = {}
        self._sorted: dict[OwnerKey, list[str]] = {}  # the keys of owners that around() was called for
        self._before: list[tuple[OwnerKey, str, Any]] = []

    def get(self, kind: str, owner: str, key: str) -> Any:
        records = self._records.get((kind, owner))
        return None if records is None else records.get(key)

    def put(self, kind: str, owner: str, key: str, record: Any) -> None:
        owner_key = kind, owner
        self._before.append((owner_key, key, self._set(owner_key, key, record)))

    def delete(self, kind: str, owner: str, key: str) -> None:
        self.put(kind, owner, key, None)

    def owned(self, kind: str, owner: str) -> list[tuple[str, Any]]:
        records = self._records.get((kind, owner))
        return sorted(records.items()) if records else []

    def drop(self, kind: str, owner: str) -> None:
        for key in list(self._records.get((kind, owner), ())):
            self.delete(kind, owner, key)

    def around(self, kind: str, owner: str, key: str) -> list[Any]:
        records = self._records.get((kind, owner), {})
        keys = self._sorted.get((kind, owner))
        if keys is None:
            keys = self._sorted[kind, owner] = sorted(records)
        position = bisect_right(keys, key)
        return [records[found] for found in keys[max(position - 1, 0) : position + 1]]

    def everything(self) -> list[Row]:
        return [
            (*owner_key, key, record) for owner_key in sorted(self._records) for key, record in self.owned(*owner_key)
        ]

    def clear(self) -> None:
        for kind, owner in list(self._records):
            self.drop(kind, owner)

    def roll_back(self) -> None:
        """Undo the changes of the transaction."""
        for owner_key, key, record in reversed(self._before):
            self._set(owner_key, key, record)

    def commit(self) -> None:
        """Forget how to undo the changes of the transaction."""
        self._before = []

    def _set(self, owner_key: OwnerKey, key: str, record: Any) -> Any:
        """Set a record, None to delete it; return the one before."""
        records = self._records.get(owner_key)
        if records is None:
            records = self._records[owner_key] = {}
        before = records.get(key)
        if record is not None:
            records[key] = record
        elif before is not None:
            del records[key]
        if self._sorted and owner_key in self._sorted and (before is None) != (record is None):
            self._keep_sorted(owner_key, key, record is not None)
        if not records:
            del self._records[owner_key]
        return before

    def _keep_sorted(self, owner_key: OwnerKey, key: str, exists: bool) -> None:
        keys = self._sorted[owner_key]
        if exists:
            insort(keys, key)
        else:
            del keys[bisect_right(keys, key) - 1]
        if not keys:
            del self._sorted[owner_key]
