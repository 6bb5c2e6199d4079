from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from heavenly_cloud.__main__ import main

SOURCE = Path(__file__).parents[2] / "src"


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"--store=sqlite:///{tmp_path}/heaven.db"


def test_a_cloud_is_populated_shown_exported_and_imported(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["populate", store, "--instances=3", "--networks=2", "--seed=7"]) == 0
    printed = capsys.readouterr().out
    assert "narnia.net0.angel0" in printed
    assert printed.endswith("2 networks, 3 instances\n")
    assert main(["export", store]) == 0
    (tmp_path / "exported.json").write_text(capsys.readouterr().out)
    assert main(["reset", store, "--instances=1"]) == 0
    assert capsys.readouterr().out.endswith("0 networks, 1 instances\n")
    assert main(["import", store, str(tmp_path / "exported.json")]) == 0
    assert capsys.readouterr().out == printed
    assert main(["show", store]) == 0
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show"], "Name the store, with --store or HEAVENLY_CLOUD_STORE"),
        (["show", "--store=mysql://x"], "should be 'sqlite:///path'"),
        (["populate", "--store=sqlite:///{folder}/a.db", "--instances=99999999"], "may have 10000 instances"),
        (["populate", "--store=sqlite:///{folder}/a.db", "--config={folder}/none.json"], "cannot be read as JSON"),
        (["import", "--store=sqlite:///{folder}/a.db", "{folder}/none.json"], "none.json: No such file"),
        (["faults", '[{"operation": "fly", "latency": 1}]'], "operation 'fly' does not exist"),
        (["faults", "{folder}/none.json"], "none.json: No such file"),
    ],
)
def test_a_mistake_is_one_sentence(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HEAVENLY_CLOUD_STORE", raising=False)
    assert main([argument.replace("{folder}", str(tmp_path)) for argument in arguments]) == 2
    printed = capsys.readouterr().err
    assert says in printed
    assert printed.count("\n") == 1


def test_a_store_that_has_a_cloud_is_not_populated(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["populate", store])
    assert main(["populate", store, "--instances=1"]) == 2
    assert "`reset` begins it anew" in capsys.readouterr().err


def test_faults_lists_operations_and_errors_and_checks_rules(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["faults"]) == 0
    printed = capsys.readouterr().out
    assert "power_on" in printed
    assert "NoCapacity" in printed
    file = tmp_path / "rules.json"
    file.write_text('[{"operation": "power_*", "latency": 1}]')
    assert main(["faults", str(file)]) == 0
    assert capsys.readouterr().out == "1 rules, all of which can apply\n"


def test_the_module_runs_as_a_command_with_help() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "heavenly_cloud", "--help"], cwd=SOURCE, capture_output=True, text=True, check=True
    )
    for command in ("populate", "reset", "show", "export", "import", "faults"):
        assert command in done.stdout
