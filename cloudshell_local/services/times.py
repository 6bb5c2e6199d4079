"""Times, as the server keeps and shows them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

LONGEST_MINUTES = 60 * 24 * 365


def now() -> str:
    """Return this moment, UTC, ISO 8601 to the second."""
    return _text(datetime.now(timezone.utc))


def minutes_from_now(minutes: int) -> str:
    """Return a moment to come."""
    return _text(datetime.now(timezone.utc) + timedelta(minutes=minutes))


def api_time(moment: str) -> str:
    """Return a moment as the automation API writes it."""
    return datetime.fromisoformat(moment).strftime("%m/%d/%Y %H:%M") if moment else ""


def clock(moment: float) -> str:
    """Return a moment of `time.time` as `now` writes it, empty for 0."""
    return _text(datetime.fromtimestamp(moment, timezone.utc)) if moment else ""


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")
