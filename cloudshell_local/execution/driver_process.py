"""Client of a driver that runs in a process of its own (driver_host.py)."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TypedDict

from cloudshell_local.errors import CommandFailed, DriverDied, DriverError, DriverNotLoaded
from cloudshell_local.execution import driver_host
from cloudshell_local.execution.environments import kept_for
from cloudshell_local.execution.tails import Tail, trim_file
from cloudshell_local.threads import start_thread

CLEANUP_SECONDS = 5
END_SECONDS = 5
# The size of driver.out at which its beginning is cut off, in bytes.
PRINTED_BYTES = 1024 * 1024


class ErrorFields(TypedDict):
    """An exception of the driver: the name of its class, its text, and its traceback."""

    kind: str
    message: str
    traceback: str


class LoadErrorFields(ErrorFields):
    """An exception of a driver that was being loaded. python: the version of its Python."""

    python: str


class HostMessage(TypedDict, total=False):
    """A line that the driver's process writes: it is loaded or cannot be, or a call has logged, printed or ended."""

    loaded: bool
    load_error: LoadErrorFields
    id: int
    log: str
    printed: str
    result: str | None
    error: ErrorFields


class DriverCall:
    """A command that was sent to a driver's process. log, printed: what it has logged and printed so far."""

    def __init__(self, process: DriverProcess, number: int, command: str) -> None:
        self.number = number
        self.command = command
        self.answer: Future[str | None] = Future()
        self.log = Tail()
        self.printed = Tail()
        self._process = process

    def cancel(self) -> None:
        """Set the driver's cancellation context to cancelled."""
        with suppress(OSError):  # The process may have ended: then the call fails with DriverDied.
            self._process.send({"cancel": self.number})

    def result(self, timeout: float | None = None) -> str | None:
        """Wait for the command's answer and return it.

        timeout: in seconds. Raises DriverError, DriverDied or TimeoutError.
        """
        return self.answer.result(timeout)


class DriverProcess:
    """A driver's process, from `with` to its end.

    folder: the unpacked driver zip; python: the Python of the driver's environment; logs: the folder of the driver's log
    files and of driver.out, its printed output. Entering it raises DriverNotLoaded or DriverDied.
    """

    def __init__(self, folder: Path, python: Path, logs: Path) -> None:
        self._folder = folder
        self._python = python
        self.logs = logs
        self._numbers = itertools.count(1)
        self._calls: dict[int, DriverCall] = {}
        self._lock = threading.Lock()
        self._loaded: Future[None] = Future()

    def __enter__(self) -> DriverProcess:
        self.logs.mkdir(parents=True, exist_ok=True)
        self.trim_output()
        with self.output.open("a") as printed, kept_for(self._python) as environment:
            self._process = subprocess.Popen(
                [str(self._python), driver_host.__file__, str(self._folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=printed,
                text=True,
                pass_fds=environment,
                env={**os.environ, "LOG_PATH": str(self.logs), "PYTHONDONTWRITEBYTECODE": "1"},
            )
        self._reader = start_thread("driver-reader", self._read)
        try:
            self._loaded.result()
        except CommandFailed:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Run the driver's `cleanup`, and end the process: kill it if it does not end by itself."""
        with suppress(
            CommandFailed, TimeoutError
        ):  # The driver's traceback is in driver.out; no command depends on it.
            self.start("cleanup", {}).result(CLEANUP_SECONDS)
        self.close()

    @property
    def output(self) -> Path:
        """The file of what the driver prints, and of the tracebacks of its commands."""
        return self.logs / "driver.out"

    def trim_output(self) -> None:
        """Cut off the beginning of driver.out if it has become too large."""
        trim_file(self.output, PRINTED_BYTES)

    def is_alive(self) -> bool:
        """Return whether the process runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Kill the process; its calls fail with DriverDied."""
        self._process.kill()

    def close(self) -> None:
        """End the process by closing its input; kill it if it does not end in a few seconds."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # The process may have died before it read everything.
            self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def start(self, command: str, context: Mapping[str, object], **parameters: object) -> DriverCall:
        """Start a command and return its call. context: JSON, of which driver_host makes the driver's context object."""
        call = DriverCall(self, next(self._numbers), command)
        with self._lock:
            self._calls[call.number] = call
        try:
            self.send({"id": call.number, "command": command, "context": context, "parameters": parameters})
        except OSError:
            self._fail_all()
        return call

    def run(self, command: str, context: Mapping[str, object], **parameters: object) -> str | None:
        """Run a command and return its answer; raise DriverError or DriverDied."""
        return self.start(command, context, **parameters).result()

    def send(self, message: Mapping[str, object]) -> None:
        """Write a message to the process; raise OSError if the process has ended."""
        assert self._process.stdin is not None
        line = json.dumps(message) + "\n"
        with self._lock:
            if self._process.stdin.closed:  # Else `write` would raise ValueError.
                raise BrokenPipeError("The driver's process is closed")
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._receive(json.loads(line))
        self._process.wait()
        self._fail_all()

    def _receive(self, message: HostMessage) -> None:
        if "loaded" in message:
            self._loaded.set_result(None)
        elif "load_error" in message:
            self._loaded.set_exception(DriverNotLoaded(**message["load_error"]))
        elif "log" in message or "printed" in message:
            self._note(message)
        else:
            self._end_call(message)

    def _note(self, message: HostMessage) -> None:
        with self._lock:
            call = self._calls.get(message["id"])  # A thread of a command may outlive it.
        if call:
            call.log.add(message.get("log", ""))
            call.printed.add(message.get("printed", ""))

    def _end_call(self, message: HostMessage) -> None:
        with self._lock:
            call = self._calls.pop(message["id"])
        if "error" in message:
            call.answer.set_exception(DriverError(**message["error"], command=call.command))
        else:
            call.answer.set_result(message["result"])

    def _fail_all(self) -> None:
        with self._lock:
            calls, self._calls = self._calls, {}
        if not self._loaded.done():
            self._loaded.set_exception(DriverDied(self._process.poll()))
        for call in calls.values():
            call.answer.set_exception(DriverDied(self._process.poll()))
