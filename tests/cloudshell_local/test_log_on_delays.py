from __future__ import annotations

import pytest

from cloudshell_local.log_on_delays import FORGET_SECONDS, FREE_FAILURES, MOST_REMEMBERED, LogOnDelays
from tests.fakes import Clock


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def delays(clock: Clock, waits: list[float]) -> LogOnDelays:
    return LogOnDelays(clock.now, waits.append)


def fail(delays: LogOnDelays, times: int, user: str = "admin", client: str = "127.0.0.1") -> None:
    for _ in range(times):
        delays.wait(user, client)
        delays.failed(user, client)


def test_each_failure_after_the_first_ones_makes_the_next_log_on_slower_up_to_a_limit(
    delays: LogOnDelays, waits: list[float]
) -> None:
    fail(delays, FREE_FAILURES)
    assert waits == []
    fail(delays, 6)
    assert waits == [0.5, 1, 2, 4, 4, 4]


def test_a_success_forgets_the_failures(delays: LogOnDelays, waits: list[float]) -> None:
    fail(delays, FREE_FAILURES)
    delays.succeeded("admin", "127.0.0.1")
    delays.wait("admin", "127.0.0.1")
    assert waits == []


def test_time_forgets_them_too(delays: LogOnDelays, waits: list[float], clock: Clock) -> None:
    fail(delays, FREE_FAILURES)
    clock.sleep(FORGET_SECONDS)
    delays.wait("admin", "127.0.0.1")
    assert waits == []


def test_other_users_and_other_addresses_do_not_wait(delays: LogOnDelays, waits: list[float]) -> None:
    fail(delays, FREE_FAILURES)
    delays.wait("eve", "127.0.0.1")
    delays.wait("admin", "192.0.2.1")
    assert waits == []
    delays.wait("admin", "127.0.0.1")
    assert waits == [0.5]


def test_so_many_failures_are_remembered_and_no_more(delays: LogOnDelays) -> None:
    for number in range(MOST_REMEMBERED + 5):
        delays.failed(str(number), "127.0.0.1")
    assert len(delays._failures) == MOST_REMEMBERED
    assert ("0", "127.0.0.1") not in delays._failures
