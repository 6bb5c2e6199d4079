"""Client of a driver that runs in a process of its own (driver_host.py)."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from cloudshell_local.errors import CommandFailed, DriverDied, DriverEnded, DriverError, DriverNotLoaded, LoadTimeout
from cloudshell_local.execution.host_process import HostProcess
from cloudshell_local.execution.tails import Tail, trim_file
from cloudshell_local.settings import LOAD_SECONDS
from cloudshell_local.text import parsed_json
from cloudshell_local.threads import start_thread

CLEANUP_SECONDS = 5
END_SECONDS = 5
# How long the end of a process and the end of its pipe may be apart: a child in another process group may hold the pipe
# open, and a driver may close it, or have its process go on as another program.
LAST_SECONDS = 2
# The size of driver.out at which its beginning is cut off, in bytes.
PRINTED_BYTES = 1024 * 1024
FOREIGN = (
    "what came from it is no message of CloudShell's, so that no answer of it can be told any more (a driver must write to "
    "no file descriptor that it has not opened)"
)
CLOSED_PIPE = "it has closed its pipe to CloudShell, so that no answer of it can come any more"
T = TypeVar("T")


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
        self._process.send({"cancel": self.number})

    def result(self, timeout: float | None = None) -> str | None:
        """Wait for the command's answer and return it.

        timeout: in seconds. Raises DriverError, DriverDied or TimeoutError.
        """
        return self.answer.result(timeout)


class DriverProcess:
    """A driver's process, from `with` to its end.

    folder: the unpacked driver zip; python: the Python of the driver's environment; logs: the folder of the driver's log
    files and of driver.out, its printed output; load_seconds: how long the driver may take to be loaded, and then to be
    initialized. Entering it raises DriverNotLoaded or DriverDied.
    """

    def __init__(self, folder: Path, python: Path, logs: Path, load_seconds: float = LOAD_SECONDS) -> None:
        self._folder = folder
        self._python = python
        self.logs = logs
        self._load_seconds = load_seconds
        self._numbers = itertools.count(1)
        self._calls: dict[int, DriverCall] = {}
        self._lock = threading.Lock()
        self._loaded: Future[None] = Future()
        self._ended = threading.Event()
        self._why: DriverDied | None = None
        self._host: HostProcess | None = None

    def __enter__(self) -> DriverProcess:
        self.logs.mkdir(parents=True, exist_ok=True)
        self.trim_output()
        with self._lock:
            if self._why:  # It was killed before it began.
                raise self._why
            host = self._host = HostProcess(self._folder, self._python, self.output, self.logs)
        reader = start_thread("driver-reader", lambda: self._read(host))
        start_thread("driver-end", lambda: self._await_end(host, reader))
        try:
            self.in_time(self._loaded)
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
        return not self._ended.is_set()

    def kill(self, why: DriverDied | None = None) -> None:
        """Kill the process and its children; its calls fail with an error, that of its exit code unless one is given."""
        self.explain_end(why)
        if self._host:
            self._host.kill()

    def explain_end(self, why: DriverDied | None) -> None:
        """Set the error of the calls that the end of the process will fail, unless there is one already."""
        with self._lock:
            self._why = self._why or why

    def close(self) -> None:
        """End the process by closing its input; kill it if it does not end in a few seconds."""
        if self._host:
            self._host.close_input()
            if not self._ended.wait(END_SECONDS):
                self._host.kill()
                self._ended.wait(END_SECONDS)

    def start(self, command: str, context: Mapping[str, object], **parameters: object) -> DriverCall:
        """Start a command and return its call. context: JSON, of which driver_host makes the driver's context object."""
        call = DriverCall(self, next(self._numbers), command)
        with self._lock:
            self._calls[call.number] = call
        self.send({"id": call.number, "command": command, "context": context, "parameters": parameters})
        if self._ended.is_set():  # Then nobody else answers the call.
            self._fail_all()
        return call

    def run(self, command: str, context: Mapping[str, object], **parameters: object) -> str | None:
        """Run a command and return its answer; raise DriverError or DriverDied."""
        return self.start(command, context, **parameters).result()

    def initialize(self, context: Mapping[str, object]) -> None:
        """Run the driver's `initialize`; raise DriverError or DriverDied."""
        self.in_time(self.start("initialize", context).answer)

    def in_time(self, answer: Future[T]) -> T:
        """Return the answer to a step of loading the driver; one that takes too long ends the process."""
        try:
            return answer.result(self._load_seconds)
        except TimeoutError:
            self.kill(LoadTimeout(self._load_seconds))
        return answer.result()

    def send(self, message: Mapping[str, object]) -> None:
        """Write a message to the process, unless it has ended."""
        assert self._host
        self._host.send(json.dumps(message).encode() + b"\n")

    def _read(self, host: HostProcess) -> None:
        try:
            for line in host.lines():
                self._receive(parsed_json(bytes(line)))
        except Exception:  # Whatever the driver has written there, its commands have to end.
            self.kill(DriverEnded(FOREIGN))
        if not host.exited.wait(LAST_SECONDS):
            self.kill(DriverEnded(CLOSED_PIPE))

    def _await_end(self, host: HostProcess, reader: threading.Thread) -> None:
        try:
            host.wait()
            reader.join(LAST_SECONDS)
        finally:
            self._ended.set()
            self._fail_all()

    def _receive(self, message: dict[str, object]) -> None:
        if "loaded" in message:
            self._loaded.set_result(None)
        elif "load_error" in message:
            kind, text, traceback, python = _texts(message["load_error"], "kind", "message", "traceback", "python")
            self._loaded.set_exception(DriverNotLoaded(kind, text, python, traceback))
        elif "log" in message or "printed" in message:
            self._note(message)
        else:
            self._end_call(message)

    def _note(self, message: Mapping[str, object]) -> None:
        with self._lock:
            call = self._calls.get(_number(message))  # A thread of a command may outlive it.
        if call:
            call.log.add(_text(message.get("log", "")))
            call.printed.add(_text(message.get("printed", "")))

    def _end_call(self, message: Mapping[str, object]) -> None:
        number = _number(message)
        with self._lock:
            command = self._calls[number].command
        # The message is read before the call is taken away, since it may be a forged one that cannot be read.
        answer = _error(message["error"], command) if "error" in message else _result(message["result"])
        with self._lock:
            call = self._calls.pop(number)
        if isinstance(answer, DriverError):
            call.answer.set_exception(answer)
        else:
            call.answer.set_result(answer)

    def _fail_all(self) -> None:
        with self._lock:
            calls, self._calls = self._calls, {}
            why = self._why or DriverDied(self._host.code if self._host else None)
        if not self._loaded.done():
            self._loaded.set_exception(why)
        for call in calls.values():
            call.answer.set_exception(why)


def _number(message: Mapping[str, object]) -> int:
    number = message["id"]
    if not isinstance(number, int):
        raise TypeError("An id is no number")
    return number


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("A text is none")
    return value


def _texts(value: object, *names: str) -> list[str]:
    if not isinstance(value, dict):
        raise TypeError("An error is no object")
    return [_text(value[name]) for name in names]


def _error(value: object, command: str) -> DriverError:
    kind, message, traceback = _texts(value, "kind", "message", "traceback")
    return DriverError(kind, message, command, traceback)


def _result(value: object) -> str | None:
    return None if value is None else _text(value)
