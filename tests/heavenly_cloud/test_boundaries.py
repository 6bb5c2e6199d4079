"""The cloud stands alone: it has none of CloudShell's words, and its modules import each other in one direction."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

CLOUD = Path(__file__).parents[2] / "src" / "heavenly_cloud"
FILES = sorted(path for path in CLOUD.iterdir() if path.suffix in (".py", ".json"))
# Words that mean something to CloudShell alone. A virtual network is what its "sandbox" is here, tagged by the caller.
WORDS = re.compile(
    r"cloud ?shell|cloud store|sandbox|reservation|PrepareSandboxInfra|CleanupSandboxInfra|Private IP|deployment path"
    r"|blueprint|\bdrivers?\b|\bApps?\b|\bapps?\b|Quali\b|VM_UUID|Vnic Name|weather",
    re.IGNORECASE,
)
# What may be said all the same: that the cloud does not know CloudShell, and what version 1 called things.
EXCEPTIONS = {
    "__init__.py": {"CloudShell"},
    "migrations.py": {"Sandbox", "sandbox", "weather"},
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_has_none_of_cloudshells_words(path: Path) -> None:
    found = {match[0] for match in WORDS.finditer(path.read_text())}
    assert found <= EXCEPTIONS.get(path.name, set())


def test_the_words_are_found_where_they_stand() -> None:
    for text in (
        "the CloudShell server",
        "a driver's process",
        "the sandboxes",
        "deploy the App again",
        "'Cloud Store'",
    ):
        assert WORDS.search(text), text
    for text in ("connection.exec_driver_sql", "url.drivername", "applied", "append"):
        assert not WORDS.search(text), text


def imported_modules(path: Path) -> set[str]:
    """Return the modules of the cloud that a module imports, for types only too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "heavenly_cloud":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("heavenly_cloud."):
            found.add(str(node.module).split(".")[1])
    return found


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    modules = {path.stem: imported_modules(path) for path in FILES if path.suffix == ".py" and path.stem != "__init__"}
    # store.py imports sql_store.py when a URL asks for it; the interface itself needs no database.
    modules["store"].discard("sql_store")
    order = list(TopologicalSorter(modules).static_order())
    assert order.index("errors") < order.index("client") < order.index("cloud")
