"""Virtual environments made from requirements files, each once (docs/reference/server.md §4), and made anew on request.

An environment is a folder that is never changed when it is complete. One that is made anew is another folder, the next
generation of it, so that drivers that run keep theirs; it is deleted when none runs in it any more.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from cloudshell_local import xml
from cloudshell_local.errors import EnvironmentFailed
from cloudshell_local.execution.interpreters import Interpreters, probe
from cloudshell_local.execution.tools import Tools
from cloudshell_local.file_lock import acquire, share, try_to_acquire

REQUIREMENTS, METADATA = "requirements.txt", "drivermetadata.xml"
# What a request to make an environment anew says: in any case, or if that would bring newer packages.
ALWAYS, IF_NEWER = "always", "if newer"
_PINNED = re.compile(r"[^#]*(===?\s*[^*\s]+\s*(;.*|#.*)?$|\.(whl|zip|tar\.gz)\b)")
_OPTION = re.compile(r"-(?!r|-requirement|e|-editable|c|-constraint)")
Report = Callable[[str], None]


def _no_report(text: str) -> None:
    pass


@dataclass(frozen=True)
class Environments:
    """The environments of unpacked drivers. folder: the folder of all environments; tools: make them."""

    folder: Path
    interpreters: Interpreters
    tools: Tools = field(default_factory=Tools)

    def ensure(self, driver: Path, report: Report = _no_report) -> Path:
        """Return the Python of a driver's environment, as `ensure_environment`; raise UnsuitablePython, too."""
        return ensure_environment(driver / REQUIREMENTS, self.folder, self._python(driver), report, self.tools)

    def close(self) -> None:
        """Give up the environments that are being made: whoever waits for them gets EnvironmentFailed."""
        self.tools.close()

    def exists(self, driver: Path) -> bool:
        """Return whether the environment of a driver is made already; raise UnsuitablePython."""
        return environment_exists(driver / REQUIREMENTS, self.folder, self._python(driver))

    def renew(self, driver: Path, when: str = ALWAYS) -> None:
        """Have the environment of a driver made anew before the next process is started in it; raise UnsuitablePython.

        when: ALWAYS or IF_NEWER.
        """
        request_renewal(driver / REQUIREMENTS, self.folder, self._python(driver), when)

    def _python(self, driver: Path) -> str:
        metadata = driver / METADATA
        version = xml.read(metadata.read_bytes()).get("PythonVersion", "") if metadata.exists() else ""
        return self.interpreters.for_version(version.strip()).path


@dataclass(frozen=True)
class _Recipe:
    requirements: Path
    python: str
    report: Report
    tools: Tools


def ensure_environment(
    requirements: Path,
    folder: Path,
    python: str = sys.executable,
    report: Report = _no_report,
    tools: Tools | None = None,
) -> Path:
    """Return the Python of an environment with these requirements; make the environment if there is none.

    folder: the folder of all environments; python: the interpreter to make it with; report: receives a message before an
    environment is made, which takes a while, and when one could not be made anew, so that the one of before is used;
    tools: run pip, and may be closed meanwhile. Raises EnvironmentFailed with the last lines of pip's output.
    """
    recipe = _Recipe(requirements, python, report, tools or Tools())
    target = _target(requirements, folder, python)
    folder.mkdir(parents=True, exist_ok=True)
    with target.with_name(f"{target.name}.lock").open("w") as lock:
        acquire(lock)  # One process or thread makes it, the others wait for it.
        current = _current(target)
        if not current:
            report(f"Making a Python environment from {requirements.name}, once (it can take a minute)")
            _make(target, recipe)
            current = target
        elif _request(target).exists():
            current = _renewed(current, target, recipe)
        _request(target).unlink(missing_ok=True)
        return current / "bin" / "python"


def environment_exists(requirements: Path, folder: Path, python: str = sys.executable) -> bool:
    """Return whether the environment of these requirements is made already, and is not about to be made anew."""
    target = _target(requirements, folder, python)
    return bool(_current(target)) and not _request(target).exists()


