"""Tests of the runner with scripts of their own; Quali's scripts run in the tests of sandboxes."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cloudshell_local.access import Access
from cloudshell_local.errors import LocalError
from cloudshell_local.orchestration import runner, script
from cloudshell_local.orchestration.runner import Orchestration, ScriptResult
from cloudshell_local.settings import Settings
from cloudshell_local.storage.model import Sandbox
from cloudshell_local.storage.store import Store

SANDBOX = Sandbox("s-1", "Mine", "eve", "", "", blueprint="B", inputs={"Target": "moon"})
HEAD = """
import json, os, sys
sys.stderr.write("noise\\n")
connectivity = json.loads(os.environ["qualiConnectivityContext"])
"""


@pytest.fixture
def access(store: Store) -> Access:
    return Access(store)


@pytest.fixture
def orchestration(access: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Orchestration:
    monkeypatch.setattr(script, "__file__", str(tmp_path / "script.py"))
    monkeypatch.setattr(runner, "REQUIREMENTS", tmp_path / "requirements.txt")
    (tmp_path / "requirements.txt").touch()
    from heavenly.pack import ENVIRONMENTS

    return Orchestration(Settings(ENVIRONMENTS), tmp_path / "logs", "127.0.0.9", access)


def run(orchestration: Orchestration, tmp_path: Path, code: str, name: str = "setup") -> ScriptResult:
    (tmp_path / "script.py").write_text(HEAD + code)
    return orchestration.run(name, SANDBOX, lambda _: None)


def test_a_script_finds_its_sandbox_and_inputs_in_the_documented_variables(
    orchestration: Orchestration, tmp_path: Path
) -> None:
    code = """
env = os.environ
reservation, lifecycle = (json.loads(env[name]) for name in ("reservationContext", "reservationLifecycleContext"))
print(sys.argv[1], reservation["id"], reservation["environmentName"], lifecycle["currentUserName"], env["TARGET"])
print(connectivity["serverAddress"], connectivity["tsAPIPort"], connectivity["useWebapiEndpoint"], env["LOG_PATH"])
print(reservation["parameters"]["globalInputs"][0]["value"])
"""
    outcome = run(orchestration, tmp_path, code, "teardown")
    assert outcome.output.split("\n") == [
        "teardown s-1 B eve moon", f"127.0.0.9 8029 False {tmp_path / 'logs'}", "moon", ""
    ]  # fmt: skip
    assert (outcome.code, outcome.failure) == (0, "")


def test_inputs_replace_no_variable_and_stay_global_inputs(
    orchestration: Orchestration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "vi")
    evil = tmp_path / "evil"
    evil.mkdir()
    (evil / "sitecustomize.py").write_text("print('evil')")
    inputs = {"Editor": "ed", "PythonPath": str(evil), "Path": "nowhere", "a=b": "1", "Target": "moon"}
    (tmp_path / "script.py").write_text(HEAD + "print(os.environ['EDITOR'], os.environ['TARGET'])\n"
        "print([each['parameterName'] for each in json.loads(os.environ['reservationContext'])['parameters']['globalInputs']])")  # fmt: skip # noqa: E501
    said = list[str]()
    outcome = orchestration.run("setup", replace(SANDBOX, inputs=inputs), said.append)
    assert outcome.output == f"vi moon\n{list(inputs)}\n"
    assert "The inputs Editor, PythonPath, Path, a=b are global inputs of the script" in said[-1]


def test_a_script_that_cannot_be_started_is_an_error_in_one_sentence(
    orchestration: Orchestration, tmp_path: Path
) -> None:
    (tmp_path / "script.py").touch()
    with pytest.raises(LocalError, match="The script could not be started"):
        orchestration.run("setup", replace(SANDBOX, description="x" * 200_000), lambda _: None)


def test_a_script_may_print_what_is_no_text(orchestration: Orchestration, tmp_path: Path) -> None:
    assert run(orchestration, tmp_path, "sys.stdout.buffer.write(b'a\\xffb')").output == "a\ufffdb"


def test_a_script_has_an_admins_token_that_ends_with_it(
    orchestration: Orchestration, access: Access, tmp_path: Path
) -> None:
    token = run(orchestration, tmp_path, "print(connectivity['adminAuthToken'])").output.strip()
    assert token
    assert not access.is_session(token)


def test_a_failure_has_the_words_of_the_real_server(orchestration: Orchestration, tmp_path: Path) -> None:
    outcome = run(orchestration, tmp_path, "print('printed')\nraise ValueError('oh no')")
    assert outcome.failure.startswith(
        "Command execution failed with 'Script runner exited with exit code: 1' error. printed"
    )
    assert outcome.failure.endswith("ValueError: oh no")
    assert "Traceback" not in outcome.failure
    assert ".py" not in outcome.failure
    assert run(orchestration, tmp_path, "sys.exit(-1)").code == 255


def test_a_script_is_ended_with_the_server(orchestration: Orchestration, tmp_path: Path) -> None:
    threading.Timer(0.3, orchestration.close).start()
    start = time.monotonic()
    outcome = run(orchestration, tmp_path, "import time; time.sleep(30)")
    assert outcome.code
    assert time.monotonic() - start < 10
    assert run(orchestration, tmp_path, "import time; time.sleep(30)").code


def test_a_script_is_killed_that_runs_for_a_sandbox_or_is_about_to(
    orchestration: Orchestration, tmp_path: Path
) -> None:
    orchestration.kill(SANDBOX.id)
    assert run(orchestration, tmp_path, "import time; time.sleep(30)").code
    orchestration.kill("another")
    assert run(orchestration, tmp_path, "").code == 0
