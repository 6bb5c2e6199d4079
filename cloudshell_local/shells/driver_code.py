"""Python code of a driver: the methods of its main class, and syntax errors in any of its files."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cloudshell_local.shells.archive import Archive
from cloudshell_local.shells.findings import Findings

Methods = dict[str, tuple[str, ...]]  # the names of the arguments, without self, by the name of the method


def main_class_methods(driver: Archive, main_class: str, location: str, findings: Findings) -> Methods | None:
    """Return the public methods in the body of a driver's main class; None if the class is not found.

    Inherited methods are left out: CloudShell does not see them. location: of the metadata that names the class; findings:
    gets a sentence when the class is not found, unless the file has a syntax error (see `syntax_errors`).
    """
    module, _, name = main_class.rpartition(".")
    if not module:
        findings.fail(f"{location}: MainClass {main_class!r} should be a module and a class, as driver.MyDriver")
        return None
    path = module.replace(".", "/")
    files = [file for file in (f"{path}.py", f"{path}/__init__.py") if file in driver]
    if not files:
        findings.fail(f"{location}: MainClass {main_class}: invalid driver, there is no {path}.py")
        return None
    try:
        tree = ast.parse(driver.read(files[0]))
    except (SyntaxError, ValueError):
        return None
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return {method.name: _arguments(method) for method in _public_methods(node)}
    findings.fail(f"{location}: MainClass {main_class}: invalid driver, {files[0]} has no class {name}")
    return None


def syntax_errors(driver: Archive) -> Iterator[str]:
    """Yield a sentence for each Python file that cannot be compiled, with its location."""
    for file in driver.names:
        if file.endswith(".py"):
            try:
                compile(driver.read(file), file, "exec", dont_inherit=True)
            except SyntaxError as error:
                yield f"{driver.name}/{file}, line {error.lineno}: invalid driver, {error.msg}"
            except ValueError as error:  # The file has null bytes.
                yield f"{driver.name}/{file}: invalid driver, {error}"


def _public_methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
            yield method


def _arguments(method: ast.FunctionDef) -> tuple[str, ...]:
    arguments = [*method.args.posonlyargs, *method.args.args, *method.args.kwonlyargs]
    return tuple(argument.arg for argument in arguments[1:])
