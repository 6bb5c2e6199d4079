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


def api_time(moment: str) -> str:
    """Return a record's time as the automation API writes it; empty for an empty one."""
    return datetime.fromisoformat(moment).strftime("%m/%d/%Y %H:%M") if moment else ""


def clock(moment: float) -> str:
    """Return a time of `time.time` as records have it; empty for 0."""
    return _text(datetime.fromtimestamp(moment, timezone.utc)) if moment else ""


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")
