"""Driver instances: the driver's process of each resource, started for its first command."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future, InvalidStateError
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from cloudshell_local.errors import DriverDied, DriverEnded
from cloudshell_local.execution.driver_process import DriverProcess
from cloudshell_local.execution.environments import Environments
from cloudshell_local.execution.executions import Report, ResourceDriver, TokenFactory, no_report
from cloudshell_local.settings import LOAD_SECONDS
from cloudshell_local.threads import start_thread

logger = logging.getLogger(__name__)
ENDED = "the driver was ended while it was started"


@dataclass(frozen=True)
class DriverLauncher:
    """Launcher of drivers' processes.

    logs: the folder that has a folder for each driver, named by its resource; load_seconds: how long a driver may take to be
    loaded, and then to be initialized.
    """

    environments: Environments
    logs: Path
    new_token: TokenFactory
    load_seconds: float = LOAD_SECONDS

    def process(self, folder: Path, name: str, report: Report = no_report) -> DriverProcess:
        """Return a process for an unpacked driver, not started yet; make its environment if there is none."""
        return DriverProcess(folder, self.environments.ensure(folder, report), self.log_folder(name), self.load_seconds)

    def log_folder(self, name: str) -> Path:
        """Return the log folder of a resource's driver."""
        safe = "".join(letter if letter.isalnum() or letter in " ._-" else "_" for letter in name)
        # Older servers allowed names of dots alone, as "..", which is another folder.
        return self.logs / (safe if safe.strip(".") else "_" * len(safe))


class DriverInstance:
    """Driver of one resource with its process. running: how many of its commands run; last_used: of `time.monotonic`.

    is_outdated: whether another instance is to take its place, since its environment is made anew.
    """

    def __init__(self, driver: ResourceDriver, launcher: DriverLauncher) -> None:
        self.driver = driver
        self.running = 0
        self.is_outdated = False
        self.last_used = time.monotonic()
        self._launcher = launcher
        self._lock = threading.Lock()
        self._start: DriverStart | None = None
        self._end_reason: DriverDied | None = None

    @property
    def process(self) -> DriverProcess | None:
        """The process that runs, or that is being loaded."""
        return self._start.process if self._start else None

    def ensure_process(self, report: Report = no_report) -> DriverProcess:
        """Return the driver's process, in which `initialize` has succeeded; start it if none runs.

        Commands that come while it starts wait for it, and fail with it. Raises CommandFailed, with the driver's error if it
        cannot be loaded or initialized, or EnvironmentFailed.
        """
        with self._lock:
            if self._end_reason:
                raise self._end_reason
            if not self._start or self._start.is_over():
                self._start = DriverStart(self.driver, self._launcher, report)
            start = self._start
        return start.answer.result()

    def end(self, why: DriverDied | None = None) -> None:
        """End the process when its `cleanup` has run; one that is being started is killed.

        why: the error of the commands that still run, that of the process's end unless it is given.
        """
        start = self._set_end(why or DriverEnded(ENDED))
        if start:
            start.end(why)

    def kill(self, why: DriverDied) -> None:
        """Kill the process, also while it starts; its commands fail with the error that is given."""
        start = self._set_end(why)
        if start:
            start.kill(why)

    def _set_end(self, why: DriverDied) -> DriverStart | None:
        with self._lock:
            self._end_reason = self._end_reason or why
            return self._start


class DriverStart:
    """Start of a driver's process, in a thread: its environment is made, it is loaded and initialized.

    process: the process, as soon as there is one. answer: the process when it can run commands, or why it cannot.
    """

    def __init__(self, driver: ResourceDriver, launcher: DriverLauncher, report: Report) -> None:
        self.process: DriverProcess | None = None
        self.answer: Future[DriverProcess] = Future()
        self._driver = driver
        self._launcher = launcher
        self._report = report
        self._lock = threading.Lock()
        self._why: DriverDied | None = None
        start_thread(f"start of {driver.resource}", self._run)

    def is_over(self) -> bool:
        """Return whether the start has failed, or the process has ended, so that another start is needed."""
        if not self.answer.done():
            return False
        return bool(self.answer.exception()) or not self.answer.result().is_alive()

    def end(self, why: DriverDied | None) -> None:
        """End the process that was started with its `cleanup`, or kill it while it starts."""
        if not self._has_succeeded():
            self.kill(why or DriverEnded(ENDED))
        elif self.process:
            self.process.explain_end(why)
            self.process.__exit__(None, None, None)

    def kill(self, why: DriverDied) -> None:
        """Kill the process, or give up the start before there is one; nobody waits for an environment that is being made."""
        with self._lock:
            self._why = self._why or why
            process = self.process
        if process:
            process.kill(why)
        self._answer(why)

    def _has_succeeded(self) -> bool:
        return self.answer.done() and not self.answer.exception()

    def _run(self) -> None:
        try:
            process = self._launcher.process(self._driver.folder, self._driver.resource, self._log_and_report)
            self._answer(self._load(process))
        except Exception as error:  # Whatever it is, it becomes the answer of the commands that wait.
            self._answer(error)

    def _load(self, process: DriverProcess) -> DriverProcess:
        with self._lock:
            if self._why:
                raise self._why
            self.process = process
        with ExitStack() as stack, self._launcher.new_token() as token:
            stack.enter_context(process)
            process.initialize(self._driver.init_context(token))
            stack.pop_all()
        return process

    def _answer(self, outcome: DriverProcess | Exception) -> None:
        with suppress(InvalidStateError):  # It was given up.
            if isinstance(outcome, Exception):
                self.answer.set_exception(outcome)
            else:
                self.answer.set_result(outcome)

    def _log_and_report(self, text: str) -> None:
        logger.info("%s: %s", self._driver.resource, text)
        self._report(text)
