from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cloudshell_local.errors import CommandFailed
from cloudshell_local.execution.driver_instances import DriverInstance, DriverLauncher
from cloudshell_local.execution.environments import Environments
from cloudshell_local.execution.executions import ResourceDriver
from cloudshell_local.execution.interpreters import Interpreters
from heavenly.pack import ENVIRONMENTS
from tests.cloudshell_local.toy import until

DRIVER = """
    class Driver:
        def initialize(self, context):
            self.token = context.token

        def token_of_initialize(self, context):
            return self.token
"""


@contextmanager
def new_token() -> Iterator[str]:
    yield "secret"


@pytest.fixture
def driver(tmp_path: Path) -> ResourceDriver:
    folder = tmp_path / "driver"
    folder.mkdir()
    (folder / "drivermetadata.xml").write_text('<Driver MainClass="driver.Driver" PythonVersion="3"/>')
    (folder / "requirements.txt").write_text("")
    (folder / "driver.py").write_text(textwrap.dedent(DRIVER))
    return ResourceDriver("1", "a/b", folder, True, lambda token: {"token": token})


@pytest.fixture
def launcher(tmp_path: Path) -> DriverLauncher:
    return DriverLauncher(Environments(ENVIRONMENTS, Interpreters()), tmp_path / "logs", new_token)


@pytest.fixture
def instance(driver: ResourceDriver, launcher: DriverLauncher) -> Iterator[DriverInstance]:
    instance = DriverInstance(driver, launcher)
    yield instance
    instance.end()


def test_the_process_is_started_once_and_initialized(instance: DriverInstance) -> None:
    process = instance.ensure_process()
    assert process.run("token_of_initialize", {}) == "secret"
    assert instance.ensure_process() is process


def test_a_process_that_died_is_replaced(instance: DriverInstance) -> None:
    process = instance.ensure_process()
    process.kill()
    until(lambda: not process.is_alive())
    assert instance.ensure_process().run("token_of_initialize", {}) == "secret"


def test_an_instance_that_was_ended_starts_no_process(instance: DriverInstance) -> None:
    instance.end()
    with pytest.raises(CommandFailed, match="the driver was ended while it was started"):
        instance.ensure_process()
    assert instance.process is None


def test_the_log_folder_has_the_resources_name_without_what_would_leave_the_folder(
    instance: DriverInstance, launcher: DriverLauncher
) -> None:
    assert launcher.log_folder("a/../b c") == launcher.logs / "a_.._b c"
    assert instance.ensure_process().logs == launcher.logs / "a_b"


@pytest.mark.parametrize("name", ["..", ".", "../../etc", "a/../b"])
def test_the_log_folder_of_a_name_that_an_older_server_allowed_is_among_the_logs(
    launcher: DriverLauncher, name: str
) -> None:
    assert launcher.log_folder(name).resolve().parent == launcher.logs.resolve()
