from __future__ import annotations

import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cloudshell.shell.core.session.logging_session import LoggingSessionContext

from cloudshell_local.execution.driver_host import as_context
from shell.logs import KEPT, SETTINGS_SECONDS, Logs
from tests.fakes import ShellHarness


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOG_PATH", str(tmp_path))
    return tmp_path


def context(harness: ShellHarness, sandbox: str) -> Any:
    made: Any = as_context(harness.sandbox.resource_context("t"))
    # The logging package never forgets: what other tests logged to must not be meant.
    made.reservation.reservation_id = f"logs-{sandbox}"
    return made


def in_thread(work: Any) -> None:
    """As CloudShell runs a command: in a thread of its own, with a logging context of its own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


def open_files(folder: Path) -> int:
    links = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
    return sum(str(folder) in link for link in links)


def written(folder: Path, sandbox: str, debug: bool = False) -> str:
    paths = (folder / f"logs-{sandbox}").rglob("*.log")
    return "".join(path.read_text() for path in paths if path.name.endswith("-debug.log") is debug)


def command(logs: Logs, harness: ShellHarness, sandbox: str, *lines: str) -> None:
    def run() -> None:
        with logs.of(context(harness, sandbox), f"logs-{sandbox}") as logger:
            for line in lines:
                logger.info(line)
                logger.debug("debug %s", line)

    in_thread(run)


def test_files_handlers_and_threads_stay_few_however_many_sandboxes_come(harness: ShellHarness, folder: Path) -> None:
    logs, logger = Logs(), logging.getLogger("cloudshell")
    for number in range(KEPT):
        command(logs, harness, f"a{number}", "a line")
    files, handlers, threads = open_files(folder), len(logger.handlers), threading.active_count()
    for number in range(KEPT, 60):
        command(logs, harness, f"a{number}", "a line")
    assert (open_files(folder), len(logger.handlers), threading.active_count()) == (files, handlers, threads)
    assert 0 < files <= 2 * KEPT


def test_no_line_is_lost(harness: ShellHarness, folder: Path) -> None:
    logs = Logs()
    for round_ in range(3):
        for number in range(2 * KEPT):
            command(logs, harness, f"s{number}", f"line {round_}")
    for number in range(2 * KEPT):
        texts = written(folder, f"s{number}")
        assert [texts.count(f"line {round_}\n") for round_ in range(3)] == [1, 1, 1]
    debug = written(folder, "s0", debug=True)
    assert [debug.count(f"debug line {round_}\n") for round_ in range(3)] == [1, 1, 1]


def test_the_files_of_a_command_that_runs_stay_open(harness: ShellHarness, folder: Path) -> None:
    logs, go_on, begun = Logs(), threading.Event(), threading.Event()

    def long() -> None:
        with logs.of(context(harness, "long"), "logs-long") as logger:
            logger.info("first")
            begun.set()
            go_on.wait(20)
            logger.info("last")

    command(logs, harness, "long", "an earlier command")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(long)
        begun.wait(10)
        for number in range(3 * KEPT):
            command(logs, harness, f"b{number}", "a line")
        go_on.set()
        running.result()
    assert len(list((folder / "logs-long").rglob("*.log"))) == 1
    assert "last" in written(folder, "long")


def test_commands_of_one_sandbox_at_once_share_its_files(harness: ShellHarness, folder: Path) -> None:
    logs = Logs()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: command(logs, harness, f"c{number % 12}", f"line {number}."), range(240)))
    for number in range(240):
        assert written(folder, f"c{number % 12}").count(f"line {number}.\n") == 1


def test_a_changed_log_level_is_in_force_within_seconds(
    harness: ShellHarness, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 0.0
    logs = Logs(now=lambda: moment)
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    command(logs, harness, "level", "before")
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    command(logs, harness, "level", "still before")
    moment = SETTINGS_SECONDS
    command(logs, harness, "level", "after")
    assert "still before" in written(folder, "level")
    assert "after" not in written(folder, "level")


def test_the_settings_file_is_not_read_for_every_command(
    harness: ShellHarness, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = LoggingSessionContext.get_logger_for_context, list[Any]()

    def counted(each: Any) -> logging.Logger:
        calls.append(each)
        return real(each)

    monkeypatch.setattr(LoggingSessionContext, "get_logger_for_context", staticmethod(counted))
    logs = Logs(now=lambda: 0.0)
    for sandbox in ("one", "two", "one", "one", "two"):
        command(logs, harness, sandbox, f"of {sandbox}")
    assert len(calls) == 2
    assert (written(folder, "one").count("of one\n"), written(folder, "two").count("of two\n")) == (3, 2)
