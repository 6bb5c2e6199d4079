"""What stands beside the code for contributors: CI, pre-commit, changelog, and how pytest shows a failure."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomllib
from ruamel.yaml import YAML

from heavenly.pack import project_version

PROJECT = Path(__file__).resolve().parents[1]
MAKEFILE = (PROJECT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def ci() -> dict[str, Any]:
    return dict(YAML(typ="safe").load(PROJECT / ".github" / "workflows" / "ci.yml"))


def steps(job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from job["steps"]


def test_ci_runs_on_linux_with_targets_that_exist() -> None:
    made = set()
    for job in ci()["jobs"].values():
        assert job["runs-on"] == "ubuntu-latest"
        for step in steps(job):
            made |= set(re.findall(r"^make ([a-z]+)", step.get("run", ""), re.MULTILINE))
    assert {"check", "test"} <= made <= TARGETS


def test_each_job_of_ci_gets_the_checkout_and_a_python_first() -> None:
    for job in ci()["jobs"].values():
        first, second, *others = steps(job)
        assert first["uses"].startswith("actions/checkout@")
        assert second["uses"].startswith("actions/setup-python@")
        assert all(("uses" in step) != ("run" in step) for step in others)


def test_ci_tests_the_server_on_its_pythons_and_the_driver_on_its_own() -> None:
    job = ci()["jobs"]["test"]
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    classifiers = [re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", each) for each in project["classifiers"]]
    servers = [found[1] for found in classifiers if found]
    assert job["strategy"]["matrix"]["server"] == servers
    assert project["requires-python"] == f">={servers[0]}"
    setup = next(step for step in steps(job) if step.get("uses", "").startswith("actions/setup-python@"))
    *drivers, last = setup["with"]["python-version"].split("\n")[:-1]
    assert drivers == ["3.9", "3.10", "3.11", "3.12"]
    assert last == "${{ matrix.server }}"  # The last one is the `python` that the environment is made with.


def test_pre_commit_has_the_ruff_of_the_environment() -> None:
    (repository,) = YAML(typ="safe").load(PROJECT / ".pre-commit-config.yaml")["repos"]
    (locked,) = re.findall(r"^ruff==(.+)$", (PROJECT / "requirements-dev.lock").read_text(), re.MULTILINE)
    assert repository["rev"] == f"v{locked}"
    assert [hook["id"] for hook in repository["hooks"]] == ["ruff-check", "ruff-format"]


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    locked = {line.partition("==")[0] for line in (PROJECT / "requirements-dev.lock").read_text().splitlines()}
    assert {re.split("[<>=]", name)[0].replace(".", "-") for name in wanted} <= locked


def test_the_changelog_has_the_versions_newest_first() -> None:
    changelog = (PROJECT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (?:unreleased|\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE)
    assert versions[0] == project_version()
    assert versions[-1] == "1.0.0"
    assert versions == sorted(versions, key=lambda version: [int(part) for part in version.split(".")], reverse=True)


def test_the_contributors_guide_names_targets_that_exist() -> None:
    guide = (PROJECT / "CONTRIBUTING.md").read_text()
    lines = re.findall(r"(?:^|`)make ([a-z]+(?: [a-z]+)*)", guide, re.MULTILINE)
    assert {word for line in lines for word in line.split()} <= TARGETS


@pytest.mark.slow
def test_a_failed_test_shows_what_was_printed_and_logged(tmp_path: Path) -> None:
    # In capitals: the source of a failed test is shown, too.
    (tmp_path / "test_it.py").write_text(
        "import logging\n\ndef test_it():\n    print('printed'.upper())\n    logging.error('logged'.upper())\n    assert 0\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--config-file",
        str(PROJECT / "pyproject.toml"),
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run([*command, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "PRINTED" in done.stdout
    assert "LOGGED" in done.stdout
