from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cloudshell_local.errors import EnvironmentFailed
from cloudshell_local.execution.environments import environment


def test_an_environment_is_made_once_and_reused(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    told: list[str] = []
    python = environment(requirements, tmp_path / "environments", report=told.append)
    assert subprocess.run([python, "-c", "import pip"], check=True).returncode == 0
    assert environment(requirements, tmp_path / "environments", report=told.append) == python
    assert len(told) == 1
    requirements.write_text("# nothing else\n")
    assert environment(requirements, tmp_path / "environments") != python


def test_one_that_was_interrupted_is_made_again(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    python = environment(requirements, tmp_path / "environments")
    (python.parent.parent / "complete").unlink()
    told: list[str] = []
    environment(requirements, tmp_path / "environments", report=told.append)
    assert told


def test_packages_that_cannot_be_installed_are_named(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("./no-such-package\n")
    with pytest.raises(EnvironmentFailed, match="requirements.txt could not be installed.*no-such-package"):
        environment(requirements, tmp_path / "environments")
