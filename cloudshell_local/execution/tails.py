"""Ends of long texts and files: of what a driver logs and prints, only the end is kept."""

from __future__ import annotations

from collections import deque
from pathlib import Path

# Of what one command logs or prints, in characters.
TEXT_LENGTH = 32 * 1024
CUT = "(the beginning is cut off)\n"


class Tail:
    """Text that grows, of which the end is kept. One thread adds to it while others read it."""

    def __init__(self, limit: int = TEXT_LENGTH) -> None:
        self._limit = limit
        self._parts: deque[str] = deque()
        self._length = 0

    def add(self, part: str) -> None:
        """Add a part at the end."""
        self._parts.append(part[-self._limit - 1 :])
        self._length += len(self._parts[-1])
        while self._length - len(self._parts[0]) > self._limit:
            self._length -= len(self._parts.popleft())

    @property
    def text(self) -> str:
        """The end of the text."""
        return end_of_text("".join(self._parts.copy()), self._limit)


def end_of_text(text: str, limit: int = TEXT_LENGTH) -> str:
    """Return the end of a text that is too long, without the line that is cut; else the text."""
    if len(text) <= limit:
        return text
    end = text[-limit:]
    return CUT + (end.partition("\n")[2] or end)


def end_of_file(path: Path, limit: int = TEXT_LENGTH) -> str:
    """Return the end of a file, of at most so many bytes; empty if there is no file."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - limit))
        text = file.read().decode(errors="replace")
    return text if size <= limit else CUT + (text.partition("\n")[2] or text)


def trim_file(path: Path, limit: int) -> None:
    """Cut the first lines off a file that is larger than the limit, in bytes, so that half of it is left.

    Another process may be appending to it, and goes on after what is left; what it writes at this moment may be lost.
    """
    if not path.is_file() or path.stat().st_size <= limit:
        return
    end = end_of_file(path, limit // 2).encode()
    with path.open("r+b") as file:
        file.write(end)
        file.truncate()
