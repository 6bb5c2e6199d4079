from __future__ import annotations

import fcntl
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cloudshell_local.errors import EnvironmentFailed, UnsuitablePython
from cloudshell_local.execution import environments
from cloudshell_local.execution.environments import (
    ALWAYS,
    IF_NEWER,
    Environments,
    allows_newer,
    ensure_environment,
    environment_exists,
    kept_for,
    request_renewal,
)
from cloudshell_local.execution.interpreters import Interpreters
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

    def make(target: Path, recipe: object) -> None:
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


@dataclass
class Renewable:
    """An environment of an interpreter whose pip does what its test wants. pip: answers of `pip install`."""

    requirements: Path
    folder: Path
    python: str
    messages: list[str] = field(default_factory=list)

    def ensure(self) -> Path:
        return ensure_environment(self.requirements, self.folder, self.python, self.messages.append)

    def renew(self, when: str = ALWAYS) -> None:
        request_renewal(self.requirements, self.folder, self.python, when)

    def pip(self, script: str) -> None:
        """Let `pip install` run a line of shell from now on, in environments that are made already, too."""
        (self.folder.parent / "pip.sh").write_text(script)

    def environments(self) -> list[str]:
        return sorted(path.name.partition("-")[2][12:] for path in self.folder.iterdir() if path.is_dir())


@pytest.fixture
def renewable(tmp_path: Path) -> Renewable:
    made = Path(instant_python(tmp_path))
    made.write_text(made.read_text().replace('"-m pip "*) ;;', f'"-m pip "*) . {tmp_path}/pip.sh ;;'))
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("mylib~=1.0\n")
    found = Renewable(requirements, tmp_path / "environments", str(made))
    found.pip("")
    return found


def test_an_environment_is_made_anew_on_request_once(renewable: Renewable) -> None:
    renewable.renew()
    first = renewable.ensure()
    assert len(renewable.messages) == 1, "an environment that was not made yet is made once"
    renewable.renew()
    assert not environment_exists(renewable.requirements, renewable.folder, renewable.python)
    second = renewable.ensure()
    assert second != first
    assert second.exists()
    assert not first.exists(), "none runs in it"
    assert renewable.ensure() == second
    renewable.renew()
    third = renewable.ensure()
    assert third not in (first, second)
    assert renewable.environments() == [".2"]


def test_an_environment_is_kept_while_a_process_runs_in_it(renewable: Renewable) -> None:
    first = renewable.ensure()
    with kept_for(first) as descriptors:
        process = subprocess.Popen(["sleep", "60"], pass_fds=descriptors)
    renewable.renew()
    second = renewable.ensure()
    assert first.exists(), "a process runs in it"
    process.kill()
    process.wait()
    assert renewable.ensure() == second
    renewable.renew()
    renewable.ensure()
    assert not first.exists()
    assert renewable.environments() == [".2"]


def test_nothing_is_kept_for_a_python_that_is_in_no_environment() -> None:
    with kept_for(Path("/usr/bin/python3")) as descriptors:
        assert descriptors == ()


def test_if_nothing_is_newer_the_environment_stays(renewable: Renewable) -> None:
    first = renewable.ensure()
    renewable.pip("echo nothing to do")
    renewable.renew(IF_NEWER)
    assert renewable.ensure() == first
    assert len(renewable.messages) == 1
    renewable.pip('case "$*" in *--dry-run*) echo Would install mylib-1.0.1 ;; esac')
    assert renewable.ensure() == first, "it is asked once"
    renewable.renew(IF_NEWER)
    assert renewable.ensure() != first
    assert renewable.messages[1:] == ["Making the Python environment of requirements.txt anew (it can take a minute)"]


def test_a_request_in_any_case_is_not_weakened(renewable: Renewable) -> None:
    first = renewable.ensure()
    renewable.renew()
    renewable.renew(IF_NEWER)
    assert renewable.ensure() != first


def test_an_old_pip_that_cannot_tell_makes_it_anew(renewable: Renewable) -> None:
    first = renewable.ensure()
    renewable.pip('case "$*" in *--dry-run*) echo no such option: --dry-run >&2; exit 2 ;; esac')
    renewable.renew(IF_NEWER)
    assert renewable.ensure() != first


@pytest.mark.parametrize("when", [ALWAYS, IF_NEWER])
def test_an_environment_that_cannot_be_made_anew_stays_in_use_and_that_is_told(renewable: Renewable, when: str) -> None:
    first = renewable.ensure()
    renewable.pip("echo no route to the index >&2; exit 1")
    renewable.renew(when)
    assert renewable.ensure() == first
    assert "The Python environment of before is used" in renewable.messages[-1]
    assert "no route to the index" in renewable.messages[-1]
    assert environment_exists(renewable.requirements, renewable.folder, renewable.python)


@pytest.mark.parametrize(
    ("requirements", "newer"),
    [
        ("", False),
        ("# mylib\n\n", False),
        ("mylib==1.0\nother===2  # why\n", False),
        ('mylib==1.0; python_version < "3.12"', False),
        ("--index-url http://localhost/simple\n./mylib-1.0.whl\n", False),
        ("mylib~=1.0", True),
        ("mylib==1.*", True),
        ("other==1\nmylib", True),
        ("-r more.txt", True),
        ("mylib >= 1, < 2", True),
    ],
)
def test_requirements_that_are_all_pinned_allow_nothing_newer(requirements: str, newer: bool) -> None:
    assert allows_newer(requirements) is newer


def test_the_environment_of_a_driver_is_that_of_its_python_and_requirements(
    renewable: Renewable, tmp_path: Path
) -> None:
    driver = tmp_path / "driver"
    driver.mkdir()
    (driver / "requirements.txt").write_text("mylib~=1.0\n")
    environments = Environments(renewable.folder, Interpreters(renewable.python))
    assert not environments.exists(driver)
    assert environments.ensure(driver) == renewable.ensure()
    assert environments.exists(driver)
    environments.renew(driver)
    assert not environments.exists(driver)
    (driver / "drivermetadata.xml").write_text('<Driver MainClass="d.D" PythonVersion="3.99"/>')
    with pytest.raises(UnsuitablePython, match="there is no Python 3.99"):
        environments.ensure(driver)
