from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_the_fixture_is_there_for_the_tests_of_any_shell(tmp_path: Path) -> None:
    (tmp_path / "test_shell.py").write_text(
        "def test_it(cloudshell):\n    assert cloudshell.session().GetResourceList().Resources == []\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_plugin_imports_no_server_where_the_fixture_is_not_used() -> None:
    code = "import sys, cloudshell_local.pytest_plugin; print('uvicorn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
