from __future__ import annotations

from cloudshell_local.services.times import api_time, minutes_from_now, now


def test_times_of_records_sort_and_are_written_as_the_api_writes_them() -> None:
    assert now() < minutes_from_now(1) < minutes_from_now(2)
    assert api_time("2026-11-24T09:05:00") == "11/24/2026 09:05"
    assert api_time("") == ""
