from __future__ import annotations

import logging
import threading

import pytest

from cloudshell_local.errors import WrongCall
from cloudshell_local.services.background import BackgroundTasks, Task
from cloudshell_local.storage.changes import WORK, Changes


def test_what_is_under_way_is_told_until_it_is_done() -> None:
    changes, told, go_on = Changes(), list[str](), threading.Event()
    background = BackgroundTasks(changes)
    with changes.watched(told.append):
        background.start(Task("1", "Discovery"), go_on.wait)
        assert background.running("1") == ["Discovery"]
        assert background.running("2") == []
        with pytest.raises(WrongCall, match="Discovery is under way already"):
            background.start(Task("1", "Discovery"), lambda: None)
        go_on.set()
        background.close()
    assert background.running("1") == []
    assert told == [WORK, WORK]


def test_an_error_is_told_as_its_sentence() -> None:
    def fail() -> None:
        raise WrongCall("That is wrong")

    told = list[str]()
    background = BackgroundTasks(Changes())
    background.start(Task("1", "Work"), fail, told.append)
    background.close()
    assert told == ["That is wrong"]


def test_an_unforeseen_error_is_a_sentence_for_people_and_a_traceback_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = list[str]()
    background = BackgroundTasks(Changes())
    with caplog.at_level(logging.ERROR):
        background.start(Task("1", "Work"), lambda: 1 / 0, told.append)
        background.close()
    assert told == ["The server failed: ZeroDivisionError; its log tells more"]
    assert "Traceback" in caplog.text
