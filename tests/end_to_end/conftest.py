"""The packed shells, each in a process of its own, on the Pythons of the machine that the driver runs on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudshell_local import CloudShellLocal
from tests.end_to_end.shell_harness import PackedShell, secrets_in_logs
from tests.shared_folders import packed_once

SHELLS = ("L2HeavenlyCloudShell", "L3HeavenlyCloudShell")


SUPPORTED = ("3.9", "3.10", "3.11", "3.12")


def pythons() -> dict[str, str]:
    """Return the interpreters on the path and those of pyenv, one of each minor version."""
    found = {minor: next(filter(runs, interpreters(minor)), "") for minor in SUPPORTED}
    return {minor: python for minor, python in found.items() if python}


def interpreters(minor: str) -> Iterator[str]:
    """Yield what may be an interpreter of a minor version, by its name, since starting all that there are takes seconds."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    yield from map(str, sorted(pyenv.glob(f"{minor}.*/bin/python{minor}"), reverse=True))
    yield from filter(None, [shutil.which(f"python{minor}")])


def runs(python: str) -> bool:
    """Tell whether an interpreter runs: pyenv has commands for versions that it does not let run."""
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the Pythons between the oldest and the newest to `make soak`, but for the tests that are marked."""
    for item in items:
        version, _ = _python_of(item)
        if version and version not in (SUPPORTED[0], SUPPORTED[-1]) and not item.get_closest_marker("every_python"):
            item.add_marker("only_soak")


def _python_of(item: pytest.Item) -> tuple[str, str]:
    found: tuple[str, str] = item.callspec.params.get("python", ("", "")) if hasattr(item, "callspec") else ("", "")
    return found


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return packed_once(tmp_path_factory, with_stores=True)


@pytest.fixture(scope="session", params=sorted(pythons().items()), ids=lambda item: f"py{item[0]}")
def python(request: pytest.FixtureRequest) -> str:
    return str(request.param[1])


@pytest.fixture(scope="session")
def installed(python: str, packages: dict[str, Path]) -> Iterator[CloudShellLocal]:
    """A CloudShell with both shells, whose drivers run on one of the Pythons. No test of all leaves a secret in its logs."""
    with CloudShellLocal(python=python) as cloudshell:
        for package in packages.values():
            cloudshell.install(package)
        yield cloudshell
        assert secrets_in_logs(cloudshell) == []


@pytest.fixture(scope="session")
def l2(installed: CloudShellLocal) -> PackedShell:
    return PackedShell.of(SHELLS[0], installed)


@pytest.fixture(scope="session")
def l3(installed: CloudShellLocal) -> PackedShell:
    return PackedShell.of(SHELLS[1], installed)


@pytest.fixture(params=["l2", "l3"])
def packed(request: pytest.FixtureRequest, l2: PackedShell, l3: PackedShell) -> PackedShell:
    return l2 if request.param == "l2" else l3
