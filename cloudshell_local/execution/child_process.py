"""Processes that end with the server: each is the first of a process group, which is killed as one."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import IO

PIPE, NO_FILE = subprocess.PIPE, subprocess.DEVNULL


class ChildProcess:
    """A process with its children, from when this is made until all of them have ended.

    They have a process group of their own, so that Ctrl-C in the server's terminal does not reach them, and the kernel kills
    them when the server ends, even if it is killed. streams: standard input, output and error output, as for
    `subprocess.Popen`. descriptors: file descriptors that the process inherits. environment: the environment variables,
    unless it has those of the server.
    """

    def __init__(
        self,
        command: Sequence[str],
        streams: tuple[int, int, int | IO[str]],
        descriptors: Sequence[int] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        with ExitStack() as stack:
            lifeline, other_end = os.pipe()
            stack.callback(os.close, other_end)
            try:
                self._process = subprocess.Popen(
                    command,
                    bufsize=0,
                    stdin=streams[0],
                    stdout=streams[1],
                    stderr=streams[2],
                    pass_fds=(lifeline, *descriptors),
                    start_new_session=True,
                    env=environment,
                )
                _kill_at_end_of(lifeline, self._process.pid)
            finally:
                os.close(lifeline)
            self._ending = stack.pop_all()
        self.stdin, self.stdout, self.stderr = self._process.stdin, self._process.stdout, self._process.stderr
        self._lock = threading.Lock()
        self._is_reaped = False

    @property
    def code(self) -> int | None:
        """The exit code of the process, None until `wait` has returned."""
        return self._process.returncode

    def kill(self) -> None:
        """Kill the process and its children."""
        with self._lock:
            if not self._is_reaped:
                self._kill_group()

    def wait(self) -> None:
        """Wait until the process has ended, and kill the children that are left. Only one thread may do this."""
        # Its number stays taken until it is reaped, so that no other group is killed.
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        with self._lock:
            self._kill_group()
            self._process.wait()
            self._is_reaped = True
        self._ending.close()

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # macOS says so of a group that has ended.
            os.killpg(self._process.pid, signal.SIGKILL)


def _kill_at_end_of(pipe: int, group: int) -> None:
    """Have the kernel kill a process group, which holds a pipe open, when nobody can write into the pipe any more.

    A thread in the process that watches the pipe would not run while other code there holds the interpreter's lock. Only
    Linux has F_SETSIG; elsewhere a driver ends when it next reads.
    """
    import fcntl  # Here, since where it is missing file_lock says in a sentence on which systems the server runs.

    if hasattr(fcntl, "F_SETSIG"):
        fcntl.fcntl(pipe, fcntl.F_SETOWN, -group)
        fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(pipe, fcntl.F_SETFL, os.O_ASYNC)
