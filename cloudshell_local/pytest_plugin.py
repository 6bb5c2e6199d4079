"""The fixture `cloudshell`, for the tests of any shell: pytest finds it where this package is installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cloudshell_local import CloudShellLocal


@pytest.fixture(scope="session")
def cloudshell() -> Iterator[CloudShellLocal]:
    """A CloudShell on a free loopback address, one for all tests; it begins empty and is gone in the end."""
    from cloudshell_local import CloudShellLocal  # Not before it is needed: pytest loads this file always.

    with CloudShellLocal() as running:
        yield running
