"""The activity feed's lines. Orchestration and drivers write HTML into them, of which only the red font is meant: all the
rest is shown as the text that it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cloudshell_local.portal.secrets import without_secrets
from cloudshell_local.storage.model import Message

_FONT = re.compile(r"""<font\s+color\s*=\s*["']?([\w#]+)["']?\s*>(.*?)</font>""", re.IGNORECASE | re.DOTALL)
_RED = ("red", "#ff0000")


@dataclass(frozen=True)
class Line:
    """A line of the feed. is_error: whether it was written in red."""

    time: str
    text: str
    is_error: bool = False


def lines(messages: list[Message]) -> list[Line]:
    """Return the feed's lines as they are shown."""
    return [_line(message) for message in messages]


def _line(message: Message) -> Line:
    colors = [color.lower() for color, _ in _FONT.findall(message.text)]
    text = without_secrets(_FONT.sub(r"\2", message.text).strip())
    return Line(message.time, text, any(color in _RED for color in colors))