def request_renewal(requirements: Path, folder: Path, python: str = sys.executable, when: str = ALWAYS) -> None:
    """Have an environment made anew when it is next used.

    when: ALWAYS or, unless that is requested already, IF_NEWER. An environment that was not made yet needs nothing:
    it will have the newest packages.
    """
    target = _target(requirements, folder, python)
    request = _request(target)
    if _current(target) and (when == ALWAYS or not request.exists()):
        request.write_text(when)


def allows_newer(requirements: str) -> bool:
    """Return whether requirements allow newer packages in time: one of them names no exact version and no archive."""
    lines = [line.strip() for line in requirements.splitlines()]
    return any(
        line and not line.startswith("#") and not _OPTION.match(line) and not _PINNED.match(line) for line in lines
    )


@contextmanager
def kept_for(python: Path) -> Iterator[tuple[int, ...]]:
    """Keep an environment while the block runs and while a process runs that inherits these file descriptors.

    python: as `ensure_environment` returned it, or any other, for which there is nothing to keep.
    """
    mark = python.parent.parent / "complete"
    if not mark.exists():
        yield ()
        return
    with mark.open() as file:
        share(file)
        yield (file.fileno(),)


def _target(requirements: Path, folder: Path, python: str) -> Path:
    version = probe(python).version
    key = hashlib.sha256(requirements.read_bytes() + f"Python {version}\n".encode()).hexdigest()[:12]
    return folder / f"{version}-{key}"


def _request(target: Path) -> Path:
    return target.with_name(f"{target.name}.renew")


def _generations(target: Path) -> list[Path]:
    """Return the folders of an environment that are there, complete or not, the newest first."""
    return [target.with_name(f"{target.name}.{number}") for number in sorted(_numbers(target), reverse=True)] + [target]


def _numbers(target: Path) -> list[int]:
    return [int(path.suffix[1:]) for path in target.parent.glob(f"{target.name}.*") if path.suffix[1:].isdigit()]


def _current(target: Path) -> Path | None:
    return next((each for each in _generations(target) if (each / "complete").exists()), None)


def _renewed(current: Path, target: Path, recipe: _Recipe) -> Path:
    """Return the next generation of an environment, or the present one if nothing is newer or it cannot be made."""
    try:
        if _request(target).read_text() == IF_NEWER and not _has_newer(current, recipe):
            return current
        recipe.report(f"Making the Python environment of {recipe.requirements.name} anew (it can take a minute)")
        following = target.with_name(f"{target.name}.{max(_numbers(target), default=0) + 1}")
        _make(following, recipe)
    except EnvironmentFailed as error:
        recipe.report(f"The Python environment of before is used, since it could not be made anew. {error}")
        return current
    for each in _generations(target):
        if each != following:
            _remove_unused(each)
    return following


def _remove_unused(environment: Path) -> None:
    """Delete an environment in which no process runs, or one that was never completed."""
    mark = environment / "complete"
    if not mark.exists():
        shutil.rmtree(environment, ignore_errors=True)
        return
    with mark.open() as file:
        if try_to_acquire(file):
            shutil.rmtree(environment)


def _has_newer(environment: Path, recipe: _Recipe) -> bool:
    """Return whether pip would install something; raise EnvironmentFailed if it cannot find out."""
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    done = recipe.tools.run([*pip, "--upgrade", "--dry-run", "--requirement", str(recipe.requirements)])
    if "no such option" in done.errors:  # This pip is too old to tell.
        return True
    if done.code:
        raise EnvironmentFailed(recipe.requirements.name, done.errors.strip().splitlines()[-5:])
    return "Would install" in done.output


def _make(target: Path, recipe: _Recipe) -> None:
    shutil.rmtree(target, ignore_errors=True)
    pip = [str(target / "bin" / "python"), "-m", "pip"]
    for command in (
        [recipe.python, "-m", "venv", str(target)],
        [*pip, "install", "--quiet", "--disable-pip-version-check", "--requirement", str(recipe.requirements)],
    ):
        done = recipe.tools.run(command)
        if done.code:
            raise EnvironmentFailed(recipe.requirements.name, done.errors.strip().splitlines()[-5:])
    (target / "complete").touch()
