"""Hosts one driver in a process of its own: `python driver_host.py <folder of the unpacked driver zip>`.

This file needs nothing but the standard library (Python 3.7), since it runs in the driver's environment. The first line of
its output says whether the driver could be loaded. Then each line of its input is a command in JSON ({"id", "command",
"context", "parameters"}, or {"cancel": id} for a command that runs), and each line of its output is a result, or what a
command logs or prints while it runs. Commands run in threads of their own on one driver object and get their parameters by
name, as in a real execution server (docs/reference/server.md §4).

Input and output are moved away at once, so that the driver and its children have an empty input, and driver.out as output.
The process ends when its input ends.
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
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Callable, NoReturn

LIFECYCLE = ("initialize", "cleanup")
NOT_CONVERTED = {"attributes", "target_attributes"}
# The longest line that the server reads: a driver must not fill the server's memory.
MOST_LINE_BYTES = 256 * 1024 * 1024
# Of a text that is logged or printed at once, in characters; the server keeps less than that of a whole command.
MOST_NOTED = 100_000
# Of a line that is not finished, in characters, before it is passed on.
MOST_UNFINISHED = 8_000
# Of an exception's text, and of each end of its traceback, in characters.
MOST_MESSAGE, MOST_TRACEBACK = 10_000, 50_000
# The lowest number of the file descriptors of the pipes: code that closes or tries the first ones does not meet them.
FIRST_DESCRIPTOR = 200
TOO_LONG = f"The command's answer is longer than the {MOST_LINE_BYTES >> 20} MB that can be sent"
NO_INPUT = "A driver has no standard input: nobody can type into it, and what it starts cannot read from it either"
NO_DEBUGGER = (
    f"breakpoint() cannot be used here. {NO_INPUT}; a debugger that attaches over the network, as debugpy, can"
)
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


class Channel:
    """Pipes to the server, which neither the driver's code nor its children use. commands, results: file descriptors."""

    def __init__(self, commands: int, results: int) -> None:
        self._commands = commands
        self._results = results
        self._lock = threading.RLock()  # An object that is deleted during a write may print.
        self._files = {each: file_of(each) for each in (commands, results)}
        self.is_open = True

    def messages(self) -> Iterator[Any]:
        """Yield the messages of the server until it has no more."""
        for line in read_lines(self._commands):
            yield json.loads(line.decode())

    def write(self, line: bytes) -> None:
        """Write a line, at once; raise OSError if the pipe is not there any more."""
        with self._lock:
            if file_of(self._results) != self._files[self._results]:
                raise OSError("The driver has closed the file descriptor of the pipe to the server")
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self._results, rest) :]

    def abandon(self) -> None:
        """Close the pipes in a process that the driver has forked, which has no part in them."""
        self.is_open = False
        for descriptor, file in self._files.items():
            if file_of(descriptor) == file:  # The driver may have closed it and opened another file in its place.
                os.close(descriptor)


def file_of(descriptor: int) -> tuple[int, int] | None:
    """Return the device and number of an open file, which tell it from others; None if it is closed."""
    try:
        status = os.fstat(descriptor)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def read_lines(descriptor: int, limit: float = float("inf")) -> Iterator[bytearray]:
    """Yield the lines of a file as they come; raise ValueError for one that is longer than a limit in bytes."""
    line = bytearray()
    while True:
        part = os.read(descriptor, 1 << 16)
        if not part:
            return
        for number, piece in enumerate(part.split(b"\n")):
            if number:
                yield line
                line = bytearray()
            line += piece
            if len(line) > limit:
                raise ValueError(f"A line is longer than {limit} bytes")


class Host:
    """Host of a driver: it runs the commands that it reads, and writes their results."""

    def __init__(self, channel: Channel) -> None:
        self._driver: Any = None
        self._channel = channel
        self._cancellations: dict[int, Any] = {}

    def serve(self, driver: Any) -> None:
        """Run the commands that the server sends on a driver object until it sends no more."""
        self._driver = driver
        self._channel.write(line_of({"loaded": True}))
        for message in self._channel.messages():
            if "cancel" in message:
                self._cancel(message["cancel"])
            else:
                self._cancellations[message["id"]] = as_context({"is_cancelled": False}, "CancellationContext")
                self._start(message)

    def _start(self, message: dict[str, Any]) -> None:
        try:
            threading.Thread(target=self._run, args=(message,), daemon=True).start()
        except RuntimeError as error:  # The driver has used up the threads that a process may have.
            self._answer({"id": message["id"], "error": error_fields(error)})

    def _cancel(self, number: int) -> None:
        cancellation = self._cancellations.get(number)  # The command may end at this moment.
        if cancellation:
            cancellation.is_cancelled = True

    def note(self, kind: str, text: str) -> None:
        """Write what the command of this thread has logged or printed; the kind is "log" or "printed"."""
        number = getattr(threading.current_thread(), "command_id", None)
        if number is not None and self._channel.is_open:
            # The server may have been killed, which ends this process; no print of the driver fails for it.
            with suppress(OSError):
                self._channel.write(line_of({"id": number, kind: text[-MOST_NOTED:]}))

    def note_print(self, text: str) -> None:
        """Write what the command of this thread has printed, in whole lines: other threads of it may be printing."""
        thread = threading.current_thread()
        lines, end, rest = (getattr(thread, "unfinished_line", "") + text).rpartition("\n")
        if len(rest) > MOST_UNFINISHED:
            lines, end, rest = lines + end + rest, "\n", ""
        thread.unfinished_line = rest  # type: ignore[attr-defined]
        if end:
            self.note("printed", lines + end)

    def _run(self, message: dict[str, Any]) -> None:
        try:
            self._run_command(message)
        except BaseException:  # Whatever the driver has done to this process, its commands would never be answered.
            print_traceback("No answer can be sent any more, so the driver's process ends", traceback.format_exc())
            os._exit(1)

    def _run_command(self, message: dict[str, Any]) -> None:
        number = message["id"]
        set_command(threading.current_thread(), number)
        failure = None
        try:
            answer = {"id": number, "result": self._call(message)}
        except BaseException as error:  # A driver may raise anything, SystemExit too: the command has failed.
            failure = error
            answer = {"id": number, "error": error_fields(error)}
        if not self._channel.is_open:  # The command has forked, and this is the child.
            os._exit(child_exit_code(failure))
        if failure:
            print_traceback(f"'{message['command']}' failed", answer["error"]["traceback"])
        self.note("printed", getattr(threading.current_thread(), "unfinished_line", ""))
        del self._cancellations[number]
        self._answer(answer)

    def _answer(self, answer: dict[str, Any]) -> None:
        line = line_of(answer)
        if len(line) > MOST_LINE_BYTES:
            line = line_of({"id": answer["id"], "error": error_fields(ValueError(TOO_LONG))})
        self._channel.write(line)

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
    return {
        "kind": described(lambda: type(error).__name__) or "Exception",
        "message": shortened(described(lambda: str(error)), MOST_MESSAGE, 0),
        "traceback": shortened(described(lambda: traceback_of(error)), MOST_TRACEBACK, MOST_TRACEBACK),
    }


