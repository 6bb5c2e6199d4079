"""Notifications of changes. They say what kind of thing has changed; watchers look up its new state themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# The kinds of changes that are not changes of a record; those have the record's kind, as "resource".
EXECUTION, WORK, FEED = "execution", "work", "feed"
Watcher = Callable[[str], None]


class Changes:
    """Watchers of changes. A watcher is called with the kind, in the thread that made the change, so it must be quick."""

    def __init__(self) -> None:
        self._watchers: list[Watcher] = []
        self._lock = threading.Lock()

    def notify(self, kind: str) -> None:
        """Notify all watchers that something of a kind has changed."""
        for watcher in self._watchers:
            watcher(kind)

    @contextmanager
    def watched(self, watcher: Watcher) -> Iterator[None]:
        """Call a watcher for every change until the block ends."""
        with self._lock:
            self._watchers = [*self._watchers, watcher]
        try:
            yield
        finally:
            with self._lock:
                self._watchers = [each for each in self._watchers if each is not watcher]
