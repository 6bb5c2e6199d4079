"""A live status as it is shown: its name is free, but for those that CloudShell ships."""

from __future__ import annotations

import re
from dataclasses import dataclass

GOOD, IDLE, BAD, BUSY = "good", "idle", "bad", "busy"
_TONES = {"online": GOOD, "active": GOOD, "error": BAD}
_PROGRESS = re.compile(r"progress (\d{1,3})", re.IGNORECASE)


@dataclass(frozen=True)
class Status:
    """tone: GOOD (green), IDLE (grey), BAD (red) or BUSY; percent: how far it is, if that is known."""

    tone: str
    name: str
    info: str = ""
    percent: int | None = None

    @classmethod
    def of(cls, live_status: tuple[str, str]) -> Status:
        """Return how a live status, its name and its text, is shown."""
        name, info = live_status
        progress = _PROGRESS.fullmatch(name)
        if progress:
            return cls(BUSY, name, info, min(int(progress[1]), 100))
        return cls(_TONES.get(name.lower(), IDLE), name or "No status", info)
