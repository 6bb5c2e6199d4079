"""What tests share: a cloud whose clock stands still until it is told, and commands on it with real contexts."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudshell_local.storage import passwords
from heavenly.pack import ENVIRONMENTS
from heavenly_cloud import Client, HeavenlyCloud
from tests.fakes import L2, Clock, ShellHarness, new_harness, new_heaven
from tests.sizes import IS_SOAK, load_profile

load_profile()

os.environ["CLOUDSHELL_LOCAL_ENVIRONMENTS"] = str(ENVIRONMENTS)


TESTS = Path(__file__).parent
# Everything together: slow to start, and slower under coverage, which the tests of each part have to reach alone.
WHOLE = (TESTS / "end_to_end", TESTS / "soak")


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by their folder and their fixtures, leave out what only `make soak` runs, and begin with the longest.

    Worker processes of pytest-xdist take tests from each other's ends: so one browser and one server are enough for the
    long ones, and what is left to share in the end is short.
    """
    for item in items:
        for mark in _marks_of(item):
            item.add_marker(mark)
    left_out = [] if IS_SOAK else [item for item in items if item.get_closest_marker("only_soak")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("only_soak")]
    items.sort(key=lambda item: TESTS / "end_to_end" not in item.path.parents)


def _marks_of(item: pytest.Item) -> Iterator[str]:
    if TESTS / "soak" in item.path.parents:
        yield "soak"
    if set(WHOLE) & set(item.path.parents):
        yield "slow"
        if item.path.name != "test_demo.py":
            yield "no_cover"
    if "postgresql" in item.name or {"postgresql", "packages"} & set(getattr(item, "fixturenames", ())):
        yield "slow"


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


@pytest.fixture(autouse=True, scope="session")
def _quick_password_hashes() -> Iterator[None]:
    """Make hashes of passwords cheap: a server makes one when it starts, and one for each logon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(passwords._SCRYPT, "n", 2)
        yield


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
