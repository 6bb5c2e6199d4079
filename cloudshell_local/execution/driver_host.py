"""Hosts one driver in a process of its own: `python driver_host.py <folder of the unpacked driver zip>`.

This file needs nothing but the standard library (Python 3.7), since it runs in the driver's environment. The first line of
its output says whether the driver could be loaded. Then each line of its input is a command in JSON ({"id", "command",
"context", "parameters"}, or {"cancel": id} for a command that runs), and each line of its output is a result, or what a
command logs or prints while it runs. Commands run in threads of their own on one driver object and get their parameters by
name, as in a real execution server (docs/reference/server.md §4). The process ends when its input ends, so it does not
outlive the server.
"""

from __future__ import annotations

import atexit
import copy
import inspect
import io
import json
import logging
import os
import sys
import threading
import time
import traceback
import xml.etree.ElementTree as ET
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Callable, TextIO

LIFECYCLE = ("initialize", "cleanup")
NOT_CONVERTED = {"attributes", "target_attributes"}
_FORMATTER = logging.Formatter("%(asctime)s [%(levelname)s] %(name)s: %(message)s")


class Context:
    """Base class of the context objects that `as_context` makes."""


def as_context(value: Any, name: str = "Context") -> Any:
    """Return the context object of a JSON object: its keys are the attributes, nested objects are context objects too.

    Its class is named by its key "class", since CloudShell's libraries tell contexts apart by the names of their classes.
    The names and values of a resource's attributes stay a dict.
    """
    if isinstance(value, list):
        return [as_context(item) for item in value]
    if not isinstance(value, dict):
        return value
    context = type(value.get("class", name), (Context,), {})()
    for field, inner in value.items():
        setattr(context, field, inner if field in NOT_CONVERTED else as_context(inner))
    return context


class Host:
    """Host of a driver: it runs the commands that it reads, and writes their results."""

    def __init__(self, out: TextIO) -> None:
        self._driver: Any = None
        self._out = out
        self._lock = threading.RLock()  # An object that is deleted during a write may print.
        self._pid = os.getpid()
        self._cancellations: dict[int, Any] = {}

    def serve(self, driver: Any, lines: TextIO) -> None:
        """Run the commands in the lines on a driver object until there are no more lines."""
        self._driver = driver
        self._write({"loaded": True})
        for line in lines:
            message = json.loads(line)
            if "cancel" in message:
                self._cancel(message["cancel"])
            else:
                self._cancellations[message["id"]] = as_context({"is_cancelled": False}, "CancellationContext")
                threading.Thread(target=self._run, args=(message,), daemon=True).start()

    def _cancel(self, number: int) -> None:
        cancellation = self._cancellations.get(number)  # The command may end at this moment.
        if cancellation:
            cancellation.is_cancelled = True

    def note(self, kind: str, text: str) -> None:
        """Write what the command of this thread has logged or printed; the kind is "log" or "printed"."""
        number = getattr(threading.current_thread(), "command_id", None)
        # A child that the driver forks has the same pipe, whose lines it would spoil.
        if number is not None and os.getpid() == self._pid:
            with suppress(
                OSError
            ):  # The server was killed, which ends this process; no print of the driver fails for it.
                self._write({"id": number, kind: text})

    def note_print(self, text: str) -> None:
        """Write what the command of this thread has printed, in whole lines: other threads of it may be printing."""
        thread = threading.current_thread()
        lines, end, rest = (getattr(thread, "unfinished_line", "") + text).rpartition("\n")
        thread.unfinished_line = rest  # type: ignore[attr-defined]
        if end:
            self.note("printed", lines + end)

    def _run(self, message: dict[str, Any]) -> None:
        number = message["id"]
        set_command(threading.current_thread(), number)
        try:
            answer = {"id": number, "result": self._call(message)}
        except BaseException as error:  # A driver may raise anything, SystemExit too: the command has failed.
            answer = {"id": number, "error": error_fields(error)}
            print_traceback(f"'{message['command']}' failed", answer["error"]["traceback"])
        self.note("printed", getattr(threading.current_thread(), "unfinished_line", ""))
        del self._cancellations[number]
        self._write(answer)

    def _write(self, message: dict[str, Any]) -> None:
        with self._lock:
            write_line(self._out, message)

    def _call(self, message: dict[str, Any]) -> str | None:
        name = message["command"]
        # Commands are the methods of the main class's own body, inherited ones are none (docs/reference/server.md §4).
        if name not in LIFECYCLE and (name.startswith("_") or name not in vars(type(self._driver))):
            raise AttributeError(f"The driver has no command '{name}' in the body of its main class")
        if name == "cleanup" and not hasattr(self._driver, name):
            return None
        method = getattr(self._driver, name)
        arguments = {
            "context": as_context(message["context"]),
            "cancellation_context": self._cancellations[message["id"]],
            **message["parameters"],
        }
        accepted = inspect.signature(method).parameters
        result = method(**{name: arguments[name] for name in accepted if name in arguments})
        return result if result is None or isinstance(result, str) else json.dumps(result, default=vars)


