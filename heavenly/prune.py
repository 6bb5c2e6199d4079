"""Prunes the driver's sources: takes commands out, and with them all that only they use.

What stays reads as if written by hand for that shell: whole methods, sections, modules, names and imports go, and nothing
else is touched. What is used is decided by names, so that a thing which might be used stays.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

# Usable alone, so it stays whole.
CLOUD = "heavenly_cloud"
# Where what no operation uses goes: an interface and its implementation have a method for every shell's commands.
PROVIDER = "provider"
INTERFACE = "CloudProvider"
IMPLEMENTATION = "HeavenlyProvider"
DRIVER_CLASS = "HeavenlyCloudShellDriver"


class PruneError(Exception):
    """Reason why sources cannot be pruned, in one sentence."""


def prune_sources(source: Path, commands: Collection[str], settings: Path) -> None:
    """Take commands out of the driver in a folder of sources; settings: the pyproject.toml with the formatter's.

    Raises PruneError for a command that the driver does not have.
    """
    driver = source / "driver.py"
    driver.write_text(without_commands(driver.read_text(encoding="utf-8"), commands), encoding="utf-8")
    before = None
    while before != (before := _text_of(source)):
        _tidy(source, settings)
        _remove_unreachable(source)
        _prune_provider(source)


def without_commands(source: str, commands: Collection[str]) -> str:
    """Return the driver's source without some commands, and without the arguments that name an operation of theirs alone."""
    methods = _methods(source, DRIVER_CLASS)
    for command in commands:
        if command not in methods:
            raise PruneError(f"shellfoundry.yml leaves out '{command}', which the driver does not have")
    pruned = without_methods(source, DRIVER_CLASS, commands)
    gone = _called_modules(source) - _called_modules(pruned)
    return _without_keywords(pruned, gone)


def without_methods(source: str, class_name: str, names: Collection[str]) -> str:
    """Return a source without methods of a class, and without the comment above a section of which none is left."""
    lines = source.splitlines()
    methods = _methods(source, class_name)
    drop: set[int] = set()
    for name in set(names) & methods.keys():
        drop |= _lines_of(methods[name], lines)
    for section in _sections(methods, lines):
        if section.members <= set(names):
            drop |= section.comment
    return _joined(lines, drop)


def _joined(lines: list[str], drop: set[int]) -> str:
    return "\n".join(line for number, line in enumerate(lines) if number not in drop) + "\n"


def _methods(source: str, class_name: str) -> dict[str, ast.FunctionDef]:
    found = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == class_name]
    return {each.name: each for node in found for each in node.body if isinstance(each, ast.FunctionDef)}


def _lines_of(node: ast.FunctionDef | ast.ClassDef, lines: list[str]) -> set[int]:
    """Return the numbers of a definition's lines, from 0, with the blank ones before it."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
    while first and not lines[first - 1].strip():
        first -= 1
    assert node.end_lineno is not None
    return set(range(first, node.end_lineno))


class _Section:
    """A comment between the methods of a class, and the methods down to the next one."""

    def __init__(self, comment: set[int]) -> None:
        self.comment = comment
        self.members: set[str] = set()


def _sections(methods: dict[str, ast.FunctionDef], lines: list[str]) -> list[_Section]:
    sections: list[_Section] = []
    end = 0
    for name, node in methods.items():
        first = min(_lines_of(node, lines))
        comment = {number for number in range(end, first) if re.match(r"\s+#", lines[number])}
        if comment:
            blank = {number - 1 for number in comment if not lines[number - 1].strip()}
            sections.append(_Section(comment | blank))
        if sections:
            sections[-1].members.add(name)
        end = node.end_lineno or end
    return sections


def _called_modules(source: str) -> set[str]:
    """Return the modules of operations of which the driver calls a function."""
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {func.value.id for func in calls if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)}


def _without_keywords(source: str, modules: Collection[str]) -> str:
    """Return a source without the keyword arguments that name one of the modules."""
    spans: list[tuple[int, int]] = []
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        parts: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
        for before, part in zip(parts, parts[1:]):
            if isinstance(part, ast.keyword) and _names(part) & set(modules):
                spans.append((_offset(source, before), _offset(source, part)))
    for start, end in sorted(spans, reverse=True):
        source = source[:start] + source[end:]
    return source


def _offset(source: str, node: ast.expr | ast.keyword) -> int:
    """Return where a node ends in a source, which is ASCII up to there."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return sum(len(line) for line in source.splitlines(keepends=True)[: node.end_lineno - 1]) + node.end_col_offset


def _names(node: ast.AST) -> set[str]:
    """Return every name that is read in a node, as a name, an attribute or an import."""
    names: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            names.add(each.id)
        elif isinstance(each, ast.Attribute):
            names.add(each.attr)
        elif isinstance(each, ast.alias):
            names.add(each.name)
    return names


def _remove_unreachable(source: Path) -> None:
    """Delete the modules that nothing imports on the way from the driver."""
    reached, todo = set[Path](), [source / "driver.py"]
    while todo:
        path = todo.pop()
        if path not in reached:
            reached.add(path)
            todo += _imported(path, source)
    for path in source.rglob("*.py"):
        if path not in reached and path.relative_to(source).parts[0] != CLOUD:
            path.unlink()


def _imported(path: Path, source: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for module in modules:
            parts = module.split(".")
            folders = (source / Path(*parts[:count]) for count in range(1, len(parts) + 1))
            found = (file for folder in folders for file in (folder / "__init__.py", folder.with_suffix(".py")))
            yield from (file for file in found if file.exists())


def _prune_provider(source: Path) -> None:
    """Take out of the provider what the rest of the shell does not use."""
    files = list((source / PROVIDER).rglob("*.py"))
    others = [path for path in source.rglob("*.py") if path.relative_to(source).parts[0] not in (CLOUD, PROVIDER)]
    used = set[str]().union(*(_names(_parsed(path)) for path in others))
    for path in files:
        text = path.read_text(encoding="utf-8")
        for name in (INTERFACE, IMPLEMENTATION):
            unused = {method for method in _methods(text, name) if not method.startswith("_")} - used
            text = without_methods(text, name, unused)
        path.write_text(text, encoding="utf-8")
    for path in files:
        elsewhere = used.union(*(_names(_parsed(other)) for other in files if other != path))
        path.write_text(_without_definitions(path.read_text(encoding="utf-8"), elsewhere), encoding="utf-8")


def _without_definitions(source: str, used: Collection[str]) -> str:
    """Return a source without the functions and classes that neither others nor it itself use."""
    body, lines, drop = ast.parse(source).body, source.splitlines(), set[int]()
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            inside = set[str]().union(*(_names(other) for other in body if other is not node))
            is_private = node.name.startswith("_")
            if node.name not in inside and (is_private or node.name not in used):
                drop |= _lines_of(node, lines)
    return _joined(lines, drop)


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _text_of(source: Path) -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in sorted(source.rglob("*.py"))}


def _tidy(source: Path, settings: Path) -> None:
    """Take unused imports out, and lay the code out anew."""
    ruff = [str(Path(sys.executable).with_name("ruff"))]
    folders = [str(path) for path in sorted(source.iterdir()) if path.name != CLOUD and path.suffix in ("", ".py")]
    for command in (["check", "--select", "F401,I", "--fix"], ["format"]):
        call = [*ruff, *command, "--quiet", "--no-cache", "--config", str(settings), *folders]
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PruneError(f"The pruned sources cannot be laid out: {(done.stdout + done.stderr).strip()}")
