"""Tells whoever watches that something has changed; what it is now, they look up themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# What changes besides records (of which the kind is told): commands, and work that runs in the background.
EXECUTION, WORK, FEED = "execution", "work", "feed"
Watcher = Callable[[str], None]


class Changes:
    """A watcher is called with the kind of what has changed, in the thread that changed it: it must be quick."""

    def __init__(self) -> None:
        self._watchers: list[Watcher] = []
        self._lock = threading.Lock()

    def notify(self, kind: str) -> None:
        """Tell that something of a kind has changed."""
        for watcher in self._watchers:
            watcher(kind)

    @contextmanager
    def watched(self, watcher: Watcher) -> Iterator[None]:
        """Tell a watcher of every change, until the block ends."""
        with self._lock:
            self._watchers = [*self._watchers, watcher]
        try:
            yield
        finally:
            with self._lock:
                self._watchers = [each for each in self._watchers if each is not watcher]
