"""The records of sandboxes, stored in parts: a change writes what has changed, not all that a sandbox holds.

The record of a sandbox has its own fields. Each App, service and connector, the position of each resource and each VLAN id
has a row of its own. All rows of one change are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter

from cloudshell_local.storage.collection import PUT, Collection
from cloudshell_local.storage.model import App, Connector, Sandbox, Service
from cloudshell_local.storage.parts import DraftDict, Parts

if TYPE_CHECKING:
    from cloudshell_local.storage.store import Store

KIND = "sandbox"
SANDBOX_PARTS = (
    "CREATE TABLE IF NOT EXISTS sandbox_parts"
    " (sandbox TEXT, field TEXT, key TEXT, body TEXT, PRIMARY KEY (sandbox, field, key))"
)
# A part that changes keeps its place in the order in which parts were added.
PUT_PART = "INSERT INTO sandbox_parts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body"
_READ_PARTS = "SELECT sandbox, field, key, body FROM sandbox_parts ORDER BY rowid"
_DELETE_PART = "DELETE FROM sandbox_parts WHERE sandbox = ? AND field = ? AND key = ?"
# Fields of a sandbox that have rows: lists of parts, with the field that is a part's key, and dictionaries.
_LISTS = {"apps": "name", "services": "alias", "connectors": "id"}
_DICTIONARIES = ("resources", "vlans")
_FIELDS = frozenset({*_LISTS, *_DICTIONARIES})
_TYPES: Mapping[str, TypeAdapter[Any]] = {
    "apps": TypeAdapter(App),
    "services": TypeAdapter(Service),
    "connectors": TypeAdapter(Connector),
    "resources": TypeAdapter(tuple[float, float]),
    "vlans": TypeAdapter(str),
}
V = TypeVar("V")
# The keys of a field to delete, and then the values to write, by their keys.
Change = tuple[list[str], Mapping[str, Any]]


class SandboxCollection(Collection[Sandbox]):
    """The sandboxes of a server, by their ids."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, KIND, Sandbox)
        for sandbox, field, key, body in store.read(_READ_PARTS):
            record, value = self._records[sandbox], _TYPES[field].validate_json(body)
            if field in _LISTS:
                getattr(record, field).append(value)
            else:
                getattr(record, field)[key] = value

    @contextmanager
    def changing(self, key: str) -> Iterator[Sandbox]:
        """Yield a draft of a sandbox, which replaces the sandbox when the block ends; raise NotFound.

        The store is locked until then, so keep the block short. Nothing changes when the block raises.
        """
        with self._store.lock:
            draft = self.get(key).draft()
            yield draft
            self.put(key, draft)

    def _known(self) -> list[str]:
        """Return the sandboxes that have not ended: people know them by their names, callers by their ids."""
        return [f"{each.name} ({each.id})" for each in self if not each.is_over]

    def _write(self, key: str, record: Sandbox) -> None:
        before = self._records.get(key)
        changes = _changes(before or Sandbox(key, "", "", "", ""), record)
        body = self._body(record)
        with self._store.transaction():
            if not before or body != self._body(before):
                self._store.write(PUT, KIND, key, body)
            for field, (removed, written) in changes.items():
                for part in removed:
                    self._store.write(_DELETE_PART, key, field, part)
                for part, value in written.items():
                    self._store.write(PUT_PART, key, field, part, _TYPES[field].dump_json(value).decode())
        record.settle()

    def _delete(self, key: str) -> None:
        with self._store.transaction():
            self._store.write("DELETE FROM sandbox_parts WHERE sandbox = ?", key)
            super()._delete(key)

    def _body(self, record: Sandbox) -> str:
        return self._adapter.dump_json(record, exclude=set(_FIELDS)).decode()


def rows_of(record: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Take the fields that have rows out of a sandbox (JSON), and yield the rows: field, key and value."""
    for field, name in _LISTS.items():
        for value in record.pop(field, []):
            yield field, value[name], value
    for field in _DICTIONARIES:
        for key, value in record.pop(field, {}).items():
            yield field, key, value


def _changes(before: Sandbox, after: Sandbox) -> dict[str, Change]:
    """Return what has changed in the fields that have rows."""
    found = {field: _changed_parts(getattr(before, field), getattr(after, field)) for field in _LISTS}
    found.update({field: _changed_values(getattr(before, field), getattr(after, field)) for field in _DICTIONARIES})
    return found


def _changed_parts(before: Parts[Any], after: Parts[Any]) -> Change:
    removed, written = after.changes_since(before)
    return removed, {part.key: part for part in written}


def _changed_values(before: Mapping[str, V], after: Mapping[str, V]) -> Change:
    return after.changes_since(before) if isinstance(after, DraftDict) else (list(before), after)
