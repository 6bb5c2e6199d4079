from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cloudshell_local.errors import TESTED_PLATFORMS
from cloudshell_local.file_lock import acquire, try_to_acquire

pytestmark = pytest.mark.slow

WITHOUT_LOCKS = "import sys; sys.modules['fcntl'] = None; "
# Other modules, which look at the platform while they are imported, come first.
ELSEWHERE = "import sys, cloudshell_local.local; sys.platform = 'darwin'; "


def run(code: str) -> tuple[int, str]:
    """Run Python code in a process of its own; return its exit code and what it printed."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("lock", [acquire, try_to_acquire])
def test_a_lock_is_held_until_its_file_is_closed(tmp_path: Path, lock: object) -> None:
    path = tmp_path / "lock"
    with path.open("w") as first, path.open("w") as second:
        assert callable(lock)
        lock(first)
        assert not try_to_acquire(second)
        first.close()
        assert try_to_acquire(second)


def test_a_package_on_a_platform_without_locks_can_be_imported_as_pytest_does() -> None:
    assert run(WITHOUT_LOCKS + "import cloudshell_local, cloudshell_local.pytest_plugin") == (0, "")


@pytest.mark.parametrize(
    "statement",
    [
        "from cloudshell_local import CloudShellLocal",
        "import cloudshell_local; cloudshell_local.CloudShellLocal",
        "from cloudshell_local.local import CloudShellLocal",
    ],
)
def test_the_server_cannot_be_imported_there_and_the_error_says_where_it_can(statement: str) -> None:
    code, printed = run(WITHOUT_LOCKS + statement)
    assert code == 1
    assert printed.splitlines()[-1] == f"cloudshell_local.errors.UnsupportedPlatform: {TESTED_PLATFORMS}"
    assert "fcntl = None" not in printed
    assert "During handling" not in printed


def test_the_error_is_one_of_an_import() -> None:
    code = WITHOUT_LOCKS + "\ntry: import cloudshell_local.local\nexcept ImportError as error: print(error)"
    assert run(code) == (0, f"{TESTED_PLATFORMS}\n")


def test_the_command_says_in_one_sentence_that_it_cannot_run_there() -> None:
    serve = "from cloudshell_local.cli import main; main(['serve'])"
    assert run(WITHOUT_LOCKS + serve) == (1, f"Error: {TESTED_PLATFORMS}\n")


def test_help_is_given_everywhere() -> None:
    code, printed = run(WITHOUT_LOCKS + "from cloudshell_local.cli import main; main(['serve', '--help'])")
    assert code == 0
    assert "--beyond-this-machine" in printed


def test_another_platform_with_locks_is_a_warning_and_linux_is_none() -> None:
    statement = "from cloudshell_local import CloudShellLocal"
    code, printed = run(ELSEWHERE + statement)
    assert code == 0
    assert f"RuntimeWarning: {TESTED_PLATFORMS}" in printed
    assert run(statement) == (0, "")
