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


def test_a_cloud_is_filled_shown_kept_and_put_back(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fill", store, "--instances=3", "--sandboxes=2", "--seed=7"]) == 0
    told = capsys.readouterr().out
    assert "narnia.s0.angel0" in told
    assert told.endswith("2 sandboxes, 3 instances\n")
    assert main(["snapshot", store]) == 0
    (tmp_path / "kept.json").write_text(capsys.readouterr().out)
    assert main(["reset", store, "--instances=1"]) == 0
    assert capsys.readouterr().out.endswith("0 sandboxes, 1 instances\n")
    assert main(["restore", store, str(tmp_path / "kept.json")]) == 0
    assert capsys.readouterr().out == told
    assert main(["show", store]) == 0
    assert capsys.readouterr().out == told


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show"], "Name the store, with --store or HEAVENLY_CLOUD_STORE"),
        (["show", "--store=mysql://x"], "should be 'sqlite:///path'"),
        (["fill", "--store=sqlite:///{folder}/a.db", "--instances=99999999"], "may have 10000 instances"),
        (["fill", "--store=sqlite:///{folder}/a.db", "--data={folder}/none.json"], "cannot be read as JSON"),
        (["restore", "--store=sqlite:///{folder}/a.db", "{folder}/none.json"], "none.json: No such file"),
        (["weather", '[{"operation": "fly", "latency": 1}]'], "operation 'fly' does not exist"),
        (["weather", "{folder}/none.json"], "none.json: No such file"),
    ],
)
def test_a_mistake_is_one_sentence(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HEAVENLY_CLOUD_STORE", raising=False)
    assert main([argument.replace("{folder}", str(tmp_path)) for argument in arguments]) == 2
    told = capsys.readouterr().err
    assert says in told
    assert told.count("\n") == 1


def test_a_store_that_has_a_cloud_is_not_filled(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["fill", store])
    assert main(["fill", store, "--instances=1"]) == 2
    assert "`reset` begins it anew" in capsys.readouterr().err


def test_weather_lists_what_it_may_name_and_checks_rules(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["weather"]) == 0
    told = capsys.readouterr().out
    assert "power_on" in told
    assert "NoCapacity" in told
    file = tmp_path / "weather.json"
    file.write_text('[{"operation": "power_*", "latency": 1}]')
    assert main(["weather", str(file)]) == 0
    assert capsys.readouterr().out == "1 rules, all of which can strike\n"


def test_it_is_a_command_with_help() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "heavenly_cloud", "--help"], cwd=SOURCE, capture_output=True, text=True, check=True
    )
    for command in ("fill", "reset", "show", "snapshot", "restore", "weather"):
        assert command in done.stdout
