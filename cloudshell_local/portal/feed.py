"""The lines of a sandbox's Activity Feed, as the portal shows them.

Orchestration and drivers write HTML into the feed, of which only the red font has a meaning: it marks an error
(docs/reference/server.md §3). All other tags are shown as the text that they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cloudshell_local.redaction import redact
from cloudshell_local.storage.model import Message
from cloudshell_local.storage.store import LONGEST_MESSAGE
from cloudshell_local.text import shortened

# One tag at a time: a pattern that looks for the end of a font takes long where there is none.
_TAG = re.compile(r"""<font\s+color\s*=\s*["']?([\w#]+)["']?\s*>|</font>""", re.IGNORECASE)
_RED = ("red", "#ff0000")
# What a page shows of a feed, in characters.
PAGE_LENGTH = 256 * 1024


@dataclass(frozen=True)
class FeedLine:
    """A line of the Activity Feed. is_error: whether it was written in red."""

    time: str
    text: str
    is_error: bool = False


def feed_lines(messages: Sequence[Message]) -> list[FeedLine]:
    """Return messages as lines, without secrets."""
    return [_line(message) for message in messages]


def page_lines(messages: Sequence[Message]) -> list[FeedLine]:
    """Return messages as lines, without secrets; of those that are too long for a page, the newest."""
    lines: list[FeedLine] = []
    length = 0
    for number, message in enumerate(reversed(messages)):
        line = _line(message)
        length += len(line.text)
        if length > PAGE_LENGTH:
            lines.append(FeedLine(message.time, f"({len(messages) - number} earlier lines are not shown)"))
            break
        lines.append(line)
    return lines[::-1]


def _line(message: Message) -> FeedLine:
    text, colors = _without_fonts(message.text)
    shown = shortened(redact(text.strip()), LONGEST_MESSAGE)
    return FeedLine(message.time, shown, any(color.lower() in _RED for color in colors))


def _without_fonts(text: str) -> tuple[str, list[str]]:
    """Return a text without the tags of fonts that have a color and an end, and the colors."""
    pieces: list[str] = []
    colors: list[str] = []
    begin: re.Match[str] | None = None
    done = 0
    for tag in _TAG.finditer(text):
        if tag[1] and not begin:
            begin = tag
        elif begin and not tag[1]:
            pieces += text[done : begin.start()], text[begin.end() : tag.start()]
            colors.append(begin[1])
            begin, done = None, tag.end()
    return "".join([*pieces, text[done:]]), colors
