"""What is asked of the cloud, and the event that is noted of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Callable, NamedTuple

if TYPE_CHECKING:
    from heavenly_cloud.client import Client


class Event(NamedTuple):
    """Something that was asked of the cloud.

    at: its clock, in seconds; sandbox: for which one, if any; subject: the id of what it is about; outcome: "done", or the
    name of the error; seconds: how long it took; rule: what struck of the weather, by number and operation.
    """

    at: float
    account: str
    sandbox: str
    operation: str
    subject: str
    outcome: str
    seconds: float
    rule: str


class Call(NamedTuple):
    """What is asked for. about: all the names of what it concerns, which only some weather wants to know."""

    client: Client
    operation: str
    subject: str
    writes: bool
    about: Callable[[], Sequence[str]]
