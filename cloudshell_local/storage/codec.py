"""JSON of records and of their parts: what is written is read first, so that it can always be read again."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from cloudshell_local.errors import LocalError, WrongCall

T = TypeVar("T")
# Making one takes longer than all else that opening a store does.
_adapters: dict[Any, TypeAdapter[Any]] = {}


class Unreadable(LocalError):
    """Raised for JSON that is not a record. The text has places and problems, never a value: it may be a password."""


class Codec(Generic[T]):
    """Writer and reader of one type of records."""

    def __init__(self, record: Any) -> None:
        if record not in _adapters:
            _adapters[record] = TypeAdapter(record)
        self._adapter: TypeAdapter[T] = _adapters[record]

    def dump(self, what: str, record: T, exclude: frozenset[str] = frozenset()) -> str:
        """Return a record as JSON; raise WrongCall for one that could not be read again, as with a NaN.

        what: the record's kind and name, for the error. exclude: names of fields to leave out.
        """
        try:
            body = self._adapter.dump_json(record, exclude=set(exclude) or None, warnings=False)
            self.load(body)
        except Unreadable as error:
            raise WrongCall(f"The {what} cannot be stored: {error}") from None
        except ValueError:  # pydantic's own error has the text in it.
            raise WrongCall(f"The {what} cannot be stored: it has a text that is not Unicode") from None
        return body.decode()

    def load(self, body: bytes) -> T:
        """Return the record in JSON; raise Unreadable."""
        try:
            return self._adapter.validate_json(body)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=False, include_input=False)
            raise Unreadable("; ".join(f"{_location(each['loc'])}{each['msg']}" for each in problems[:3])) from None


def _location(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) + ": " if location else ""
