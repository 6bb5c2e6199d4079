"""The pytest fixture `cloudshell`, for the tests of any shell, and what servers did in tests that fail.

Where this package is installed, pytest finds it.
"""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cloudshell_local.settings import ENVIRONMENT_VARIABLE

if TYPE_CHECKING:
    from pluggy import Result

    from cloudshell_local import CloudShellLocal
    from cloudshell_local.failure_report import Section, Snapshot

# The property of a failed test's report that has the data folder of a server.
DATA_FOLDER = "cloudshell_local data folder"


@pytest.fixture(scope="session")
def cloudshell() -> Iterator[CloudShellLocal]:
    """A CloudShell server for all tests of a run, on a free loopback address. It starts empty and keeps nothing.

    Its user `admin` has the password `admin`, or that of the variable CLOUDSHELL_LOCAL_PASSWORD.
    When a test fails that used it, its data folder is kept, and pytest prints where it is.
    """
    # Not at the top: pytest imports this file in runs that do not use the fixture, too.
    from cloudshell_local import CloudShellLocal

    with CloudShellLocal(password=os.environ.get(ENVIRONMENT_VARIABLE, "")) as running:
        yield running


def pytest_configure(config: pytest.Config) -> None:
    """Make failing tests show what the servers of this process did."""
    config.pluginmanager.register(FailureSections(), "cloudshell_local failures")


class FailureSections:
    """Sections in the reports of failing tests, from all servers that run in this process, and their data folders."""

    def __init__(self) -> None:
        self._before: dict[CloudShellLocal, Snapshot] = {}
        self._sections: list[Section] = []
        # The data folders, and whether each would have been deleted.
        self._folders: dict[Path, bool] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Note what had happened before the test."""
        self._before = {}
        if "cloudshell_local.local" not in sys.modules:
            return
        from cloudshell_local import failure_report, local

        if self._collect not in local.on_error:
            local.on_error.append(self._collect)
        self._before = {server: failure_report.snapshot(server) for server in local.running}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Result[pytest.TestReport], None]:
        """Add the sections to the report of a phase that failed."""
        report = (yield).get_result()
        local = sys.modules.get("cloudshell_local.local")
        if report.failed and local:
            for server in local.running:
                self._collect(server)
            report.sections += self._sections
            report.user_properties += [(DATA_FOLDER, str(folder)) for folder in self._folders]
        else:
            self._delete_folders()
        self._sections, self._folders = [], {}

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the data folders of the servers that failed tests used."""
        reports = [each for kind in ("failed", "error") for each in terminalreporter.getreports(kind)]
        # A module that cannot be imported has a report without properties.
        properties = [pair for each in reports if isinstance(each, pytest.TestReport) for pair in each.user_properties]
        folders = {value: None for name, value in properties if name == DATA_FOLDER}
        if folders:
            terminalreporter.section("CloudShell: data folders of failed tests, with the logs")
            for folder in folders:
                terminalreporter.line(str(folder))

    def _collect(self, server: CloudShellLocal) -> None:
        """Take the sections of a server that is running, or is about to end because of an error."""
        from cloudshell_local import failure_report

        is_temporary = server.is_temporary
        self._folders[server.keep_data()] = is_temporary
        try:
            before = self._before.get(server, failure_report.NOTHING)
            self._sections += failure_report.sections(server, before)
        except Exception:  # What the test itself failed with is more important.
            self._sections.append(("CloudShell: this report failed", traceback.format_exc()))

    def _delete_folders(self) -> None:
        """Delete what was kept of servers that ended because of an error which the test expected."""
        for folder, is_temporary in self._folders.items():
            if is_temporary:
                shutil.rmtree(folder)
