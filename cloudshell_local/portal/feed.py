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

_FONT = re.compile(r"""<font\s+color\s*=\s*["']?([\w#]+)["']?\s*>(.*?)</font>""", re.IGNORECASE | re.DOTALL)
_RED = ("red", "#ff0000")


@dataclass(frozen=True)
class FeedLine:
    """A line of the Activity Feed. is_error: whether it was written in red."""

    time: str
    text: str
    is_error: bool = False


def feed_lines(messages: Sequence[Message]) -> list[FeedLine]:
    """Return messages as lines, without secrets."""
    return [_line(message) for message in messages]


def _line(message: Message) -> FeedLine:
    colors = [color.lower() for color, _ in _FONT.findall(message.text)]
    text = redact(_FONT.sub(r"\2", message.text).strip())
    return FeedLine(message.time, text, any(color in _RED for color in colors))
