"""Times, as records and the automation API have them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

LONGEST_MINUTES = 60 * 24 * 365


def now() -> str:
    """Return the current time: UTC, ISO 8601 to the second, as records have it."""
    return _text(datetime.now(timezone.utc))


def minutes_from_now(minutes: int) -> str:
    """Return the time in so many minutes, as records have it."""
    return _text(datetime.now(timezone.utc) + timedelta(minutes=minutes))


def minutes_after(moment: str, minutes: int) -> str:
    """Return the time so many minutes after another one, both as records have them."""
    return _text(datetime.fromisoformat(moment) + timedelta(minutes=minutes))


def minutes_until(moment: str) -> float:
    """Return how many minutes are left until a time, as records have it; fewer than none when it is over."""
    left = datetime.fromisoformat(moment).replace(tzinfo=timezone.utc) - datetime.now(timezone.utc)
    return left.total_seconds() / 60


def api_time(moment: str) -> str:
    """Return a record's time as the automation API writes it; empty for an empty one."""
    return datetime.fromisoformat(moment).strftime("%m/%d/%Y %H:%M") if moment else ""


def clock(moment: float) -> str:
    """Return a time of `time.time` as records have it; empty for 0."""
    return _text(datetime.fromtimestamp(moment, timezone.utc)) if moment else ""


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")
