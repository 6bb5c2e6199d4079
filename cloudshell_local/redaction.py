"""Redaction of secrets in what drivers are sent, answer, print and log, before anybody sees or stores it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

HIDDEN = "(hidden)"
# Shorter values are in too many words to be told from them.
MIN_LENGTH = 4
_KEYS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL)
# Of a key whose beginning is cut off.
_END_OF_KEY = re.compile(r"\A[^-]*-----END [A-Z ]*PRIVATE KEY-----")
_WORDS = r"password|passphrase|access[ _]?key|secret|token|private[ _]?key"
_NAMES = re.compile(_WORDS, re.I)
_VALUES = re.compile(rf'("[^"]*(?:{_WORDS})[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"', re.I)
# JSON text inside of JSON text: its quotes have backslashes before them, the end of a value as many as its beginning.
_NESTED_VALUES = re.compile(
    rf'(?P<begin>(?P<e>\\+)"[^"\\]*(?:{_WORDS})[^"\\]*(?P=e)"\s*:\s*)(?P=e)".*?(?<!\\)(?P=e)"', re.I | re.DOTALL
)
# As storage/passwords.py encrypts the passwords in attributes.
_ENCRYPTED = re.compile(r"\bgAAAAA[\w-]{60,}={0,2}")
# How requests and answers write names and values: docs/reference/wire.md §1.2, §4 and §7.
_NAME_AND_VALUE = (("attributeName", "attributeValue"), ("name", "value"), ("key", "value"), ("Name", "Value"))


@dataclass(frozen=True)
class Secrets:
    """Secrets of a command. names: of attributes that are secret, in lower case; values: the secrets themselves."""

    names: frozenset[str] = frozenset()
    values: frozenset[str] = field(default=frozenset(), repr=False)

    def has_name(self, name: str) -> bool:
        """Return whether a name, as "Toy.Password", is that of a secret."""
        return bool(_NAMES.search(name)) or name.rpartition(".")[2].lower() in self.names


NO_SECRETS = Secrets()


def redact(text: str, secrets: Secrets = NO_SECRETS) -> str:
    """Return a text with HIDDEN in place of private keys, passwords, and JSON values whose names are those of secrets."""
    text = _END_OF_KEY.sub(HIDDEN, _KEYS.sub(HIDDEN, text))
    text = _ENCRYPTED.sub(HIDDEN, _VALUES.sub(rf'\1"{HIDDEN}"', text))
    text = _NESTED_VALUES.sub(rf'\g<begin>\g<e>"{HIDDEN}\g<e>"', text)
    for value in sorted(secrets.values, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", HIDDEN, text)
    return text


def pretty(text: str, secrets: Secrets = NO_SECRETS) -> str:
    """Return a text without secrets, over several lines if it is a JSON object or list."""
    value = _parsed(text)
    if value is None:
        return redact(text, secrets)
    return json.dumps(_redacted(value, secrets), indent=2, ensure_ascii=False)


def secrets_in(value: object, names: frozenset[str], decrypt: Callable[[str], str]) -> Secrets:
    """Return the secrets in a JSON value: what has a secret's name, and what is encrypted.

    names: of the attributes that are secret. decrypt: returns an encrypted password in clear.
    """
    found = set(_secret_values(value, Secrets(names)))
    clear = {decrypt(each) if _ENCRYPTED.fullmatch(each) else each for each in found}
    return Secrets(names, frozenset(each for each in clear if len(each) >= MIN_LENGTH))


def _parsed(text: str) -> Any:
    """Return the object or list that a JSON text is; None for any other text."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _redacted(value: Any, secrets: Secrets) -> Any:
    if isinstance(value, list):
        return [_redacted(each, secrets) for each in value]
    if isinstance(value, dict):
        return {name: _redacted_field(value, name, secrets) for name in value}
    return _redacted_text(value, secrets) if isinstance(value, str) else value


def _redacted_field(fields: Mapping[str, Any], name: str, secrets: Secrets) -> Any:
    value = fields[name]
    is_scalar = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    if is_scalar and value != "" and _is_secret(fields, name, secrets):
        return HIDDEN
    return _redacted(value, secrets)


def _is_secret(fields: Mapping[str, Any], name: str, secrets: Secrets) -> bool:
    """Return whether a field is a secret by its own name, or by the name that another field says."""
    said = [str(fields[of]) for of, value in _NAME_AND_VALUE if value == name and of in fields]
    # An attribute may have the name of a common field, as "name", but then has its model before it.
    own = secrets.has_name(name) if "." in name else _NAMES.search(name)
    return bool(own) or any(secrets.has_name(each) for each in said)


def _redacted_text(text: str, secrets: Secrets) -> str:
    inner = _parsed(text)
    if inner is None:
        return redact(text, secrets)
    redacted = _redacted(inner, secrets)
    return text if redacted == inner else json.dumps(redacted, ensure_ascii=False)


def _secret_values(value: Any, secrets: Secrets) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _secret_values(each, secrets)
    elif isinstance(value, dict):
        for name, each in value.items():
            if isinstance(each, str) and _is_secret(value, name, secrets):
                yield each
            yield from _secret_values(each, secrets)
    elif isinstance(value, str):
        yield from _ENCRYPTED.findall(value)
        yield from _secret_values(_parsed(value), secrets)
