from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

# The first test fails in a sandbox of the fixture's server, the last one in a server of its own.
TESTS = """
import pytest
from cloudshell_local import CloudShellLocal
from cloudshell_local.local import running
from tests.cloudshell_local.toy import Toy

def test_deploys(cloudshell, tmp_path):
    cloudshell.session()
    toy = Toy.on(cloudshell, tmp_path)
    toy.app("Web")
    cloudshell.add_blueprint("B", ["Web"])
    toy.fail(Deploy={"raise": "no capacity"})
    with cloudshell.sandbox("B", "mine") as sandbox:
        assert sandbox.state == "Active"

def test_passes(cloudshell):
    assert cloudshell.services.sandboxes.all_live() == []
    with pytest.raises(ZeroDivisionError), CloudShellLocal() as own:
        print("expected", own.services.data.path)
        1 / 0

def test_fails_later(cloudshell):
    assert not cloudshell

def test_own_server(tmp_path):
    with CloudShellLocal() as own:
        toy = Toy.on(own, tmp_path)
        toy.services.commands.run(toy.provider, "echo", text="hello")
        toy.fail(PowerOn={"raise": "broken"})
        print("own", own.services.data.path)
        1 / 0
"""


def run_tests(folder: Path, code: str, *options: str) -> str:
    (folder / "test_shell.py").write_text(code)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-v",
            "-rP",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            *options,
            str(folder),
        ],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_the_fixture_is_there_for_the_tests_of_any_shell(tmp_path: Path) -> None:
    printed = run_tests(
        tmp_path,
        "def test_it(cloudshell):\n    assert cloudshell.session().GetResourceList().Resources == []\n"
        "    print('data', cloudshell.services.data.path)\n",
    )
    assert "1 passed" in printed, printed
    (data,) = re.findall(r"data (/\S+)", printed)
    assert not Path(data).exists()
    assert "CloudShell:" not in printed


def test_a_failing_test_shows_feed_executions_and_logs_and_its_data_folder_is_there(tmp_path: Path) -> None:
    (tmp_path / "test_broken.py").write_text("import no_such_module")
    printed = run_tests(tmp_path, TESTS, "--continue-on-collection-errors")
    assert re.search(r"3 failed, 1 passed\b.*, 1 error", printed), printed
    reports = re.split(r"^_+ (test_\w+) _+$", printed, flags=re.MULTILINE)
    report = dict(zip(reports[1::2], reports[2::2]))
    deploys, later, own = report["test_deploys"], report["test_fails_later"], report["test_own_server"]
    sections = re.findall(r"^-+ (CloudShell: .*?) -+$", deploys, re.MULTILINE)
    assert [re.sub(r"toys test_\w+", "toys", each) for each in sections] == [
        "CloudShell: activity feed of 'mine', Completed",
        "CloudShell: 'Deploy' on 'toys', Failed",
        "CloudShell: end of logs/toys/driver.out",
    ]
    assert re.search(r"^\S+ ERROR .*no capacity", deploys, re.MULTILINE)
    assert re.search(r"driver.py\", line \d+, in _inject_fault\n .*\nRuntimeError: no capacity\n", deploys)
    assert "CloudShell:" not in later, "the server did nothing in this test"
    assert "end of logs/toys" in own
    assert "echo of 'hello'" in own
    summary = printed.partition("CloudShell: data folders of failed tests")[2]
    folders = [Path(each) for each in re.findall(r"^(/\S+)$", summary, re.MULTILINE)]
    assert [str(folder) for folder in folders[1:]] == re.findall(r"own (/\S+)", printed)
    assert all((folder / "logs").is_dir() for folder in folders)
    assert len(folders) == 2
    for folder in folders:
        shutil.rmtree(folder)
    assert not Path(re.findall(r"expected (/\S+)", printed)[0]).exists()


def test_the_plugin_imports_no_server_where_the_fixture_is_not_used() -> None:
    code = "import sys, cloudshell_local.pytest_plugin; print('uvicorn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
