"""Python interpreters that drivers run on: the server's choice, and those that a shell asks for with PythonVersion."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from cloudshell_local.errors import UnsuitablePython

OLDEST = (3, 7)
MINORS = range(OLDEST[1], 30)
# The modules without which `python -m venv` makes no environment with pip in it.
NEEDED_MODULES = ("venv", "ensurepip")
_PROBE = """
import json, sys
from importlib.util import find_spec
missing = [name for name in sys.argv[1:] if not find_spec(name)]
print(json.dumps({"version": ".".join(map(str, sys.version_info[:3])), "missing": missing}))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python interpreter. version: all three numbers of it, as 3.11.7."""

    path: str
    version: str

    @property
    def minor(self) -> str:
        """The first two numbers of its version, as 3.11."""
        return ".".join(self.version.split(".")[:2])


class Interpreters:
    """The interpreters that drivers may run on.

    default: the path of the server's own choice, on which drivers run that ask for no other. Raises UnsuitablePython if it
    does not exist, does not run, is too old or cannot make environments.
    """

    def __init__(self, default: str = sys.executable) -> None:
        self.default = probe(default)

    def for_version(self, wanted: str) -> Interpreter:
        """Return the interpreter for the PythonVersion of a shell: "3" is the server's, "3.9" one that is found here.

        Raises UnsuitablePython with those that there are.
        """
        minor = re.match(r"3\.\d+", wanted)
        if not minor or minor[0] == self.default.minor:
            return self.default
        found = next(_suitable(minor[0]), None)
        if found:
            return found
        there = [each.minor for number in MINORS for each in list(_suitable(f"3.{number}"))[:1]]
        names = ", ".join(sorted({self.default.minor, *there}, key=lambda each: int(each.split(".")[1])))
        raise UnsuitablePython(
            f"PythonVersion {wanted!r}: there is no Python {minor[0]} on the server's machine; there are: {names}. "
            f'PythonVersion="3" is the server\'s own, {self.default.version} (`serve --python` chooses it)'
        )


@cache
def probe(path: str) -> Interpreter:
    """Return the interpreter at a path, or of a name on PATH; raise UnsuitablePython if no drivers can run on it."""
    if path == sys.executable:
        return _suited(path, ".".join(map(str, sys.version_info[:3])), [n for n in NEEDED_MODULES if not find_spec(n)])
    file = shutil.which(path)
    if not file:
        raise UnsuitablePython(f"The Python {path} cannot be used: there is no such program")
    try:
        done = subprocess.run(
            [file, "-c", _PROBE, *NEEDED_MODULES], capture_output=True, text=True, check=True, timeout=30
        )
        found = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        raise UnsuitablePython(f"The Python {path} cannot be used: {_why_not(file)}") from None
    return _suited(file, found["version"], found["missing"])


def _suited(path: str, version: str, missing: list[str]) -> Interpreter:
    if tuple(map(int, version.split(".")[:2])) < OLDEST:
        raise UnsuitablePython(f"The Python {path} cannot be used: it is {version}, and drivers need 3.7 or later")
    if missing:
        raise UnsuitablePython(
            f"The Python {path} cannot be used: it lacks {' and '.join(missing)}, which make environments (Debian and "
            "Ubuntu have them in the package python3-venv)"
        )
    return Interpreter(path, version)


def _why_not(file: str) -> str:
    """Return what an interpreter says of its version, to tell Python 2 from what is no Python."""
    try:
        done = subprocess.run([file, "--version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return "it does not run"
    words = f"{done.stdout} {done.stderr}".split()
    if words[:1] == ["Python"]:
        return f"it is {words[1]}, and drivers need 3.7 or later"
    return "it does not run as Python does"


def _suitable(minor: str) -> Iterator[Interpreter]:
    """Yield the interpreters of a version that are on PATH or that pyenv has installed."""
    for file in _candidates(minor):
        try:
            found = probe(file)
        except UnsuitablePython:  # For example one that lacks venv.
            continue
        if found.minor == minor:
            yield found


def _candidates(minor: str) -> Iterator[str]:
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    on_path = shutil.which(f"python{minor}")
    # A shim of pyenv starts a shell, which takes long, and only runs one of the versions below.
    if on_path and Path(on_path).parent != pyenv / "shims":
        yield on_path
    folders = (pyenv / "versions").glob(f"{minor}.*")
    newest_first = sorted(folders, key=lambda each: [int(n) for n in re.findall(r"\d+", each.name)], reverse=True)
    yield from (str(folder / "bin" / "python") for folder in newest_first)
