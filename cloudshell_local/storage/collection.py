"""Collections: the records of one kind, in memory and in the server's file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import TypeAdapter

from cloudshell_local.errors import AlreadyExists, NotFound, known_names
from cloudshell_local.storage.parts import copied

if TYPE_CHECKING:
    from cloudshell_local.storage.store import Store

# A record that changes keeps its place in the order in which records were added.
PUT = "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body"
T = TypeVar("T")


# Making one takes longer than all else that opening a store does.
_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter_of(record: type[T]) -> TypeAdapter[T]:
    if record not in _adapters:
        _adapters[record] = TypeAdapter(record)
    return _adapters[record]


class Collection(Generic[T]):
    """The records of one kind, by their keys, in the order in which they were added.

    A record that was read is never changed in place: it stays as it was when it was read.
    """

    def __init__(self, store: Store, kind: str, record: type[T]) -> None:
        self._store = store
        self.kind = kind
        self._adapter = _adapter_of(record)
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
            raise NotFound(key, known_names(self._plural, self._known())) from None

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
            record = copied(self.get(key))
            yield record
            self.put(key, record)

    def put(self, key: str, record: T) -> T:
        """Add or replace a record, and return it."""
        with self._store.lock:
            self._write(key, record)
            self._records[key] = record
        self._store.changes.notify(self.kind)
        return record

    def remove(self, key: str) -> None:
        """Delete a record; a record that is missing is no error."""
        with self._store.lock:
            self._delete(key)
            self._records.pop(key, None)
        self._store.changes.notify(self.kind)

    @property
    def _plural(self) -> str:
        return f"{self.kind[0].upper()}{self.kind[1:]}{'es' if self.kind.endswith('x') else 's'}"

    def _known(self) -> list[str]:
        """Return how an error names the records that there are."""
        return list(self._records)

    def _write(self, key: str, record: T) -> None:
        """Write a record to the file, as a whole or not at all."""
        self._store.write(PUT, self.kind, key, self._adapter.dump_json(record).decode())

    def _delete(self, key: str) -> None:
        """Delete a record from the file."""
        self._store.write("DELETE FROM records WHERE kind = ? AND key = ?", self.kind, key)
