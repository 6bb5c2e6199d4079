"""Redaction of secrets in what drivers answer and log, before the portal shows it."""

from __future__ import annotations

import re

HIDDEN = "(hidden)"
_KEYS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL)
_VALUES = re.compile(
    r'("[^"]*(?:password|accesskey|access_key|secret|token|privatekey)[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"', re.I
)


def redact(text: str) -> str:
    """Return a text with HIDDEN in place of private keys, and of JSON values whose names are those of secrets."""
    return _VALUES.sub(rf'\1"{HIDDEN}"', _KEYS.sub(HIDDEN, text))
