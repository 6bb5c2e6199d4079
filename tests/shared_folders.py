"""Folders that the worker processes of a test run share: the packed shells, and a cache of mypy."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from heavenly.pack import pack


def packed_once(factory: pytest.TempPathFactory, with_stores: bool) -> dict[str, Path]:
    """Return the packages of the shells by name. No test changes their folders."""
    folder = made_once(
        factory,
        "packed-with-stores" if with_stores else "packed",
        lambda folder: pack(folder, report=lambda _: None, with_stores=with_stores),
    )
    return {path.stem: path for path in sorted(folder.glob("*/dist/*.zip"))}


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that the first worker process makes, and the others wait for."""
    run = _folder_of_run(factory)
    folder, complete = run / name, run / f"{name}.complete"
    with (run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            make(folder)
            complete.touch()
    return folder


def mypy_cache(factory: pytest.TempPathFactory) -> Path:
    """Return a cache for mypy, so that only the first check of a run reads the libraries."""
    return _folder_of_run(factory) / "mypy"


def _folder_of_run(factory: pytest.TempPathFactory) -> Path:
    base = factory.getbasetemp()
    # pytest-xdist gives each worker a folder of its own in that of the run.
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
