"""Work that somebody asked for and nobody waits for; it tells itself what came of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from cloudshell_local.errors import LocalError, WrongCall
from cloudshell_local.storage.changes import WORK, Changes

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    """about: the id of the resource or sandbox that it is for; what: one phrase that people see, as "Discovery"."""

    about: str
    what: str


class Background:
    """Does each piece of work in a thread of its own."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._threads: dict[Work, threading.Thread] = {}
        self._lock = threading.Lock()

    def start(self, work: Work, do: Callable[[], object], failed: Callable[[str], object] = lambda _: None) -> None:
        """Begin; raise WrongCall if the same is under way. failed: told the sentence of an error."""
        thread = threading.Thread(target=self._do, args=(work, do, failed), name=work.what, daemon=True)
        with self._lock:
            if work in self._threads:
                raise WrongCall(f"{work.what} is under way already")
            self._threads[work] = thread
            thread.start()
        self._changes.tell(WORK)

    def under_way(self, about: str) -> list[str]:
        """Return what is being done for a resource or a sandbox."""
        return [work.what for work in list(self._threads) if work.about == about]

    def close(self) -> None:
        """Wait until all is done: what it waits for has been ended."""
        for thread in list(self._threads.values()):
            thread.join()

    def _do(self, work: Work, do: Callable[[], object], failed: Callable[[str], object]) -> None:
        try:
            do()
        except LocalError as error:
            failed(str(error))
        except Exception as error:  # Nobody waits for this thread: people get a sentence, the log the traceback.
            logger.exception("%s", work.what)
            failed(f"The server failed: {type(error).__name__}; its log tells more")
        finally:
            with self._lock:
                del self._threads[work]
            self._changes.tell(WORK)
