"""What tests share: a cloud whose clock stands still until it is told, and commands on it with real contexts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudshell_local.contexts import Sandbox
from heavenly_cloud import Client, HeavenlyCloud, KeyPair
from shell.command import L2, Commands
from tests.doubles import FAST_DATA, ApiSession, Clock, Lab


@pytest.fixture(autouse=True, scope="session")
def _logs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("logs")
    os.environ["LOG_PATH"] = str(folder)
    yield folder
    del os.environ["LOG_PATH"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def heaven(clock: Clock) -> HeavenlyCloud:
    return HeavenlyCloud(FAST_DATA, seed=1, now=clock.now, new_key_pair=lambda: KeyPair("ssh-rsa AAAA", "PEM"))


@pytest.fixture
def client(heaven: HeavenlyCloud) -> Client:
    return heaven.login("gabriel", "halo", "narnia")


@pytest.fixture(params=[L2])
def lab(request: pytest.FixtureRequest, heaven: HeavenlyCloud, clock: Clock) -> Lab:
    """The L2 shell's commands; with `@l3`, the L3 shell's."""
    networking = request.param
    api = ApiSession()
    commands = Commands(heaven, networking, open_session=lambda _: api, sleep=clock.sleep)
    model = f"{networking}HeavenlyCloudShell"
    attributes = {f"{model}.Password": "c1ph3r", f"{model}.User": "gabriel", f"{model}.Region": "narnia"}
    sandbox = Sandbox("127.0.0.1", "heaven", model, attributes)
    return Lab(heaven, commands, api, sandbox, clock)
