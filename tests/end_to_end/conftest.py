"""The packed shells, each in a process of its own, on every Python that the machine has of those the driver runs on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import findpython
import pytest

from cloudshell_local import CloudShellLocal
from heavenly.pack import pack
from tests.end_to_end.shell_harness import PackedShell

SHELLS = ("L2HeavenlyCloudShell", "L3HeavenlyCloudShell")


def pythons() -> dict[str, str]:
    """Return the interpreters, the newest of each minor version."""
    found: dict[str, str] = {}
    for python in findpython.find_all():
        minor = f"{python.major}.{python.minor}"
        if minor in ("3.9", "3.10", "3.11", "3.12") and "/build/environments/" not in str(python.executable):
            found.setdefault(minor, str(python.executable))
    return found


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {
        path.stem: path for path in pack(tmp_path_factory.mktemp("packed"), report=lambda _: None, with_stores=True)
    }


@pytest.fixture(scope="session", params=sorted(pythons().items()), ids=lambda item: f"py{item[0]}")
def python(request: pytest.FixtureRequest) -> str:
    return str(request.param[1])


@pytest.fixture(scope="session")
def installed(python: str, packages: dict[str, Path]) -> Iterator[CloudShellLocal]:
    """A CloudShell with both shells, whose drivers run on one of the Pythons."""
    with CloudShellLocal(python=python) as cloudshell:
        for package in packages.values():
            cloudshell.install(package)
        yield cloudshell


@pytest.fixture(scope="session")
def l2(installed: CloudShellLocal) -> PackedShell:
    return PackedShell.of(SHELLS[0], installed)


@pytest.fixture(scope="session")
def l3(installed: CloudShellLocal) -> PackedShell:
    return PackedShell.of(SHELLS[1], installed)


@pytest.fixture(params=["l2", "l3"])
def packed(request: pytest.FixtureRequest, l2: PackedShell, l3: PackedShell) -> PackedShell:
    return l2 if request.param == "l2" else l3
