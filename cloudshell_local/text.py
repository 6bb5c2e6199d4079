"""Text and JSON from outside: what cannot be stored or sent on is replaced, once, where the text comes in."""

from __future__ import annotations

import json
from typing import Any

# Functions that look for something in JSON call themselves for each level.
DEEPEST_JSON = 200


def cleaned(text: str) -> str:
    r"""Return a text that can be stored, sent and given to a process.

    Null characters become U+FFFD, and so do lone surrogates, which JSON may have as "\ud800" and which Python makes of the
    name of a file that is not UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "\ufffd")


def shortened(text: str, limit: int) -> str:
    """Return a text; of one that is longer than so many characters, the beginning and the end, and how much is left out."""
    if len(text) <= limit:
        return text
    end = limit // 4
    begin = limit - end
    return f"{text[:begin]} ... ({len(text) - limit} characters are left out) ... {text[-end:]}"


def parsed_json(text: str | bytes) -> Any:
    """Return the value of a JSON text, with all its texts `cleaned`; raise ValueError, also for one nested too deeply."""
    try:
        return cleaned_json(json.loads(text))
    except RecursionError:
        raise ValueError("It is nested too deeply") from None


def cleaned_json(value: Any, levels: int = DEEPEST_JSON) -> Any:
    """Return a JSON value with all its texts and names `cleaned`; raise ValueError for one of more levels."""
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, (list, dict)) and not levels:
        raise ValueError("It is nested too deeply")
    if isinstance(value, list):
        return [cleaned_json(each, levels - 1) for each in value]
    if isinstance(value, dict):
        return {cleaned(name): cleaned_json(each, levels - 1) for name, each in value.items()}
    return value
