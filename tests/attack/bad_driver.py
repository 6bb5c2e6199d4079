"""Driver that does what no driver should. Each command is a misdeed; test_drivers.py says what has to come of it.

The name of the resource says what it does while it is loaded.
"""

import atexit
import ctypes
import json
import logging
import multiprocessing
import os
import pdb
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

# It keeps the interpreter's lock during a call: a child that is forked without it would wait for it.
LIBC = ctypes.PyDLL(None)
FOLDER = Path(__file__).parent
WHILE_LOADING = (FOLDER / "while_loading").read_text()
FIRST, LAST = 3, 300


def others():
    """Return the file descriptors that are open, without the standard ones."""
    found = list(Path("/proc/self/fd").iterdir())
    # One was that of the list.
    return [int(each.name) for each in found if int(each.name) >= FIRST and each.is_symlink()]


def write_everywhere(content):
    for each in others():
        try:
            os.write(each, content)
        except OSError:
            pass


def hold_the_interpreter():
    ctypes.PyDLL(None).sleep(60)


def outlive(fork, new_session=False):
    """Leave a child that sleeps, and end this process."""
    if fork() == 0:
        if new_session:
            os.setsid()
            (FOLDER / "survivor").write_text(str(os.getpid()))
        time.sleep(60)
        os._exit(0)
    while new_session and not (FOLDER / "survivor").exists():
        time.sleep(0.005)
    os._exit(7)


class NoText(Exception):
    def __str__(self):
        raise ValueError("no text")


class NumberText(Exception):
    def __str__(self):
        return 5


class ExitText(Exception):
    def __str__(self):
        raise SystemExit(3)


class NoName(type):
    @property
    def __name__(cls):
        raise ValueError("no name")


class Nameless(Exception, metaclass=NoName):
    pass


if WHILE_LOADING == "sleep":
    time.sleep(60)
elif WHILE_LOADING == "hold":
    hold_the_interpreter()
elif WHILE_LOADING == "junk":
    write_everywhere(b"junk\n")
    time.sleep(60)


