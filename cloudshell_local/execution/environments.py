"""Virtual environments made from requirements files, each once (docs/reference/server.md §4)."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable

from cloudshell_local.errors import EnvironmentFailed
from cloudshell_local.file_lock import acquire


def ensure_environment(
    requirements: Path,
    folder: Path,
    python: str = sys.executable,
    report: Callable[[str], None] = lambda _: None,
) -> Path:
    """Return the Python of an environment with these requirements; make the environment if there is none.

    folder: the folder of all environments; python: the interpreter to make it with; report: receives a message before an
    environment is made, which takes a while. Raises EnvironmentFailed with the last lines of pip's output.
    """
    target = _target(requirements, folder, python)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{target.name}.lock").open("w") as lock:
        acquire(lock)  # One process or thread makes it, the others wait for it.
        if not (target / "complete").exists():
            report(f"Making a Python environment from {requirements.name}, once (it can take a minute)")
            _make(target, requirements, python)
    return target / "bin" / "python"


def environment_exists(requirements: Path, folder: Path, python: str = sys.executable) -> bool:
    """Return whether the environment of these requirements is made already."""
    return (_target(requirements, folder, python) / "complete").exists()


def _target(requirements: Path, folder: Path, python: str) -> Path:
    interpreter = subprocess.run([python, "--version"], capture_output=True, text=True, check=True).stdout
    key = hashlib.sha256(requirements.read_bytes() + interpreter.encode()).hexdigest()[:12]
    return folder / f"{interpreter.split()[1]}-{key}"


def _make(target: Path, requirements: Path, python: str) -> None:
    shutil.rmtree(target, ignore_errors=True)
    pip = [str(target / "bin" / "python"), "-m", "pip"]
    for command in (
        [python, "-m", "venv", str(target)],
        [*pip, "install", "--quiet", "--disable-pip-version-check", "--requirement", str(requirements)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise EnvironmentFailed(requirements.name, done.stderr.strip().splitlines()[-5:])
    (target / "complete").touch()
