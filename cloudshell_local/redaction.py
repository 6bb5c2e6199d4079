"""Redaction of secrets in what drivers are sent, answer, print and log, before anybody sees or stores it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
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
# As Python prints a dict.
_PRINTED_VALUES = re.compile(rf"('[^']*(?:{_WORDS})[^']*'\s*:\s*)'(?:[^'\\]|\\.)*'", re.I)
# JSON text inside of JSON text: its quotes have backslashes before them, the end of a value as many as its beginning.
_NESTED_VALUES = re.compile(
    rf'(?P<begin>(?P<e>\\+)"[^"\\]*(?:{_WORDS})[^"\\]*(?P=e)"\s*:\s*)(?P=e)".*?(?<!\\)(?P=e)"', re.I | re.DOTALL
)
# As storage/passwords.py encrypts the passwords in attributes.
_ENCRYPTED = re.compile(r"\bgAAAAA[\w-]{60,}={0,2}")
# How requests and answers write names and values: docs/reference/wire.md §1.2, §4 and §7.
_NAME_AND_VALUE = (("attributeName", "attributeValue"), ("name", "value"), ("key", "value"), ("Name", "Value"))


@lru_cache(10_000)
def is_secret_name(name: str) -> bool:
    """Return whether a name has a word of a secret in it, as "password"."""
    return bool(_NAMES.search(name))


@dataclass(frozen=True)
class Secrets:
    """Secrets of a command. names: of attributes that are secret, in lower case; values: the secrets themselves."""

    names: frozenset[str] = frozenset()
    values: frozenset[str] = field(default=frozenset(), repr=False)

    def has_name(self, name: str) -> bool:
        """Return whether a name, as "Toy.Password", is that of a secret."""
        return is_secret_name(name) or name.rpartition(".")[2].lower() in self.names


NO_SECRETS = Secrets()


def redact(text: str, secrets: Secrets = NO_SECRETS) -> str:
    """Return a text with HIDDEN in place of private keys, passwords, and JSON values whose names are those of secrets."""
    # Most texts are short values of attributes, for which the patterns would take most of the time.
    if "PRIVATE KEY" in text:
        text = _END_OF_KEY.sub(HIDDEN, _KEYS.sub(HIDDEN, text))
    if ":" in text:
        text = _PRINTED_VALUES.sub(rf"\1'{HIDDEN}'", _VALUES.sub(rf'\1"{HIDDEN}"', text))
        text = _NESTED_VALUES.sub(rf'\g<begin>\g<e>"{HIDDEN}\g<e>"', text)
    if "gAAAAA" in text:
        text = _ENCRYPTED.sub(HIDDEN, text)
    for value in sorted((each for each in secrets.values if each in text), key=len, reverse=True):
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
    if isinstance(value, str):
        return _redacted_text(value, secrets)
    if isinstance(value, list):
        return [_redacted(each, secrets) for each in value]
    if isinstance(value, dict):
        hidden = _secret_fields(value, secrets)
        return {
            name: HIDDEN if name in hidden and _is_hidden(each) else _redacted(each, secrets)
            for name, each in value.items()
        }
    return value


def _is_hidden(value: Any) -> bool:
    """Return whether a secret's value is one that says something: a text or a number."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != ""


def _secret_fields(fields: Mapping[str, Any], secrets: Secrets) -> set[str]:
    """Return the fields that are secrets by their own names, or by the names that other fields say."""
    said = {value for name, value in _NAME_AND_VALUE if name in fields and secrets.has_name(str(fields[name]))}
    # An attribute may have the name of a common field, as "name", but then has its model before it.
    own = {name for name in fields if (secrets.has_name(name) if "." in name else is_secret_name(name))}
    return said | own


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
        hidden = _secret_fields(value, secrets)
        for name, each in value.items():
            if name in hidden and isinstance(each, str):
                yield each
            yield from _secret_values(each, secrets)
    elif isinstance(value, str):
        if "gAAAAA" in value:
            yield from _ENCRYPTED.findall(value)
        yield from _secret_values(_parsed(value), secrets)
