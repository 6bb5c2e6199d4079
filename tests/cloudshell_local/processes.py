"""Processes of this machine, for tests of what is left of them."""

from __future__ import annotations

from pathlib import Path


def processes_of(text: str) -> list[int]:
    """Return the processes whose command line has a text."""
    numbers = (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit())
    return [each for each in numbers if text in _read(each, "cmdline")]


def processes_with_variable(name: str, value: str) -> list[int]:
    """Return the processes that have an environment variable with a value."""
    numbers = (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit())
    return [each for each in numbers if f"{name}={value}" in _read(each, "environ").split("\0")]


def is_gone(process: int) -> bool:
    """Return whether a process has ended, even if nobody has asked for its exit code yet."""
    return _read(process, "stat").rpartition(")")[2].split()[:1] in ([], ["Z"])


def _read(process: int, file: str) -> str:
    try:
        return Path(f"/proc/{process}/{file}").read_text(errors="replace")
    except OSError:
        return ""
