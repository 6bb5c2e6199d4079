"""What drivers answer and log, without the secrets that may be in it."""

from __future__ import annotations

import re

HIDDEN = "(hidden)"
_KEYS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL)
_VALUES = re.compile(
    r'("[^"]*(?:password|accesskey|access_key|secret|token|privatekey)[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"', re.I
)


def without_secrets(text: str) -> str:
    """Return a text without the private keys, and the values of JSON that are passwords or tokens by their names."""
    return _VALUES.sub(rf'\1"{HIDDEN}"', _KEYS.sub(HIDDEN, text))
