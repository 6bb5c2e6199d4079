from __future__ import annotations

from collections.abc import Iterator

import pytest

from cloudshell_local import CloudShellLocal
from tests.cloudshell_local.toy import Toy


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toy]:
    """A toy provider and an App template for all tests of a module, which leave nothing behind."""
    with CloudShellLocal(data=tmp_path_factory.mktemp("data")) as cloudshell:
        toy = Toy.on(cloudshell, tmp_path_factory.mktemp("control"))
        toy.app("Web")
        yield toy
