"""A driver in a process of its own, seen from outside."""

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
from typing import Any

from cloudshell_local.errors import CommandFailed, DriverDied, DriverError, DriverNotLoaded
from cloudshell_local.execution import driver_host

CLEANUP_SECONDS = 5
END_SECONDS = 5


class Call:
    """A command under way."""

    def __init__(self, process: DriverProcess, number: int, command: str) -> None:
        self.number = number
        self.command = command
        self.answer: Future[str | None] = Future()
        self._process = process

    def cancel(self) -> None:
        """Tell the driver, as the Stop button does."""
        with suppress(OSError):  # Its process may have ended, which the call is told.
            self._process.send({"cancel": self.number})

    def result(self, timeout: float | None = None) -> str | None:
        """Wait for what the command returns, in seconds at most; raise DriverError, DriverDied or TimeoutError."""
        return self.answer.result(timeout)


class DriverProcess:
    """folder: the unpacked driver zip; python: of its environment; logs: where the driver's log files and what it prints
    go. Use it in a `with`; beginning raises DriverNotLoaded or DriverDied."""

    def __init__(self, folder: Path, python: Path, logs: Path) -> None:
        self._folder = folder
        self._python = python
        self.logs = logs
        self._numbers = itertools.count(1)
        self._calls: dict[int, Call] = {}
        self._lock = threading.Lock()
        self._loaded: Future[None] = Future()

    def __enter__(self) -> DriverProcess:
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / "driver.out").open("a") as printed:
            self._process = subprocess.Popen(
                [str(self._python), driver_host.__file__, str(self._folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=printed,
                text=True,
                env={**os.environ, "LOG_PATH": str(self.logs), "PYTHONDONTWRITEBYTECODE": "1"},
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self._loaded.result()
        except CommandFailed:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the driver clean up, and end the process: kindly, then not."""
        with suppress(CommandFailed, TimeoutError):  # It is told in driver.out; nobody waits for it.
            self.start("cleanup", {}).result(CLEANUP_SECONDS)
        self.close()

    def is_alive(self) -> bool:
        """Tell whether the process runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process at once; what waits for it is told."""
        self._process.kill()

    def close(self) -> None:
        """End the process, which ends when its input does."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # It may have died with a message on its way.
            self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def start(self, command: str, context: Mapping[str, Any], **parameters: Any) -> Call:
        """Begin a command; its context as `contexts` makes it, its parameters by name."""
        call = Call(self, next(self._numbers), command)
        with self._lock:
            self._calls[call.number] = call
        try:
            self.send({"id": call.number, "command": command, "context": context, "parameters": parameters})
        except OSError:
            self._fail_all()
        return call

    def run(self, command: str, context: Mapping[str, Any], **parameters: Any) -> str | None:
        """Do a command and return its result; raise DriverError or DriverDied."""
        return self.start(command, context, **parameters).result()

    def send(self, message: Mapping[str, Any]) -> None:
        """Write a line to the process."""
        assert self._process.stdin is not None
        line = json.dumps(message) + "\n"
        with self._lock:
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._hear(json.loads(line))
        self._process.wait()
        self._fail_all()

    def _hear(self, message: Mapping[str, Any]) -> None:
        if "loaded" in message:
            self._loaded.set_result(None)
        elif "load_error" in message:
            self._loaded.set_exception(DriverNotLoaded(**message["load_error"]))
        else:
            self._answer(message)

    def _answer(self, message: Mapping[str, Any]) -> None:
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
