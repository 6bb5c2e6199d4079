"""How the portal shows a live status: its colour, its name and its text."""

from __future__ import annotations

import re
from dataclasses import dataclass

GOOD, IDLE, BAD, BUSY = "good", "idle", "bad", "busy"
# Drivers may set any name; the real server ships these, and the steps of Progress (docs/reference/server.md §5).
_TONES = {"online": GOOD, "active": GOOD, "error": BAD}
_PROGRESS = re.compile(r"progress (\d{1,3})", re.IGNORECASE)


@dataclass(frozen=True)
class Status:
    """A live status as it is shown.

    tone: GOOD (green), IDLE (grey), BAD (red) or BUSY (blue). info: the text beside the name. percent: None if unknown.
    """

    tone: str
    name: str
    info: str = ""
    percent: int | None = None

    @classmethod
    def of(cls, live_status: tuple[str, str]) -> Status:
        """Return the status of a live status' name and text."""
        name, info = live_status
        progress = _PROGRESS.fullmatch(name)
        if progress:
            return cls(BUSY, name, info, min(int(progress[1]), 100))
        return cls(_TONES.get(name.lower(), IDLE), name or "No status", info)