def error_fields(error: BaseException) -> dict[str, str]:
    """Return an exception as it is written in a line."""
    try:
        message = str(error)
    except Exception:  # An exception's own code fails: its class and its traceback are known all the same.
        message = ""
    return {"kind": type(error).__name__, "message": message, "traceback": traceback_of(error)}


def traceback_of(error: BaseException) -> str:
    """Return an exception's traceback, with those of its causes, from where this file called the driver."""
    inner = error.__traceback__
    while inner and inner.tb_frame.f_code.co_filename == __file__:
        inner = inner.tb_next
    return "".join(traceback.format_exception(type(error), error, inner or error.__traceback__))


def print_traceback(title: str, text: str) -> None:
    """Print a traceback into driver.out; a command's own prints do not have it."""
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {title}\n{text}", end="", file=sys.__stderr__, flush=True)


def set_command(thread: threading.Thread, number: int | None) -> None:
    """Set the command that a thread works for; what the thread logs and prints belongs to the command."""
    thread.command_id = number  # type: ignore[attr-defined]


class CommandStream(io.TextIOWrapper):
    """Standard output or error, which also passes on what is printed."""

    on_print: Callable[[str], None]

    def write(self, text: str) -> int:
        """Write a text, at once if it ends a line."""
        count = super().write(text)
        self.on_print(text)
        return count


def follow_prints(on_print: Callable[[str], None]) -> None:
    """Call a function with all that is printed from now on."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        raw = os.fdopen(descriptor, "wb", closefd=False)
        stream = CommandStream(raw, encoding="utf-8", errors="backslashreplace", line_buffering=True)
        stream.on_print = on_print
        setattr(sys, name, stream)


def follow_logs(on_log: Callable[[str], None]) -> None:
    """Call a function with every line that is logged from now on, by whichever logger and into whichever file."""
    make = logging.getLogRecordFactory()

    def make_and_follow(*args: Any, **fields: Any) -> logging.LogRecord:
        record = make(*args, **fields)
        on_log(formatted(record) + "\n")
        return record

    logging.setLogRecordFactory(make_and_follow)


def formatted(record: logging.LogRecord) -> str:
    """Return a log record as a line; as it is written in the code if its arguments do not fit."""
    try:
        return _FORMATTER.format(copy.copy(record))  # Formatting changes a record, and handlers format it after this.
    except Exception:  # The handlers report it, as they do without this.
        return str(record.msg)


def follow_threads() -> None:
    """Make threads belong to the command whose thread starts them."""
    start = threading.Thread.start

    def start_for_command(thread: threading.Thread) -> None:
        set_command(thread, getattr(threading.current_thread(), "command_id", None))
        start(thread)

    threading.Thread.start = start_for_command  # type: ignore[method-assign,assignment]


def write_line(out: TextIO, message: dict[str, Any]) -> None:
    """Write a message as a line of JSON, at once."""
    out.write(json.dumps(message) + "\n")
    out.flush()


def load_driver(folder: Path) -> Any:
    """Return an object of the class that the folder's drivermetadata.xml names as MainClass."""
    module, _, name = ET.parse(folder / "drivermetadata.xml").getroot().attrib["MainClass"].rpartition(".")  # noqa: S314
    sys.path.insert(0, str(folder))
    return getattr(import_module(module), name)()


def end_process(code: int) -> None:
    """End this process with its exit functions, but without waiting for its threads.

    The threads of cloudshell-logging 1.1 read queues of multiprocessing. Its exit function closes those before that of
    logging ends the threads, so each would print a traceback again and again until then.
    """
    queues, children = sys.modules.get("multiprocessing.util"), sys.modules.get("multiprocessing")
    if queues and children:
        atexit.unregister(queues._exit_function)
        for child in children.active_children():
            child.terminate()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def main() -> None:
    """Host the driver in the folder that the command line names."""
    # A driver's prints must not get into the pipe, so standard output becomes standard error.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    host = Host(out)
    follow_threads()
    follow_logs(lambda text: host.note("log", text))
    follow_prints(host.note_print)
    try:
        driver = load_driver(Path(sys.argv[1]))
    except BaseException as error:  # A driver's module may raise anything, SystemExit too.
        failure = error_fields(error)
        print_traceback("The driver could not be loaded", failure["traceback"])
        write_line(out, {"load_error": {**failure, "python": sys.version.split()[0]}})
        end_process(1)
    host.serve(driver, sys.stdin)
    end_process(0)


if __name__ == "__main__":
    main()
