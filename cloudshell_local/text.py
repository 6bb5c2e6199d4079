"""Text from outside: what cannot be written as UTF-8 is replaced, once, where the text comes in."""

from __future__ import annotations

from typing import Any

# Half of a surrogate pair, as Python reads it from the name of a file that is not UTF-8, or from JSON as "\ud800".
REPLACEMENT = "\ufffd"


def cleaned(text: str) -> str:
    """Return a text that can be stored and sent: each lone surrogate becomes U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def cleaned_json(value: Any) -> Any:
    """Return a JSON value with all its texts and names `cleaned`."""
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, list):
        return [cleaned_json(each) for each in value]
    if isinstance(value, dict):
        return {cleaned(name): cleaned_json(each) for name, each in value.items()}
    return value
