"""Calls of the cloud's operations, and the events that record them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Callable, NamedTuple, Protocol


class Event(NamedTuple):
    """A record of one finished call.

    at: the cloud's clock, in seconds; tag: the one that the caller works for, if any; subject: the id of the thing that it
    is about; outcome: "done", or the name of the error; seconds: how long it took; rule: the fault rules that were applied,
    by number and operation, separated by "; ".
    """

    at: float
    account: str
    tag: str
    operation: str
    subject: str
    outcome: str
    seconds: float
    rule: str


class Named(Protocol):
    """An object with a name."""

    @property
    def name(self) -> str: ...


class Caller(Protocol):
    """The part of a client that the dispatch point and the fault injector use."""

    @property
    def account(self) -> Named: ...

    @property
    def tag(self) -> str: ...

    @property
    def wait(self) -> Callable[[float], object]: ...

    @property
    def notify(self) -> Callable[[Event], object]: ...


class CloudCall(NamedTuple):
    """A call of one operation. names: returns all the names of its subject, which only some fault rules need."""

    caller: Caller
    operation: str
    subject: str
    writes: bool
    names: Callable[[], Sequence[str]]
