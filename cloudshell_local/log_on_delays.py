"""Delays of log-ons after failed ones, so that nobody guesses passwords quickly. Nobody is ever locked out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

# So many failures in a row cost nothing: people mistype.
FREE_FAILURES = 3
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 0.5, 4.0
# Without a further failure, the earlier ones are forgotten after this time.
FORGET_SECONDS = 900.0
MOST_REMEMBERED = 1000


@dataclass(frozen=True)
class _Failures:
    count: int
    last: float


class LogOnDelays:
    """Delays by user and by the client's address: one who guesses does not slow others down."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._failures: dict[tuple[str, str], _Failures] = {}

    def wait(self, user: str, client: str) -> None:
        """Wait before a log-on is checked, for as long as its failed predecessors ask for."""
        further = self._count(user, client) - FREE_FAILURES
        if further >= 0:
            self._sleep(min(FIRST_DELAY_SECONDS * 2 ** min(further, 10), LONGEST_DELAY_SECONDS))

    def failed(self, user: str, client: str) -> None:
        """Note a failed log-on."""
        count = self._count(user, client) + 1
        with self._lock:
            self._failures.pop((user, client), None)
            self._failures[user, client] = _Failures(count, self._clock())
            if len(self._failures) > MOST_REMEMBERED:  # The oldest is the first.
                self._failures.pop(next(iter(self._failures)))

    def succeeded(self, user: str, client: str) -> None:
        """Forget the failed log-ons before one that succeeded."""
        with self._lock:
            self._failures.pop((user, client), None)

    def _count(self, user: str, client: str) -> int:
        with self._lock:
            found = self._failures.get((user, client))
        return found.count if found and self._clock() - found.last < FORGET_SECONDS else 0
