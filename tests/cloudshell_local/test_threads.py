from __future__ import annotations

import logging
import threading

import pytest

from cloudshell_local.threads import PeriodicTask, run_parallel, start_thread
from tests.cloudshell_local.toy import until


def test_a_thread_has_its_name_and_does_not_keep_the_process_alive() -> None:
    found = list[threading.Thread]()
    thread = start_thread("worker", lambda: found.append(threading.current_thread()))
    thread.join()
    assert found == [thread]
    assert (thread.name, thread.daemon) == ("worker", True)


def test_items_are_done_at_the_same_time_and_answered_in_their_order() -> None:
    everyone = threading.Barrier(3)

    def work(item: int) -> tuple[int, bool]:
        everyone.wait(10)  # Nobody passes before all three are here.
        return item * 10, threading.current_thread().name.startswith("tens")

    assert run_parallel("tens", work, [1, 2, 3]) == [(10, True), (20, True), (30, True)]
    assert run_parallel("tens", work, []) == []


def test_an_error_is_raised_when_all_are_done() -> None:
    done = list[int]()

    def work(item: int) -> None:
        if item == 1:
            raise ValueError("the first")
        done.append(item)

    with pytest.raises(ValueError, match="the first"):
        run_parallel("numbers", work, [1, 2, 3])
    assert sorted(done) == [2, 3]


def test_periodic_work_is_done_until_it_is_closed() -> None:
    turns = list[str]()
    task = PeriodicTask("clock", lambda: turns.append(threading.current_thread().name))
    until(lambda: len(turns) >= 2)
    task.close()
    assert set(turns) == {"clock"}
    assert "clock" not in [thread.name for thread in threading.enumerate()]


def test_periodic_work_goes_on_after_an_error_which_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    turns = list[int]()

    def work() -> None:
        turns.append(1)
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR):
        task = PeriodicTask("clock", work)
        until(lambda: len(turns) >= 2)
        task.close()
    assert "ZeroDivisionError" in caplog.text


def test_an_error_that_repeats_is_logged_once_until_a_turn_succeeds(caplog: pytest.LogCaptureFixture) -> None:
    turns = list[int]()

    def work() -> None:
        turns.append(1)
        if len(turns) != 4:
            raise ZeroDivisionError("the first" if len(turns) < 4 else "the second")

    task = PeriodicTask("clock", work)
    until(lambda: len(turns) >= 6)
    task.close()
    assert (caplog.text.count("ZeroDivisionError: the first"), caplog.text.count("ZeroDivisionError: the second")) == (
        1,
        1,
    )


def test_items_wait_when_there_are_more_than_threads() -> None:
    threads = set[str]()

    def work(item: int) -> int:
        threads.add(threading.current_thread().name)
        return item

    assert run_parallel("few", work, range(20), at_most=2) == list(range(20))
    assert 1 <= len(threads) <= 2
