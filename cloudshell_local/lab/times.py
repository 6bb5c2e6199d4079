"""Times, as the server keeps and shows them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone


def now() -> str:
    """Return this moment, UTC, ISO 8601 to the second."""
    return _text(datetime.now(timezone.utc))


def minutes_from_now(minutes: int) -> str:
    """Return a moment to come."""
    return _text(datetime.now(timezone.utc) + timedelta(minutes=minutes))


def shown(moment: str) -> str:
    """Return a moment as the automation API writes it."""
    return datetime.fromisoformat(moment).strftime("%m/%d/%Y %H:%M") if moment else ""


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")
