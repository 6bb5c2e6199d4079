"""Tasks in the background: what people start in the portal and what takes long, as a discovery."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from cloudshell_local.errors import LocalError, WrongCall
from cloudshell_local.storage.changes import WORK, Changes
from cloudshell_local.threads import start_thread

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """A task that runs in the background. subject: the id of its resource or sandbox; title: a phrase, as "Discovery"."""

    subject: str
    title: str


class BackgroundTasks:
    """Tasks that somebody has started and nobody waits for; each runs in a thread of its own."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._threads: dict[Task, threading.Thread] = {}
        self._lock = threading.Lock()

    def start(
        self, task: Task, run: Callable[[], object], on_failure: Callable[[str], object] = lambda _: None
    ) -> None:
        """Start a task; raise WrongCall if the same one is running. on_failure: called with the sentence of an error."""
        with self._lock:
            if task in self._threads:
                raise WrongCall(f"{task.title} is under way already")
            self._threads[task] = start_thread(task.title, lambda: self._run(task, run, on_failure))
        self._changes.notify(WORK)

    def running(self, subject: str) -> list[str]:
        """Return the titles of the tasks that are running for a resource or a sandbox (its id)."""
        return [task.title for task in list(self._threads) if task.subject == subject]

    def close(self) -> None:
        """Wait until all tasks have ended; what they wait for must have been ended before."""
        for thread in list(self._threads.values()):
            thread.join()

    def _run(self, task: Task, run: Callable[[], object], on_failure: Callable[[str], object]) -> None:
        try:
            failure = _failure_of(task, run)
            if failure:
                on_failure(failure)
        except Exception:  # As a disk that is full, so that nobody can be told.
            logger.exception("%s", task.title)
        finally:
            with self._lock:
                del self._threads[task]
            self._changes.notify(WORK)


def _failure_of(task: Task, run: Callable[[], object]) -> str:
    try:
        run()
    except LocalError as error:
        return str(error)
    except Exception as error:  # Nobody waits for this thread: people get a sentence, the log the traceback.
        logger.exception("%s", task.title)
        return f"The server failed: {type(error).__name__}; its log tells more"
    return ""
