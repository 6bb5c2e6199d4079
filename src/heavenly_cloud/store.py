"""Where the records are: one small interface, and the store in memory. `sql_store` has the one that lasts.

A record stands under a kind, an owner and a key: an instance under ("instance", its account, its id). An operation is a
piece of work on the records that a store runs, whole or not at all.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from bisect import bisect_right, insort
from typing import Any, Callable, TypeVar

Result = TypeVar("Result")
Row = tuple[str, str, str, Any]  # kind, owner, key, record


class Records(ABC):
    """What a piece of work sees and changes."""

    @abstractmethod
    def get(self, kind: str, owner: str, key: str) -> Any:
        """Return a record, None if it is not there."""

    @abstractmethod
    def put(self, kind: str, owner: str, key: str, record: Any) -> None:
        """Put a record in, or in the place of the one before. A record never changes, and is not None."""

    @abstractmethod
    def delete(self, kind: str, owner: str, key: str) -> None:
        """Take a record out; fine when it is not there."""

    @abstractmethod
    def owned(self, kind: str, owner: str) -> list[tuple[str, Any]]:
        """Return the keys and records of an owner, in the order of the keys."""

    @abstractmethod
    def drop(self, kind: str, owner: str) -> None:
        """Take out all records of an owner."""

    @abstractmethod
    def around(self, kind: str, owner: str, key: str) -> list[Any]:
        """Return the record at or before a key of digits, and the one after it, as far as they are there."""

    @abstractmethod
    def everything(self) -> list[Row]:
        """Return all there is, in order."""

    @abstractmethod
    def clear(self) -> None:
        """Take everything out."""


class Store(ABC):
    """Holds the records. lasts: whether they outlive the process."""

    lasts: bool

    @abstractmethod
    def run(self, work: Callable[[Records], Result], *, writes: bool = True) -> Result:
        """Do the work, whole or not at all, and return what it returns. It must do nothing but read and change records:
        where another process was in the way, it is done again. Raises StoreUnreachable.

        writes: work that is said to change nothing does not wait for work that does.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of what the store holds open. What is used afterwards is opened again."""


def open_store(url: str) -> Store:
    """Return the store that a URL names, the one in memory if it is empty; raise InvalidStore, StoreUnreachable or
    StoreVersion."""
    if not url:
        return MemoryStore()
    # Imported here: a cloud in memory need not wait for it, nor have it.
    from heavenly_cloud.sql_store import SqlStore

    return SqlStore(url)


class MemoryStore(Store):
    """The records in dicts, under one lock: a mock does not need one per object."""

    lasts = False

    def __init__(self) -> None:
        self._records = MemoryRecords()
        self._lock = threading.Lock()

    def run(self, work: Callable[[Records], Result], *, writes: bool = True) -> Result:
        with self._lock:
            try:
                return work(self._records)
            except BaseException:
                self._records.undo()
                raise
            finally:
                self._records.forget_changes()

    def close(self) -> None:
        """Nothing is open."""


Owner = tuple[str, str]


class MemoryRecords(Records):
    """Remembers what it changes until that is final, to undo it."""

    def __init__(self) -> None:
        self._records: dict[Owner, dict[str, Any]] = {}
        self._sorted: dict[Owner, list[str]] = {}  # the keys of an owner whose order was asked for
        self._before: list[tuple[Owner, str, Any]] = []

    def get(self, kind: str, owner: str, key: str) -> Any:
        records = self._records.get((kind, owner))
        return None if records is None else records.get(key)

    def put(self, kind: str, owner: str, key: str, record: Any) -> None:
        place = kind, owner
        self._before.append((place, key, self._set(place, key, record)))

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
        place = bisect_right(keys, key)
        return [records[found] for found in keys[max(place - 1, 0) : place + 1]]

    def everything(self) -> list[Row]:
        return [(*place, key, record) for place in sorted(self._records) for key, record in self.owned(*place)]

    def clear(self) -> None:
        for kind, owner in list(self._records):
            self.drop(kind, owner)

    def undo(self) -> None:
        """Put back what was there before the last changes became final."""
        for place, key, record in reversed(self._before):
            self._set(place, key, record)

    def forget_changes(self) -> None:
        """Make the changes final."""
        self._before = []

    def _set(self, place: Owner, key: str, record: Any) -> Any:
        """Put a record in, None for none; return the one before."""
        records = self._records.get(place)
        if records is None:
            records = self._records[place] = {}
        before = records.get(key)
        if record is not None:
            records[key] = record
        elif before is not None:
            del records[key]
        if self._sorted and place in self._sorted and (before is None) != (record is None):
            self._keep_sorted(place, key, record is not None)
        if not records:
            del self._records[place]
        return before

    def _keep_sorted(self, place: Owner, key: str, is_there: bool) -> None:
        keys = self._sorted[place]
        if is_there:
            insort(keys, key)
        else:
            del keys[bisect_right(keys, key) - 1]
        if not keys:
            del self._sorted[place]
