"""The packed shells, each in a process of its own, on every Python that the machine has of those the driver runs on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import findpython
import pytest

from cloudshell_local.automation_api import AutomationApi, Resource
from cloudshell_local.contexts import Sandbox
from cloudshell_local.driver_process import DriverProcess
from cloudshell_local.environments import environment
from cloudshell_local.installed_shell import unpack_driver
from heavenly.demo import PASSWORD, Story
from heavenly.pack import ENVIRONMENTS, pack

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
    return {path.stem: path for path in pack(tmp_path_factory.mktemp("packed"), report=lambda _: None)}


@pytest.fixture(scope="session", params=sorted(pythons().items()), ids=lambda item: f"py{item[0]}")
def python(request: pytest.FixtureRequest) -> str:
    return str(request.param[1])


@pytest.fixture(scope="session")
def api() -> Iterator[AutomationApi]:
    with AutomationApi() as api:
        yield api


def story_of(shell: str, python: str, packages: dict[str, Path], api: AutomationApi, folder: Path) -> Iterator[Story]:
    driver = unpack_driver(packages[shell], folder / "driver")
    interpreter = environment(driver / "requirements.txt", ENVIRONMENTS, python)
    attributes = {f"{shell}.Password": api.encrypt(PASSWORD), f"{shell}.Region": "", f"{shell}.User": "gabriel"}
    with DriverProcess(driver, interpreter, folder / "logs") as process:
        sandbox = Sandbox(api.address, f"heaven {shell}", shell, attributes)
        api.resources[sandbox.resource_name] = Resource(sandbox.resource_name)
        story = Story(shell, process, api, sandbox, report=lambda _: None)
        story.initialize()
        yield story


@pytest.fixture(scope="module")
def l2(
    python: str, packages: dict[str, Path], api: AutomationApi, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    yield from story_of(SHELLS[0], python, packages, api, tmp_path_factory.mktemp("l2"))


@pytest.fixture(scope="module")
def l3(
    python: str, packages: dict[str, Path], api: AutomationApi, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    yield from story_of(SHELLS[1], python, packages, api, tmp_path_factory.mktemp("l3"))


@pytest.fixture(params=["l2", "l3"])
def story(request: pytest.FixtureRequest, l2: Story, l3: Story) -> Story:
    return l2 if request.param == "l2" else l3
