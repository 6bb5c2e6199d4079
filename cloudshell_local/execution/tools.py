"""Tools that make environments, venv and pip, which are given up when the server is ended."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import IO, NamedTuple

from cloudshell_local.execution.child_process import NO_FILE, PIPE, ChildProcess
from cloudshell_local.threads import run_parallel

GIVEN_UP = "it was given up, since the server is being ended"
_KILLED = -9


class ToolResult(NamedTuple):
    """Exit code and outputs of a tool that has ended."""

    code: int | None
    output: str
    errors: str


class Tools:
    """Runner of tools, until it is closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[ChildProcess] = []
        self._is_closed = False

    def run(self, command: Sequence[str]) -> ToolResult:
        """Run a command until it ends or is given up, and return its result."""
        with self._lock:
            if self._is_closed:
                return ToolResult(_KILLED, "", GIVEN_UP)
            process = ChildProcess(command, (NO_FILE, PIPE, PIPE))
            self._running.append(process)
        output, errors = run_parallel("tool-output", _text_of, (process.stdout, process.stderr))
        process.wait()
        with self._lock:
            self._running.remove(process)
        return ToolResult(process.code, output, GIVEN_UP if self._is_closed else errors)

    def close(self) -> None:
        """Kill the tools that run; those that come later are not run."""
        with self._lock:
            self._is_closed = True
            for process in self._running:
                process.kill()


def _text_of(stream: IO[bytes] | None) -> str:
    assert stream
    with stream:
        return stream.read().decode(errors="replace")
