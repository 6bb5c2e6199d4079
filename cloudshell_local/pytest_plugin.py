"""The pytest fixture `cloudshell`, for the tests of any shell. Where this package is installed, pytest finds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from cloudshell_local.settings import ENVIRONMENT_VARIABLE

if TYPE_CHECKING:
    from cloudshell_local import CloudShellLocal


@pytest.fixture(scope="session")
def cloudshell() -> Iterator[CloudShellLocal]:
    """A CloudShell server for all tests of a run, on a free loopback address. It starts empty and keeps nothing.

    Its user `admin` has the password `admin`, or that of the variable CLOUDSHELL_LOCAL_PASSWORD.
    """
    # Not at the top: pytest imports this file in runs that do not use the fixture, too.
    from cloudshell_local import CloudShellLocal

    with CloudShellLocal(password=os.environ.get(ENVIRONMENT_VARIABLE, "")) as running:
        yield running