class BadDriver:
    def __init__(self):
        if WHILE_LOADING == "sleep in init":
            time.sleep(60)

    def initialize(self, context):
        if WHILE_LOADING == "sleep in initialize":
            time.sleep(60)

    def cleanup(self):
        if (FOLDER / "hang in cleanup").exists():
            time.sleep(60)

    def good(self, context):
        return "good"

    # Exceptions

    def text_raises(self, context):
        raise NoText

    def text_is_a_number(self, context):
        raise NumberText

    def text_exits(self, context):
        raise ExitText

    def text_is_huge(self, context):
        raise ValueError("x" * 5_000_000)

    def text_has_a_surrogate(self, context):
        raise ValueError("odd \udc80 name")

    def name_raises(self, context):
        raise Nameless("odd")

    def cause_is_itself(self, context):
        error = ValueError("circular")
        error.__cause__ = error
        raise error

    def long_chain(self, context):
        error = ValueError("first")
        for number in range(20_000):
            following = ValueError(f"number {number}")
            following.__cause__ = error
            error = following
        raise error

    def recursion(self, context):
        return self.recursion(context)

    def exits(self, context):
        sys.exit("out of here")

    def interrupts(self, context):
        raise KeyboardInterrupt("stop it")

    # Results

    def result_has_a_surrogate(self, context):
        return "odd \udc80 name"

    def result_is_circular(self, context):
        found = []
        found.append(found)
        return found

    def result_is_deep(self, context):
        found = []
        for _ in range(100_000):
            found = [found]
        return found

    def result_is_no_json(self, context):
        return {1, 2}

    def result_is_too_long(self, context):
        sys.modules["__main__"].MOST_LINE_BYTES = 1000
        return "x" * 2000

    # File descriptors

    def junk(self, context):
        write_everywhere(b"junk")

    def junk_lines(self, context):
        write_everywhere(b"junk\n")

    def not_utf8(self, context):
        write_everywhere(b"\xff\xfe\n")

    def no_object(self, context):
        write_everywhere(b"[]\n")

    def answer_of_nobody(self, context):
        write_everywhere(b'{"id": 987654, "result": null}\n')

    def answer_without_a_result(self, context):
        write_everywhere(b'{"id": 2}\n{"id": 3}\n')

    def answer_that_is_no_text(self, context):
        write_everywhere(b'{"id": 2, "result": 5}\n{"id": 3, "result": 5}\n')

    def error_that_is_none(self, context):
        write_everywhere(b'{"id": 2, "error": {}}\n{"id": 3, "error": []}\n')

    def loaded_again(self, context):
        write_everywhere(b'{"loaded": true}\n')

    def deep_line(self, context):
        write_everywhere(b"[" * 200_000 + b"\n")

    def endless_line(self, context):
        while True:
            write_everywhere(b"x" * 65536)

    def closes_all(self, context):
        os.closerange(FIRST, LAST)

    def closes_all_and_opens_others(self, context):
        os.closerange(FIRST, LAST)
        for _ in range(LAST):
            os.open(FOLDER / "foreign", os.O_RDWR | os.O_CREAT)

    def closes_standard_streams(self, context):
        sys.stdout.close()
        sys.stderr.close()
        sys.stdin.close()
        os.closerange(0, 3)
        return "closed"

    def loses_standard_streams(self, context):
        sys.stdout = sys.stderr = sys.stdin = sys.__stderr__ = None
        raise ValueError("no streams")

    def makes_pipes_nonblocking(self, context):
        for each in others():
            os.set_blocking(each, False)
        return "x" * 5_000_000

    def reads_the_pipe(self, context):
        for each in others():
            threading.Thread(target=self._read_all, args=(each,), daemon=True).start()

    def _read_all(self, descriptor):
        while True:
            try:
                os.read(descriptor, 1)
            except OSError:
                return

    # Standard input

    def asks(self, context):
        return input("Your name? ")

    def reads_input(self, context):
        return sys.stdin.read()

    def reads_bytes_of_input(self, context):
        return sys.stdin.buffer.read()

    def has_a_breakpoint(self, context):
        breakpoint()

    def starts_a_debugger(self, context):
        pdb.set_trace()

    def child_reads_input(self, context):
        return subprocess.run(["cat"], capture_output=True, text=True, check=True).stdout + "empty"

    def shell_reads_input(self, context):
        return str(os.system("cat > /dev/null"))

    # Children

    def forks_a_process(self, context):
        child = multiprocessing.get_context("fork").Process(target=os.getpid)
        child.start()
        child.join()
        return str(child.exitcode)

    def forks_a_pool(self, context):
        with multiprocessing.get_context("fork").Pool(2) as pool:
            return json.dumps(pool.map(abs, [-1, -2]))

    def child_prints_and_logs(self, context):
        child = os.fork()
        if child == 0:
            print("from the child")
            logging.getLogger("bad").warning("from the child")
            os._exit(0)
        os.waitpid(child, 0)
        return "parent"

    def child_comes_back(self, context):
        child = os.fork()
        if child == 0:
            return "child"
        return str(os.waitpid(child, 0)[1])

    def child_raises(self, context):
        child = os.fork()
        if child == 0:
            raise ValueError("child")
        return str(os.WEXITSTATUS(os.waitpid(child, 0)[1]))

    def child_exits(self, context):
        child = os.fork()
        if child == 0:
            sys.exit(5)
        return str(os.WEXITSTATUS(os.waitpid(child, 0)[1]))

    def leaves_a_child(self, context):
        subprocess.Popen(["sleep", "60"])
        return "left"

    def child_outlives_the_driver(self, context):
        outlive(os.fork)

    def child_of_c_outlives_the_driver(self, context):
        outlive(LIBC.fork)

    def daemon_outlives_the_driver(self, context):
        outlive(os.fork, new_session=True)

    def daemon_of_c_outlives_the_driver(self, context):
        outlive(LIBC.fork, new_session=True)

    # The end

    def ends_at_once(self, context):
        os._exit(7)

    def aborts(self, context):
        os.abort()

    def crashes(self, context):
        os.kill(os.getpid(), signal.SIGSEGV)

    def kills_itself(self, context):
        os.kill(os.getpid(), signal.SIGKILL)

    def interrupts_the_main_thread(self, context):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)

    def becomes_another_program(self, context):
        os.execvp("sleep", ["sleep", "60"])

    def breaks_json(self, context):
        json.dumps = None
        return "text"

    def hangs_at_the_end(self, context):
        atexit.register(time.sleep, 60)
        threading.Thread(target=time.sleep, args=(60,)).start()
        return "later"

    def hangs_in_cleanup(self, context):
        (FOLDER / "hang in cleanup").touch()
        return "later"

    def deletes_itself(self, context):
        for each in FOLDER.iterdir():
            if each.name.startswith("__"):
                shutil.rmtree(each)
        return "deleted"

    # What only somebody who kills the driver can end

    def sleeps(self, context):
        time.sleep(60)

    def holds_the_interpreter(self, context):
        hold_the_interpreter()

    def is_stopped(self, context):
        os.kill(os.getpid(), signal.SIGSTOP)

    def prints_for_ever(self, context):
        while True:
            print("x" * 10_000)

    def prints_an_endless_line(self, context):
        while True:
            print("x" * 100, end="")

    def floods_driver_out(self, context):
        while True:
            os.write(2, b"x" * 65536)

    def logs_for_ever(self, context):
        logger = logging.getLogger("bad")
        logger.addHandler(logging.NullHandler())
        while True:
            logger.warning("x" * 10_000)

    def ignores_signals(self, context):
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            LIBC.signal(int(each), 1)
        time.sleep(60)

    def waits_for_a_child(self, context):
        subprocess.run(["sleep", "60"])

    def text_never_ends(self, context):
        class Endless(Exception):
            def __str__(self):
                while True:
                    time.sleep(1)

        raise Endless
