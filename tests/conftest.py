"""What tests share: a cloud whose clock stands still until it is told, and commands on it with real contexts."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from heavenly.pack import ENVIRONMENTS
from heavenly_cloud import Client, HeavenlyCloud
from tests.fakes import L2, Clock, ShellHarness, new_harness, new_heaven

# A slow machine is no failure, and CI tries the same examples each time.
settings.register_profile(
    "project", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("project")

os.environ["CLOUDSHELL_LOCAL_ENVIRONMENTS"] = str(ENVIRONMENTS)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Escape lone surrogates, which property tests write to logs: pytest-xdist cannot send them between processes."""
    return _escaped((yield))


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        return {_escaped(key): _escaped(item) for key, item in value.items()}
    return [_escaped(item) for item in value] if isinstance(value, (list, tuple)) else value


@pytest.fixture(autouse=True, scope="session")
def _logs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("logs")
    os.environ["LOG_PATH"] = str(folder)
    yield folder
    del os.environ["LOG_PATH"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=[L2])
def harness(request: pytest.FixtureRequest) -> ShellHarness:
    """The L2 shell's commands; with `@l3`, the L3 shell's."""
    return new_harness(request.param)


@pytest.fixture
def heaven() -> HeavenlyCloud:
    return new_heaven(Clock())


@pytest.fixture
def client(heaven: HeavenlyCloud) -> Client:
    return heaven.login("gabriel", "halo", "narnia")
