from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from cloudshell_local.services.times import api_time, clock, minutes_from_now, now


@pytest.fixture
def _in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "EST5EDT,M3.2.0,M11.1.0")
        time.tzset()
        yield
    time.tzset()


def test_times_of_records_sort_and_are_written_as_the_api_writes_them() -> None:
    assert now() < minutes_from_now(1) < minutes_from_now(2)
    assert api_time("2026-11-24T09:05:00") == "11/24/2026 09:05"
    assert api_time("") == ""


@pytest.mark.usefixtures("_in_new_york")
def test_times_are_utc_wherever_the_server_runs() -> None:
    assert clock(1_800_000_000.5) == "2027-01-15T08:00:00"
    assert clock(0) == ""
    assert clock(time.time() - 60) < now() < clock(time.time() + 60)