def described(describe: Callable[[], str]) -> str:
    """Return what a function says of an exception; empty if the exception's own code fails."""
    try:
        return describe()
    except BaseException:
        return ""


def shortened(text: str, start: int, end: int) -> str:
    """Return the start and the end of a text that is longer than both, of so many characters each; else the text."""
    if len(text) <= start + end:
        return text
    return f"{text[:start]}... ({len(text):,} characters in all){text[len(text) - end :]}"


def child_exit_code(error: BaseException | None) -> int:
    """Return the exit code of a forked child whose command ended with an error or, with None, without one."""
    code = error.code if isinstance(error, SystemExit) else error
    return code if isinstance(code, int) else int(code is not None)


def traceback_of(error: BaseException) -> str:
    """Return an exception's traceback, with those of its causes, from where this file called the driver."""
    inner = error.__traceback__
    while inner and inner.tb_frame.f_code.co_filename == __file__:
        inner = inner.tb_next
    return "".join(traceback.format_exception(type(error), error, inner or error.__traceback__))


def print_traceback(title: str, text: str) -> None:
    """Print a traceback into driver.out; a command's own prints do not have it."""
    with suppress(Exception):  # The driver may have closed or replaced the stream.
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
        # A buffer has a lock, which a process that is forked during a print would wait for without an end.
        raw: Any = os.fdopen(descriptor, "wb", buffering=0, closefd=False)
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


def line_of(message: dict[str, Any]) -> bytes:
    """Return a message as a line of JSON."""
    return json.dumps(message).encode() + b"\n"


class NoInput(io.RawIOBase):
    """Standard input of a driver, which says that there is none."""

    def readinto(self, buffer: Any) -> NoReturn:
        """Raise an error."""
        raise OSError(NO_INPUT)

    def readable(self) -> bool:
        """Return true, as for every standard input."""
        return True

    def fileno(self) -> int:
        """Return the file descriptor of the empty input, which a child may be given."""
        return 0


def take_channel() -> Channel:
    """Move standard input and output to file descriptors that only this file uses, and return them."""
    import fcntl  # Here, since the server imports this module also where there is none, to say that it cannot run there.

    commands, results = (fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR) for each in (0, 1))
    channel = Channel(commands, results)
    os.register_at_fork(after_in_child=channel.abandon)
    return channel


def replace_standard_streams() -> None:
    """Give the driver an empty input, whose readers are told so, and driver.out as output."""
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    no_input: Any = NoInput()
    sys.stdin = io.TextIOWrapper(no_input)
    if "PYTHONBREAKPOINT" not in os.environ:
        sys.breakpointhook = refuse_debugger


def refuse_debugger(*args: Any, **fields: Any) -> NoReturn:
    """Raise an error for a call of breakpoint()."""
    raise RuntimeError(NO_DEBUGGER)


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
        with suppress(Exception):  # The driver may have closed or replaced it.
            stream.flush()
    os._exit(code)


def main() -> None:
    """Host the driver in the folder that the command line names."""
    channel = take_channel()
    replace_standard_streams()
    host = Host(channel)
    follow_threads()
    follow_logs(lambda text: host.note("log", text))
    follow_prints(host.note_print)
    try:
        driver = load_driver(Path(sys.argv[1]))
    except BaseException as error:  # A driver's module may raise anything, SystemExit too.
        failure = error_fields(error)
        print_traceback("The driver could not be loaded", failure["traceback"])
        channel.write(line_of({"load_error": {**failure, "python": sys.version.split()[0]}}))
        end_process(1)
    try:
        host.serve(driver)
    except BaseException:  # The driver has closed the pipe, has read from it, or has interrupted this thread.
        print_traceback("No command can be read any more, so the driver's process ends", traceback.format_exc())
        os._exit(1)
    end_process(0)


if __name__ == "__main__":
    main()
