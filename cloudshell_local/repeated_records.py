"""Log records that repeat: a client can cause thousands in a second, each of which would fill the log a little more."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable

SILENT_SECONDS = 60.0
# More different records are not remembered.
MOST_REMEMBERED = 1000


class FirstOfEach(logging.Filter):
    """Filter of log records that lets a warning or an error through once a minute, with how often it was left out since.

    Records about a task that was cancelled when the server ended are left out: their client gets an answer of its own.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is to be logged; one that was left out before says how often."""
        if record.levelno < logging.WARNING:
            return True
        if record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError):
            return False
        left_out = self._count((record.name, _text(record)))
        if left_out:
            record.msg, record.args = f"{record.getMessage()} (and {left_out} times more since it was logged last)", ()
        return left_out is not None

    def _count(self, key: tuple[str, str]) -> int | None:
        """Return how often a record was left out since it was logged; None if it is to be left out now."""
        now = self._clock()
        with self._lock:
            logged, left_out = self._seen.get(key, (now - SILENT_SECONDS, 0))
            if now - logged < SILENT_SECONDS:
                self._seen[key] = (logged, left_out + 1)
                return None
            if len(self._seen) >= MOST_REMEMBERED:
                self._seen.clear()
            self._seen[key] = (now, 0)
        return left_out


def _text(record: logging.LogRecord) -> str:
    return f"{record.getMessage()} {record.exc_info[1]!r}" if record.exc_info else record.getMessage()
