from __future__ import annotations

import logging
import threading

import pytest

from cloudshell_local.errors import WrongCall
from cloudshell_local.services.background import BackgroundTasks, Task
from cloudshell_local.storage.changes import WORK, Changes


def test_a_task_is_listed_until_it_has_ended() -> None:
    changes, messages, go_on = Changes(), list[str](), threading.Event()
    background = BackgroundTasks(changes)
    with changes.watched(messages.append):
        background.start(Task("1", "Discovery"), go_on.wait)
        assert background.running("1") == ["Discovery"]
        assert background.running("2") == []
        with pytest.raises(WrongCall, match="Discovery is under way already"):
            background.start(Task("1", "Discovery"), lambda: None)
        go_on.set()
        background.close()
    assert background.running("1") == []
    assert messages == [WORK, WORK]


def test_the_sentence_of_an_error_is_passed_on() -> None:
    def fail() -> None:
        raise WrongCall("That is wrong")

    messages = list[str]()
    background = BackgroundTasks(Changes())
    background.start(Task("1", "Work"), fail, messages.append)
    background.close()
    assert messages == ["That is wrong"]


def test_an_unforeseen_error_is_a_sentence_for_people_and_a_traceback_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    messages = list[str]()
    background = BackgroundTasks(Changes())
    with caplog.at_level(logging.ERROR):
        background.start(Task("1", "Work"), lambda: 1 / 0, messages.append)
        background.close()
    assert messages == ["The server failed: ZeroDivisionError; its log tells more"]
    assert "Traceback" in caplog.text


def test_a_task_ends_also_when_nobody_can_be_told_of_its_error(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(_: str) -> None:
        raise OSError("disk full")

    background = BackgroundTasks(Changes())
    background.start(Task("1", "Work"), lambda: 1 / 0, refuse)
    background.close()
    assert background.running("1") == []
    assert "disk full" in caplog.text
