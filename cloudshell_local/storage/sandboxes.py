"""The records of sandboxes, stored in parts: a change writes what has changed, not all that a sandbox holds.

The record of a sandbox has its own fields. Each App, service and connector, the position of each resource and each VLAN id
has a row of its own. All rows of one change are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from cloudshell_local.errors import WrongCall
from cloudshell_local.storage.codec import Codec, Unreadable
from cloudshell_local.storage.collection import PUT, Collection
from cloudshell_local.storage.model import App, Connector, Position, Sandbox, Service
from cloudshell_local.storage.parts import DraftDict, Parts
from cloudshell_local.storage.set_aside import SetAside

if TYPE_CHECKING:
    from cloudshell_local.storage.store import Store

KIND = "sandbox"
SANDBOX_PARTS = (
    "CREATE TABLE IF NOT EXISTS sandbox_parts"
    " (sandbox TEXT, field TEXT, key TEXT, body TEXT, PRIMARY KEY (sandbox, field, key))"
)
# A part that changes keeps its place in the order in which parts were added.
PUT_PART = "INSERT INTO sandbox_parts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body"
_READ_PARTS = "SELECT rowid, sandbox, field, key, CAST(body AS BLOB) FROM sandbox_parts ORDER BY rowid"
_DELETE_PART = "DELETE FROM sandbox_parts WHERE sandbox = ? AND field = ? AND key = ?"
# Fields of a sandbox that have rows: lists of parts, with the field that is a part's key, and dictionaries.
_LISTS = {"apps": "name", "services": "alias", "connectors": "id"}
_DICTIONARIES = ("resources", "vlans")
_FIELDS = frozenset({*_LISTS, *_DICTIONARIES})
_CODECS: Mapping[str, Codec[Any]] = {
    "apps": Codec(App),
    "services": Codec(Service),
    "connectors": Codec(Connector),
    "resources": Codec(Position),
    "vlans": Codec(str),
}
V = TypeVar("V")
# The keys of a field to delete, and then the values to write, by their keys.
Change = tuple[list[str], Mapping[str, Any]]


class SandboxCollection(Collection[Sandbox]):
    """The sandboxes of a server, by their ids."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, KIND, Sandbox)
        for row, sandbox, field, key, body in store.read(_READ_PARTS):
            try:
                self._add_part(sandbox, field, key, body)
            except (Unreadable, WrongCall) as error:
                store.set_aside(
                    SetAside(f"{KIND}'s part", f"{sandbox} {field} {key}", str(error)), "sandbox_parts", row
                )
                self._keep_resource(sandbox, field, key)

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
                    self._store.write(PUT_PART, key, field, part, _CODECS[field].dump(f"{KIND}'s {part}", value))
        record.settle()

    def _delete(self, key: str) -> None:
        with self._store.transaction():
            self._store.write("DELETE FROM sandbox_parts WHERE sandbox = ?", key)
            super()._delete(key)

    def _body(self, record: Sandbox) -> str:
        return self._codec.dump(f"{KIND} '{record.name}'", record, _FIELDS)

    def _add_part(self, sandbox: str, field: str, key: str, body: bytes) -> None:
        if sandbox not in self._records or field not in _CODECS:
            raise Unreadable("nothing has such a part")
        value, values = _CODECS[field].load(body), getattr(self._records[sandbox], field)
        if isinstance(values, Parts):
            values.append(value)
        else:
            values[key] = value

    def _keep_resource(self, sandbox: str, field: str, name: str) -> None:
        """Keep a resource whose position cannot be read in its sandbox, which else would leave its VM when it ends."""
        if field == "resources" and sandbox in self._records:
            self._records[sandbox].resources[name] = (0, 0)
            self._store.write(PUT_PART, sandbox, field, name, _CODECS[field].dump(name, (0, 0)))


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
