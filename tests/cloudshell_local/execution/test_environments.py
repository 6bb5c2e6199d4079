from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path

import pytest

from cloudshell_local.errors import EnvironmentFailed
from cloudshell_local.execution import environments
from cloudshell_local.execution.environments import ensure_environment, environment_exists
from tests.cloudshell_local.instant_python import instant_python


@pytest.fixture
def interpreter(tmp_path: Path) -> str:
    return instant_python(tmp_path)


@pytest.mark.slow
def test_an_environment_is_made_once_and_reused(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    messages: list[str] = []
    assert not environment_exists(requirements, tmp_path / "environments")
    python = ensure_environment(requirements, tmp_path / "environments", report=messages.append)
    assert environment_exists(requirements, tmp_path / "environments")
    assert subprocess.run([python, "-c", "import pip"], check=True).returncode == 0
    assert ensure_environment(requirements, tmp_path / "environments", report=messages.append) == python
    assert len(messages) == 1


def test_other_requirements_have_an_environment_of_their_own(tmp_path: Path, interpreter: str) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    python = ensure_environment(requirements, tmp_path / "environments", interpreter)
    assert ensure_environment(requirements, tmp_path / "environments", interpreter) == python
    requirements.write_text("# nothing else\n")
    other = ensure_environment(requirements, tmp_path / "environments", interpreter)
    assert other != python
    assert other.exists()


def test_an_environment_whose_making_was_interrupted_is_made_again(tmp_path: Path, interpreter: str) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    python = ensure_environment(requirements, tmp_path / "environments", interpreter)
    (python.parent.parent / "complete").unlink()
    python.unlink()
    messages: list[str] = []
    ensure_environment(requirements, tmp_path / "environments", interpreter, messages.append)
    assert len(messages) == 1
    assert python.exists()


def test_an_environment_is_locked_while_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    refused = list[Path]()

    def make(target: Path, requirements: Path, python: str) -> None:
        with target.with_name(f"{target.name}.lock").open("w") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        refused.append(target)

    monkeypatch.setattr(environments, "_make", make)
    ensure_environment(requirements, tmp_path / "environments")
    assert len(refused) == 1


@pytest.mark.slow
def test_packages_that_cannot_be_installed_are_named(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("./no-such-package\n")
    with pytest.raises(EnvironmentFailed, match="requirements.txt could not be installed.*no-such-package"):
        ensure_environment(requirements, tmp_path / "environments")
