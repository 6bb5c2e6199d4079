"""Threads: how the server does things at the same time, and how it does something again and again.

Every thread has a name, which log records and debuggers show. Only two modules make threads without this one, since they
run alone in environments of their own: execution/driver_host.py and orchestration/script.py.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TypeVar

logger = logging.getLogger(__name__)
# How often the server looks for what has become due: drivers that idle, commands that wait too long, sandboxes that end.
POLL_SECONDS = 0.25
T = TypeVar("T")
R = TypeVar("R")


def start_thread(name: str, work: Callable[[], object]) -> threading.Thread:
    """Start a thread, which does not keep the process alive, and return it. The work has to handle its own errors."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread


def run_parallel(name: str, work: Callable[[T], R], items: Iterable[T], at_most: int | None = None) -> list[R]:
    """Do the work for all items at the same time, each in a thread of its own; return the results in the items' order.

    at_most: how many threads there are at most; items that find none wait for one.
    An error of the work is raised when all items are done; of several errors, that of the first item.
    """
    waiting = list(items)
    if not waiting:
        return []
    with ThreadPoolExecutor(min(len(waiting), at_most or len(waiting)), thread_name_prefix=name) as pool:
        return list(pool.map(work, waiting))


def limited_threads(name: str, at_most: int) -> Executor:
    """Return an executor that does its work in a few threads for as long as the process lives; they start when needed."""
    return ThreadPoolExecutor(at_most, thread_name_prefix=name)


class PeriodicTask:
    """Work that is done every POLL_SECONDS, from when the task is made until it is closed.

    An error of the work is logged, and the work is done again at the next turn. An error that the turn before had, too, is
    not logged again: a disk stays full for many turns.
    """

    def __init__(self, name: str, work: Callable[[], object]) -> None:
        self._work = work
        self._closing = threading.Event()
        self._thread = start_thread(name, self._repeat)

    def close(self) -> None:
        """Stop; work that is being done is waited for."""
        self._closing.set()
        self._thread.join()

    def _repeat(self) -> None:
        last = ""
        while not self._closing.wait(POLL_SECONDS):
            try:
                self._work()
                last = ""
            except (
                Exception
            ) as error:  # Nobody waits for this thread, and without it nothing would ever become due again.
                if repr(error) != last:
                    logger.exception("%s", self._thread.name)
                last = repr(error)
