"""Parts and dictionaries of a sandbox, found by their keys, and drafts of them that know what was changed.

A sandbox may have a thousand parts, and most changes are of one of them. So a sandbox that is being changed shares its parts
with the record of before, and a part is copied only when it is read from there.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping, MutableMapping
from typing import Generic, Protocol, TypeVar, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from cloudshell_local.errors import WrongCall


class Part(Protocol):
    """Part of a diagram: an App, a service or a connector."""

    @property
    def key(self) -> str:
        """The name or id that no other part of its kind has in a diagram."""


P = TypeVar("P", bound=Part)
T = TypeVar("T")
V = TypeVar("V")


def copied(value: T) -> T:
    """Return a deep copy of a record or a part."""
    copy: T = pickle.loads(pickle.dumps(value))  # noqa: S301 - a copy, four times as fast as deepcopy
    return copy


class Parts(Generic[P]):
    """Parts of one kind, in the order in which they were added.

    A method that would make two parts of one key raises WrongCall.
    """

    def __init__(self, parts: Iterable[P] = ()) -> None:
        self._parts: dict[str, P] = {}
        # Of a draft: what it was made of, its own parts (copies and new ones), and the keys that were removed.
        self._origin: dict[str, P] | None = None
        self._own: dict[str, P] = {}
        self._removed: list[str] = []
        for part in parts:
            self.append(part)

    def draft(self) -> Parts[P]:
        """Return a draft: each part that is read from it is a copy, which may be changed."""
        made: Parts[P] = Parts()
        made._parts, made._origin = self._parts.copy(), self._parts
        return made

    def settled(self) -> Parts[P]:
        """Return the parts of a draft that is complete, by the keys that they have now; raise WrongCall."""
        if self._is_renamed():
            return Parts(self._parts.values())
        made: Parts[P] = Parts()
        made._parts = self._parts
        return made

    def changes_since(self, before: Parts[P]) -> tuple[list[str], list[P]]:
        """Return how to get from the parts of before to these: the keys to delete, and then the parts to write.

        For a draft of those, that is what was changed; for others, everything. Raises WrongCall.
        """
        if self._origin is not before._parts or self._is_renamed():
            return list(before._parts), list(self.settled())
        written = [part for key, part in self._own.items() if key in self._removed or before._parts.get(key) != part]
        return self._removed, written

    def has(self, key: str) -> bool:
        """Return whether there is a part of a key."""
        return key in self._parts

    def get(self, key: str) -> P | None:
        """Return the part of a key; None if there is none."""
        return self._read(key) if key in self._parts else None

    def where(self, matches: Callable[[P], bool]) -> list[P]:
        """Return the parts that match. In a draft, only those are copied."""
        return [self._read(key) for key, part in list(self._parts.items()) if matches(part)]

    def read_only(self) -> list[P]:
        """Return all parts to be read only, also of a draft: they are not copied, and must not be changed."""
        return list(self._parts.values())

    def keys(self) -> KeysView[str]:
        """Return the keys of all parts."""
        return self._parts.keys()

    def append(self, part: P) -> None:
        """Add a part as the last one; raise WrongCall if its key is taken."""
        if part.key in self._parts:
            raise WrongCall(f"Two things of the diagram are named '{part.key}'")
        self._parts[part.key] = self._own[part.key] = part

    def remove(self, part: P) -> None:
        """Remove a part; raise KeyError if it is missing."""
        del self._parts[part.key]
        self._own.pop(part.key, None)
        self._removed.append(part.key)

    def __iter__(self) -> Iterator[P]:
        return iter([self._read(key) for key in list(self._parts)])

    def __len__(self) -> int:
        return len(self._parts)

    def __getitem__(self, index: int) -> P:
        return self._read(list(self._parts)[index])

    def __eq__(self, other: object) -> bool:
        return list(self._parts.values()) == (list(other) if isinstance(other, Parts) else other)

    def __repr__(self) -> str:
        return f"Parts({list(self._parts.values())!r})"

    __hash__ = None  # type: ignore[assignment]  # As a list, which it is compared with.

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return how pydantic reads and writes parts: as a list."""
        (part,) = get_args(source)
        return core_schema.no_info_after_validator_function(
            cls,
            core_schema.list_schema(handler.generate_schema(part)),
            serialization=core_schema.plain_serializer_function_ser_schema(list),
        )

    def _read(self, key: str) -> P:
        if self._origin is None or key in self._own:
            return self._parts[key]
        part = self._parts[key] = self._own[key] = copied(self._parts[key])
        return part

    def _is_renamed(self) -> bool:
        return any(part.key != key for key, part in self._own.items())


class DraftDict(MutableMapping[str, V]):
    """Draft of a dictionary, whose values are never changed in place. The dictionary is copied at the first change."""

    def __init__(self, origin: dict[str, V]) -> None:
        self._origin = self._values = origin
        self._touched: dict[str, None] = {}

    def settled(self) -> dict[str, V]:
        """Return the dictionary of a draft that is complete."""
        return self._values

    def changes_since(self, before: Mapping[str, V]) -> tuple[list[str], dict[str, V]]:
        """Return how to get from the dictionary of before to this one: the keys to delete, then the values to write.

        For a draft of that, it is what was changed; for others, everything.
        """
        if self._origin is not before:
            return list(before), self._values
        removed = [key for key in self._touched if key in before and key not in self._values]
        return removed, {key: self._values[key] for key in self._touched if key in self._values}

    def __getitem__(self, key: str) -> V:
        return self._values[key]

    def __setitem__(self, key: str, value: V) -> None:
        self._changing(key)[key] = value

    def __delitem__(self, key: str) -> None:
        del self._changing(key)[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def _changing(self, key: str) -> dict[str, V]:
        if self._values is self._origin:
            self._values = self._origin.copy()
        self._touched[key] = None
        return self._values


def dict_of(values: MutableMapping[str, V]) -> dict[str, V]:
    """Return the dictionary that is one already, or that a draft has become."""
    if isinstance(values, DraftDict):
        return values.settled()
    return values if isinstance(values, dict) else dict(values)
