from __future__ import annotations

from pathlib import Path

import pytest

from tests.cloudshell_local.toy import package


@pytest.fixture
def zip_file(tmp_path: Path) -> Path:
    """The toy shell's package, as a file."""
    path = tmp_path / "Toy.zip"
    path.write_bytes(package())
    return path
