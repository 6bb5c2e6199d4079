"""Driver instances: the driver's process of each resource, started for its first command."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cloudshell_local.errors import CommandFailed
from cloudshell_local.execution.driver_process import DriverProcess
from cloudshell_local.execution.environments import Environments
from cloudshell_local.execution.executions import Report, ResourceDriver, TokenFactory, no_report

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DriverLauncher:
    """Launcher of drivers' processes. logs: the folder that has a folder for each driver, named by its resource."""

    environments: Environments
    logs: Path
    new_token: TokenFactory

    def process(self, folder: Path, name: str, report: Report = no_report) -> DriverProcess:
        """Return a process for an unpacked driver, not started yet; make its environment if there is none."""
        return DriverProcess(folder, self.environments.ensure(folder, report), self.log_folder(name))

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
        self.process: DriverProcess | None = None
        self._launcher = launcher
        self._stack = ExitStack()
        self._starting = threading.Lock()
        self._is_ended = False

    def ensure_process(self, report: Report = no_report) -> DriverProcess:
        """Return the driver's process, in which `initialize` has succeeded; start it if none runs.

        Raises CommandFailed, with the driver's error if it cannot be loaded or initialized, or EnvironmentFailed.
        """
        with self._starting:  # Commands that come while the process starts wait for it.
            if self.process and not self.process.is_alive():  # It died without a command.
                self._stack.close()
                self.process = None
            if self.process is None:
                self.process = self._start(report)
            return self.process

    def end(self) -> None:
        """End the process; one that is being started is ended when it has started."""
        self._is_ended = True
        self._stack.close()

    def _start(self, report: Report) -> DriverProcess:
        process = self._launcher.process(self.driver.folder, self.driver.resource, self._logged(report))
        with ExitStack() as stack, self._launcher.new_token() as token:
            stack.enter_context(process)
            process.run("initialize", self.driver.init_context(token))
            if self._is_ended:
                raise CommandFailed("Execution server is unavailable: the driver was ended while it was started")
            self._stack = stack.pop_all()
        return process

    def _logged(self, report: Report) -> Report:
        def log_and_report(text: str) -> None:
            logger.info("%s: %s", self.driver.resource, text)
            report(text)

        return log_and_report
