from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cloudshell_local.errors import UnsuitablePython
from cloudshell_local.execution.interpreters import Interpreter, Interpreters, probe
from tests.cloudshell_local.instant_python import instant_python

HERE = ".".join(map(str, sys.version_info[:3]))
HERE_MINOR = ".".join(map(str, sys.version_info[:2]))


def fake_python(file: Path, version: str, missing: str = "") -> Path:
    """Write a program that answers as a Python of a version."""
    file.parent.mkdir(parents=True, exist_ok=True)
    answer = f'{{"version": "{version}", "missing": [{missing}]}}'
    file.write_text(f"#!/bin/sh\necho '{answer}'\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with python3.9 on PATH, and with 3.10 in two versions and 3.12 from pyenv, whose shims are slow."""
    fake_python(tmp_path / "bin" / "python3.9", "3.9.1")
    for name in ("python3.10", "python3.12"):
        shim = fake_python(tmp_path / "pyenv" / "shims" / name, "3.10.2")
        shim.write_text(f"#!/bin/sh\ntouch {tmp_path}/started; exit 127\n")
    for version in ("3.10.2", "3.10.13", "3.12.1"):
        fake_python(tmp_path / "pyenv" / "versions" / version / "bin" / "python", version)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{tmp_path / 'pyenv' / 'shims'}:/usr/bin:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


def test_the_servers_own_python_needs_no_look() -> None:
    assert probe(sys.executable) == Interpreter(sys.executable, HERE)


def test_another_python_tells_its_version(tmp_path: Path) -> None:
    assert probe(instant_python(tmp_path)) == Interpreter(str(tmp_path / "python"), HERE)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no such program"),
        ("#!/bin/sh\nexit 3\n", "it does not run as Python does"),
        ("#!/nowhere/at/all\n", "it does not run"),
        (
            '#!/bin/sh\ncase "$1" in --version) echo Python 2.7.18 >&2 ;; *) exit 1 ;; esac\n',
            "it is 2.7.18, and drivers need 3.7 or later",
        ),
    ],
)
def test_a_program_that_is_no_python_for_drivers_is_refused_in_a_sentence(
    tmp_path: Path, content: str | None, reason: str
) -> None:
    file = tmp_path / "python"
    if content:
        file.write_text(content)
        file.chmod(0o755)
    with pytest.raises(UnsuitablePython, match=f"The Python {file} cannot be used: {reason}"):
        Interpreters(str(file))


def test_a_python_that_is_too_old_or_makes_no_environments_is_refused(tmp_path: Path) -> None:
    old = fake_python(tmp_path / "old", "3.6.15")
    with pytest.raises(UnsuitablePython, match="it is 3.6.15, and drivers need 3.7 or later"):
        probe(str(old))
    bare = fake_python(tmp_path / "bare", "3.11.2", '"ensurepip"')
    with pytest.raises(UnsuitablePython, match="it lacks ensurepip, .* package python3-venv"):
        probe(str(bare))


def test_a_shell_gets_the_servers_python_or_the_one_that_it_names(found: Path) -> None:
    interpreters = Interpreters()
    for wanted in ("3", "", HERE_MINOR, HERE):
        assert interpreters.for_version(wanted).path == sys.executable, wanted
    assert interpreters.for_version("3.9") == Interpreter(str(found / "bin" / "python3.9"), "3.9.1")
    assert interpreters.for_version("3.10").version == "3.10.13", "the newest one"
    assert interpreters.for_version("3.12.0").version == "3.12.1"


def test_a_python_that_is_not_there_is_refused_with_those_that_are(found: Path) -> None:
    known = ", ".join(sorted({"3.9", "3.10", "3.12", HERE_MINOR}, key=lambda each: int(each.split(".")[1])))
    sentence = f"PythonVersion '3.8': there is no Python 3.8 on the server's machine; there are: {known}. "
    with pytest.raises(UnsuitablePython) as caught:
        Interpreters().for_version("3.8")
    assert str(caught.value).startswith(sentence)


def test_no_shim_of_pyenv_is_started(found: Path) -> None:
    with pytest.raises(UnsuitablePython, match="there is no Python 3.99"):
        Interpreters().for_version("3.99")
    assert Interpreters().for_version("3.12").version == "3.12.1"
    assert not (found / "started").exists()
