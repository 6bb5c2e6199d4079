"""The secrets that tests use, and where they must not be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from heavenly_cloud import HeavenlyCloud
from tests.fakes import PRIVATE_KEY, held
from tests.postgres import PASSWORD as STORE_PASSWORD

ACCOUNT_PASSWORD = "halo"
APP_PASSWORD = "s3cret-of-the-app"
ALWAYS = (rf"\b{ACCOUNT_PASSWORD}\b", STORE_PASSWORD, APP_PASSWORD, re.escape(PRIVATE_KEY), "PRIVATE KEY")


def leaks(text: str, others: Iterable[str] = ()) -> list[str]:
    """Return the secrets that are in a text. Of a private key, any line of it is one."""
    lines = {line for secret in others for line in secret.splitlines() if len(line) > 20}
    # What looks like a line of a key, also behind the n of an escaped end of line: thousands are found in one reading.
    words = {word for found in re.findall(r"[\w+/=]{20,}", text) for word in (found, found[1:])}
    return [pattern for pattern in ALWAYS if re.search(pattern, text)] + sorted(lines & words)


def leaks_in_files(folder: Path, others: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return the secrets that are in the files below a folder, by file."""
    texts = {str(path): path.read_bytes().decode(errors="replace") for path in folder.rglob("*") if path.is_file()}
    return {name: found for name, text in texts.items() if (found := leaks(text, others))}


def leaks_in_cloud(heaven: HeavenlyCloud, others: Iterable[str] = ()) -> list[str]:
    """Return the secrets that are in a cloud's snapshot, its events, and what its records show of themselves."""
    return leaks(heaven.export() + repr(list(heaven.events)) + repr(held(heaven).rows), others)
