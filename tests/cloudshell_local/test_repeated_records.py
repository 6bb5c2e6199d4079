from __future__ import annotations

import asyncio
import logging

from cloudshell_local.repeated_records import MOST_REMEMBERED, SILENT_SECONDS, FirstOfEach
from tests.fakes import Clock


def record(text: str, level: int = logging.ERROR, error: BaseException | None = None) -> logging.LogRecord:
    exc_info = (type(error), error, None) if error else None
    return logging.LogRecord("asyncio", level, __file__, 1, "%s", (text,), exc_info)


def test_a_record_that_repeats_is_let_through_once_a_minute_and_counted(clock: Clock) -> None:
    first_of_each = FirstOfEach(clock.now)
    passed = [first_of_each.filter(record("out of handles")) for _ in range(1000)]
    assert passed.count(True) == 1
    assert first_of_each.filter(record("something else"))
    clock.sleep(SILENT_SECONDS)
    again = record("out of handles")
    assert first_of_each.filter(again)
    assert again.getMessage() == "out of handles (and 999 times more since it was logged last)"
    assert not first_of_each.filter(record("out of handles"))


def test_records_with_different_errors_are_different(clock: Clock) -> None:
    first_of_each = FirstOfEach(clock.now)
    assert first_of_each.filter(record("failed", error=ValueError("a")))
    assert first_of_each.filter(record("failed", error=ValueError("b")))
    assert not first_of_each.filter(record("failed", error=ValueError("a")))


def test_what_is_no_warning_may_repeat(clock: Clock) -> None:
    first_of_each = FirstOfEach(clock.now)
    assert all(first_of_each.filter(record("began", logging.INFO)) for _ in range(3))


def test_a_call_that_the_servers_end_cancels_is_not_logged(clock: Clock) -> None:
    assert not FirstOfEach(clock.now).filter(record("failed", error=asyncio.CancelledError()))


def test_so_many_records_are_remembered_and_no_more(clock: Clock) -> None:
    first_of_each = FirstOfEach(clock.now)
    for number in range(MOST_REMEMBERED + 1):
        assert first_of_each.filter(record(str(number)))
    assert len(first_of_each._seen) == 1
