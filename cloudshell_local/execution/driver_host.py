"""Hosts one driver in a process of its own: `python driver_host.py <folder of the unpacked driver zip>`.

It needs nothing but the standard library, since it runs in the driver's environment. The first line out tells whether the
driver could be loaded. Then a line of JSON comes in per command ({"id", "command", "context", "parameters"}, or
{"cancel": id}), and one goes out per result. Commands run in threads of their own on one driver object; parameters are
given by name; the contexts are objects whose classes have CloudShell's names, which is how the libraries tell them apart.
It ends when its input does, so it does not outlive whoever started it.
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
    """Parent of the classes made by `as_context`."""


def as_context(value: Any, name: str = "Context") -> Any:
    """Return an object with the fields of a dict, its class named by its "class"; the dicts in it likewise."""
    if isinstance(value, list):
        return [as_context(item) for item in value]
    if not isinstance(value, dict):
        return value
    context = type(value.get("class", name), (Context,), {})()
    for field, inner in value.items():
        setattr(context, field, inner if field in NOT_CONVERTED else as_context(inner))
    return context


class Host:
    """The driver, and the pipe to whoever started this process."""

    def __init__(self, driver: Any, out: TextIO) -> None:
        self._driver = driver
        self._out = out
        self._lock = threading.Lock()
        self._cancellations: dict[int, Any] = {}

    def serve(self, lines: TextIO) -> None:
        """Do what the lines say until there are no more."""
        self._say({"loaded": True})
        for line in lines:
            message = json.loads(line)
            if "cancel" in message:
                self._cancel(message["cancel"])
            else:
                self._cancellations[message["id"]] = as_context({"is_cancelled": False}, "CancellationContext")
                threading.Thread(target=self._run, args=(message,), daemon=True).start()

    def _cancel(self, number: int) -> None:
        if number in self._cancellations:
            self._cancellations[number].is_cancelled = True

    def _run(self, message: dict[str, Any]) -> None:
        number = message["id"]
        try:
            answer = {"id": number, "result": self._call(message)}
        except BaseException as error:  # A driver may raise anything, SystemExit too: the command has failed.
            answer = {"id": number, "error": told(error)}
        del self._cancellations[number]
        self._say(answer)

    def _say(self, message: dict[str, Any]) -> None:
        with self._lock:
            say(self._out, message)

    def _call(self, message: dict[str, Any]) -> str | None:
        name = message["command"]
        # CloudShell sees the methods of the main class's own body only.
        if name not in LIFECYCLE and (name.startswith("_") or name not in vars(type(self._driver))):
            raise AttributeError(f"The driver has no command '{name}' in the body of its main class")
        method = getattr(self._driver, name)
        given = {
            "context": as_context(message["context"]),
            "cancellation_context": self._cancellations[message["id"]],
            **message["parameters"],
        }
        wanted = inspect.signature(method).parameters
        result = method(**{parameter: given[parameter] for parameter in wanted if parameter in given})
        return result if result is None or isinstance(result, str) else json.dumps(result, default=vars)


def told(error: BaseException) -> dict[str, str]:
    """Return an exception as a line has it."""
    return {"kind": type(error).__name__, "message": str(error)}


def say(out: TextIO, message: dict[str, Any]) -> None:
    """Write a line."""
    out.write(json.dumps(message) + "\n")
    out.flush()


def load_driver(folder: Path) -> Any:
    """Return an object of the class that the folder's drivermetadata.xml names as MainClass."""
    module, _, name = ET.parse(folder / "drivermetadata.xml").getroot().attrib["MainClass"].rpartition(".")  # noqa: S314
    sys.path.insert(0, str(folder))
    return getattr(import_module(module), name)()


def main() -> None:
    """Serve the driver of the folder given."""
    # What a driver prints must not get into the pipe.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        driver = load_driver(Path(sys.argv[1]))
    except BaseException as error:  # Whatever keeps it from being loaded is told.
        say(out, {"load_error": told(error)})
        raise  # The traceback goes to what the driver prints.
    Host(driver, out).serve(sys.stdin)


if __name__ == "__main__":
    main()
