"""Process that hosts a driver (driver_host.py), and the pipes to it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

from cloudshell_local.execution import driver_host
from cloudshell_local.execution.child_process import PIPE, ChildProcess
from cloudshell_local.execution.environments import kept_for
from cloudshell_local.threads import start_thread


class HostProcess:
    """Process of a driver's host, with the children that the driver starts.

    It runs from when this is made until it is killed or its input is closed. folder: the unpacked driver zip; python: the
    Python of the driver's environment; output: the file for what the driver and its children print; logs: the folder that
    the driver is told to log to. exited: is set when the process has ended.
    """

    def __init__(self, folder: Path, python: Path, output: Path, logs: Path) -> None:
        command = [str(python), driver_host.__file__, str(folder)]
        variables = {**os.environ, "LOG_PATH": str(logs), "PYTHONDONTWRITEBYTECODE": "1"}
        with output.open("a") as printed, kept_for(python) as environment:
            self._process = ChildProcess(command, (PIPE, PIPE, printed), environment, variables)
        self.exited = threading.Event()
        self._unsent: SimpleQueue[bytes | None] = SimpleQueue()
        start_thread("driver-writer", self._write)

    @property
    def code(self) -> int | None:
        """The exit code of the process, None until `wait` has returned."""
        return self._process.code

    def send(self, line: bytes) -> None:
        """Send a line. The driver may be slow to read, or end before: nobody waits for that."""
        self._unsent.put(line)

    def close_input(self) -> None:
        """Close the input when all is sent, which asks the process to end."""
        self._unsent.put(None)

    def lines(self) -> Iterator[bytearray]:
        """Yield the lines of the process; raise ValueError for one that is too long, and OSError."""
        assert self._process.stdout
        with self._process.stdout as output:
            yield from driver_host.read_lines(output.fileno(), driver_host.MOST_LINE_BYTES)

    def kill(self) -> None:
        """Kill the process and its children."""
        self._process.kill()

    def wait(self) -> None:
        """Wait until the process has ended, and kill the children that are left. Only one thread may do this."""
        self._process.wait()
        self.exited.set()
        self.close_input()

    def _write(self) -> None:
        assert self._process.stdin
        with self._process.stdin as pipe:
            try:
                for line in iter(self._unsent.get, None):
                    _write_all(pipe.fileno(), line)
            except OSError:  # The process has ended, or the driver has closed the pipe, and no command can reach it.
                self.kill()


def _write_all(descriptor: int, line: bytes) -> None:
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
