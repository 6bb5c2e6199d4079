"""The houses of the project, and which may know which."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
# Who may import what, of the project's own packages and of CloudShell's.
MAY_KNOW = {
    "src/heavenly_cloud": {"heavenly_cloud"},
    "src/shell": {"heavenly_cloud", "shell", "cloudshell"},
    "src/operations": {"heavenly_cloud", "shell", "operations", "cloudshell"},
    "cloudshell_local": {"cloudshell_local"},
    "heavenly": {"heavenly", "cloudshell_local"},
}
HOUSES = {"driver", "heavenly_cloud", "shell", "operations", "cloudshell_local", "heavenly", "cloudshell"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("house", sorted(MAY_KNOW))
def test_the_arrows_point_one_way(house: str) -> None:
    for path in (PROJECT / house).rglob("*.py"):
        assert set(imports(path)) & HOUSES <= MAY_KNOW[house], path


def test_every_operation_is_tested_by_the_test_of_its_name() -> None:
    for path in (PROJECT / "src" / "operations").glob("[a-z]*.py"):
        assert (PROJECT / "tests" / "operations" / f"test_{path.name}").exists(), path


def test_nothing_is_logged_whole() -> None:
    for path in (PROJECT / "src").rglob("*.py"):
        for line in re.findall(r"logger\.\w+\(.*", path.read_text()):
            assert not re.search(r"context|request|result|password", line), (path, line)
