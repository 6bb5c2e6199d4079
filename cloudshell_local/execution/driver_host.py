"""Hosts one driver in a process of its own: `python driver_host.py <folder of the unpacked driver zip>`.

This file needs nothing but the standard library (Python 3.7), since it runs in the driver's environment. The first line of
its output says whether the driver could be loaded. Then each line of its input is a command in JSON ({"id", "command",
"context", "parameters"}, or {"cancel": id} for a command that runs), and each line of its output is a result. Commands run
in threads of their own on one driver object and get their parameters by name, as in a real execution server
(docs/reference/server.md §4). The process ends when its input ends, so it does not outlive the server.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import threading
import xml.etree.ElementTree as ET
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

LIFECYCLE = ("initialize", "cleanup")
NOT_CONVERTED = {"attributes", "target_attributes"}


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

    def __init__(self, driver: Any, out: TextIO) -> None:
        self._driver = driver
        self._out = out
        self._lock = threading.Lock()
        self._cancellations: dict[int, Any] = {}

    def serve(self, lines: TextIO) -> None:
        """Run the commands in the lines until there are no more lines."""
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

    def _run(self, message: dict[str, Any]) -> None:
        number = message["id"]
        try:
            answer = {"id": number, "result": self._call(message)}
        except BaseException as error:  # A driver may raise anything, SystemExit too: the command has failed.
            answer = {"id": number, "error": error_fields(error)}
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
    return {"kind": type(error).__name__, "message": str(error)}


def write_line(out: TextIO, message: dict[str, Any]) -> None:
    """Write a message as a line of JSON, at once."""
    out.write(json.dumps(message) + "\n")
    out.flush()


def load_driver(folder: Path) -> Any:
    """Return an object of the class that the folder's drivermetadata.xml names as MainClass."""
    module, _, name = ET.parse(folder / "drivermetadata.xml").getroot().attrib["MainClass"].rpartition(".")  # noqa: S314
    sys.path.insert(0, str(folder))
    return getattr(import_module(module), name)()


def main() -> None:
    """Host the driver in the folder that the command line names."""
    # A driver's prints must not get into the pipe, so standard output becomes standard error.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        driver = load_driver(Path(sys.argv[1]))
    except BaseException as error:  # A driver's module may raise anything, SystemExit too.
        write_line(out, {"load_error": {**error_fields(error), "python": sys.version.split()[0]}})
        raise  # The traceback goes to standard error, with the driver's prints.
    Host(driver, out).serve(sys.stdin)


if __name__ == "__main__":
    main()
