from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from cloudshell_local.errors import NO_TEXT, CommandStopped, DriverError, QueueTimeout
from cloudshell_local.execution.executions import COMPLETED, FAILED, STOPPED, Execution, Outcome, ResourceDriver
from cloudshell_local.services.feed import CommandLines, post, write
from cloudshell_local.storage.store import Store


@pytest.mark.parametrize(
    ("state", "outcome", "line"),
    [
        (COMPLETED, "an answer", "'Power On' on Web: done"),
        (COMPLETED, None, "'Power On' on Web: done"),
        (
            FAILED,
            DriverError("KeyError", "'x'", "PowerOn"),
            "<font color=\"red\">'Power On' on Web: failed: 'x' (KeyError)</font>",
        ),
        (
            FAILED,
            DriverError("Odd", " ", "PowerOn"),
            f"<font color=\"red\">'Power On' on Web: failed: Odd: {NO_TEXT}</font>",
        ),
        (
            FAILED,
            QueueTimeout("PowerOn", 5),
            "<font color=\"red\">'Power On' on Web: failed: The command 'PowerOn' waited 5 seconds for its turn and was "
            "given up</font>",
        ),
        (
            STOPPED,
            CommandStopped("PowerOn"),
            "'Power On' on Web: stopped: The command 'PowerOn' was stopped before it began",
        ),
    ],
)
def test_a_commands_beginning_and_end_are_in_the_feed(store: Store, state: str, outcome: Outcome, line: str) -> None:
    driver = ResourceDriver("1", "cloud", Path(), True, lambda token: {})
    execution = Execution(driver, "PowerOn", lambda token: {}, {}, state=state)
    lines = CommandLines(store, "S", "'Power On' on Web")
    lines.post_begin()
    lines.post_end(execution, outcome)
    assert [message.text for message in store.feed("S")] == ["'Power On' on Web: started", line]


def test_a_line_of_the_server_that_cannot_be_kept_is_in_the_log_and_one_of_a_client_is_an_error(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(store, "write", fail)
    post(store, "s", "hello")
    assert "The feed of the sandbox s cannot have: hello" in caplog.text
    with pytest.raises(sqlite3.OperationalError):
        write(store, "s", "hello")
