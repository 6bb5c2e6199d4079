"""Stores of every kind: in memory, a SQLite file, and a PostgreSQL that the tests run."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from heavenly_cloud import CloudStore, open_store
from tests.postgres import Postgres, postgres

KINDS = ("memory", "sqlite", "postgresql")
_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgres]:
    try:
        with postgres() as running:
            yield running
    except LookupError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))


def new_url(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty store."""
    if kind == "memory":
        return ""
    if kind == "sqlite":
        return f"sqlite:///{folder}/heaven{next(_numbers)}.db"
    server: Postgres = request.getfixturevalue("postgresql")
    return server.url(f"heaven{next(_numbers)}")


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CloudStore]:
    opened = open_store(new_url(request.param, tmp_path, request))
    yield opened
    opened.close()


@pytest.fixture(params=KINDS[1:])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store that lasts."""
    return new_url(request.param, tmp_path, request)
