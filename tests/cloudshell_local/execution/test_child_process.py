from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from cloudshell_local.execution.child_process import NO_FILE, PIPE, ChildProcess
from tests.cloudshell_local.processes import is_gone
from tests.cloudshell_local.toy import until

# It writes the numbers of both processes, and both wait; the first holds the interpreter's lock meanwhile.
FAMILY = """
    import ctypes, os, time
    child = os.fork()
    if child == 0:
        time.sleep(60)
    print(os.getpid(), child, flush=True)
    ctypes.PyDLL(None).sleep(60)
"""
SERVER = """
    import sys, time
    from cloudshell_local.execution.child_process import NO_FILE, ChildProcess
    ChildProcess([sys.executable, "-c", sys.argv[1]], (NO_FILE, 1, 2))
    time.sleep(60)
"""


def numbers(line: bytes) -> list[int]:
    return [int(each) for each in line.split()]


def test_a_process_is_killed_with_its_children() -> None:
    process = ChildProcess([sys.executable, "-c", textwrap.dedent(FAMILY)], (NO_FILE, PIPE, NO_FILE))
    assert process.stdout
    with process.stdout as output:
        family = numbers(output.readline())
    process.kill()
    process.wait()
    assert process.code == -9
    until(lambda: all(is_gone(each) for each in family))
    process.kill()  # Nothing is left to kill.


def test_the_children_of_a_process_that_ends_by_itself_are_killed() -> None:
    code = "import os, time; child = os.fork() or time.sleep(60); print(child, flush=True)"
    process = ChildProcess([sys.executable, "-c", code], (NO_FILE, PIPE, NO_FILE))
    assert process.stdout
    with process.stdout as output:
        (child,) = numbers(output.readline())
    process.wait()
    assert process.code == 0
    until(lambda: is_gone(child))


def test_a_process_and_its_children_end_with_a_server_that_is_killed() -> None:
    command = [sys.executable, "-c", textwrap.dedent(SERVER), textwrap.dedent(FAMILY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout
        family = numbers(server.stdout.readline())
        assert not any(is_gone(each) for each in family)
        server.kill()
        until(lambda: all(is_gone(each) for each in family))


def test_a_process_that_cannot_be_started_leaves_no_open_file() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(FileNotFoundError):
        ChildProcess(["/nowhere/program"], (NO_FILE, NO_FILE, NO_FILE))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
