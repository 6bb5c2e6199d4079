from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from cloudshell_local import CloudShellLocal
from cloudshell_local.storage.store import Store
from tests.cloudshell_local.toy import Toy


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudShellLocal]:
    """A CloudShell server for one test. Its sandboxes are not ended: it has a data folder, which pytest deletes."""
    with CloudShellLocal(data=tmp_path_factory.mktemp("data")) as cloudshell:
        yield cloudshell


@pytest.fixture
def toy(server: CloudShellLocal, tmp_path: Path) -> Toy:
    """A toy provider of the L2 kind."""
    return Toy.on(server, tmp_path)


@pytest.fixture
def l3_toy(server: CloudShellLocal, tmp_path: Path) -> Toy:
    """A toy provider of the L3 kind."""
    return Toy.on(server, tmp_path, l3=True)


OpenStore = Callable[[Path], Store]


@pytest.fixture
def open_store() -> Iterator[OpenStore]:
    """Open stores, which are closed when the test ends."""
    with ExitStack() as opened:
        yield lambda file: opened.enter_context(closing(Store(file)))


@pytest.fixture
def store(tmp_path: Path, open_store: OpenStore) -> Store:
    """The store of one test, in the file "db" of its folder."""
    return open_store(tmp_path / "db")
