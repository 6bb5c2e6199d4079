"""Inspection of a driver's code: the methods of its main class, and the syntax of its files.

It is done by the interpreter that the driver will run on, since versions of Python differ in their syntax. So this file is a
script, too, which needs nothing but the standard library of Python 3.7: `python driver_inspection.py <main class> <name of
the zip>` reads the driver's zip from its input and writes an inspection as JSON.
"""

from __future__ import annotations

import ast
import io
import json
import sys
import threading
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

METADATA = "drivermetadata.xml"
_UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
# The filters of Python's warnings are the process's, so that threads take turns in changing them.
_filters = threading.Lock()


class Argument(NamedTuple):
    """An argument of a method. default: the text of its default, empty unless that is a text, a number or a bool."""

    name: str
    has_default: bool = False
    default: str = ""


class Inspection(NamedTuple):
    """The result of an inspection.

    methods: the public ones in the body of the main class, with their arguments without self; None if the class is not
    found. Inherited methods are left out: CloudShell does not see them. problems, warnings: a sentence each, with its
    location.
    """

    methods: dict[str, tuple[Argument, ...]] | None
    problems: list[str]
    warnings: list[str]


class Code:
    """The Python files of a driver's zip. name: the zip's, for the sentences."""

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.files = {each: archive.read(each) for each in archive.namelist() if each.endswith(".py")}

    def file_of(self, module: str) -> str:
        """Return the file of a module, empty if the zip has none."""
        path = module.replace(".", "/")
        return next((file for file in (path + "/__init__.py", path + ".py") if file in self.files), "")

    def parsed(self, file: str) -> ast.Module | None:
        """Return the syntax tree of a file, None if it cannot be parsed."""
        try:
            with _filters, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(self.files[file])
        except _UNPARSABLE:
            return None

    def error_in(self, file: str, found: list[str]) -> str:
        """Return why a file cannot be compiled, with its location, empty if it can; add its SyntaxWarnings to a list."""
        location = f"{self.name}/{file}"
        try:
            with _filters, warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                compile(self.files[file], file, "exec", dont_inherit=True)
        except SyntaxError as error:
            return f"{location}, line {error.lineno}: invalid driver, {error.msg}"
        except _UNPARSABLE as error:  # The file has null bytes, or its expressions are nested too deeply.
            return f"{location}: invalid driver, {error}"
        found.extend(
            f"{location}, line {each.lineno}: {each.message}"
            for each in caught
            if issubclass(each.category, SyntaxWarning)
        )
        return ""


def inspect(content: bytes, main_class: str, name: str) -> Inspection:
    """Return the inspection of a driver's zip. main_class: as the metadata names it; name: the zip's, for the sentences.

    A file that cannot be compiled is a problem if the main class's module imports it, else a warning.
    """
    code = Code(content, name)
    found = Inspection(None, [], [])
    module, _, class_name = main_class.rpartition(".")
    file = code.file_of(module) if module else ""
    if not file:
        found.problems.append(f"{name}/{METADATA}: {_missing(main_class, module)}")
    used = files_used(code, file)
    for each in code.files:
        _check(code, each, each in used, found)
    tree = code.parsed(file) if file else None
    if tree is None:
        return found
    methods = _methods(tree, class_name)
    if methods is None:
        sentence = f"MainClass {main_class}: invalid driver, {file} has no class {class_name}"
        found.problems.append(f"{name}/{METADATA}: {sentence}")
    return found._replace(methods=methods)


def files_used(code: Code, file: str) -> set[str]:
    """Return a file with those of the zip that it imports, directly or through others; none for an empty name."""
    used: set[str] = set()
    pending = [file] if file else []
    while pending:
        each = pending.pop()
        if each not in used:
            used.add(each)
            pending.extend(filter(None, map(code.file_of, _imported(code.parsed(each), _package_of(each)))))
    return used


def _check(code: Code, file: str, is_used: bool, found: Inspection) -> None:
    error = code.error_in(file, found.warnings if is_used else [])
    if error and is_used:
        found.problems.append(error)
    elif error:
        found.warnings.append(
            f"{error.replace('invalid driver, ', '')}; the module of the main class does not import it"
        )


def _missing(main_class: str, module: str) -> str:
    if not module:
        return f"MainClass {main_class!r} should be a module and a class, as driver.MyDriver"
    return f"MainClass {main_class}: invalid driver, there is no {module.replace('.', '/')}.py"


def _methods(tree: ast.Module, class_name: str) -> dict[str, tuple[Argument, ...]] | None:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            return {method.name: tuple(_arguments(method)) for method in _public_methods(node)}
    return None


def _public_methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and not method.name.startswith("_") and not _is_property(method):
            yield method


def _is_property(method: ast.FunctionDef) -> bool:
    """Return whether a function is a property, or changes one: `@property`, `@size.setter`."""
    names = [
        each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in method.decorator_list
    ]
    return any(name in ("property", "cached_property", "setter", "deleter") for name in names)


def _arguments(method: ast.FunctionDef) -> Iterator[Argument]:
    """Yield the arguments of a method without the first one, self, which a static method lacks."""
    of_method = method.args
    names = [*getattr(of_method, "posonlyargs", []), *of_method.args]
    defaults: list[ast.expr | None] = [None] * (len(names) - len(of_method.defaults))
    pairs = list(zip(names, [*defaults, *of_method.defaults]))
    is_static = any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in method.decorator_list)
    for argument, default in [*pairs[0 if is_static else 1 :], *zip(of_method.kwonlyargs, of_method.kw_defaults)]:
        yield Argument(argument.arg, default is not None, _text_of(default))


def _text_of(default: ast.expr | None) -> str:
    try:
        value = ast.literal_eval(default) if default else None
    except ValueError:  # It is no literal.
        return ""
    return str(value) if isinstance(value, (str, bool, int, float)) else ""


def _package_of(file: str) -> str:
    return file.rpartition("/")[0].replace("/", ".")


def _imported(tree: ast.Module | None, package: str) -> Iterator[str]:
    """Yield the names of all modules that a file of a package may import, wherever in it."""
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_parents(alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            yield from _with_parents(base)
            yield from (f"{base}.{alias.name}" if base else alias.name for alias in node.names)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    return ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])


def _with_parents(module: str) -> Iterator[str]:
    parts = module.split(".")
    return (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def from_json(content: str) -> Inspection:
    """Return the inspection that this script has written."""
    fields: dict[str, Any] = json.loads(content)
    methods = fields["methods"]
    if methods is not None:
        methods = {name: tuple(Argument(*each) for each in found) for name, found in methods.items()}
    return Inspection(methods, fields["problems"], fields["warnings"])


if __name__ == "__main__":
    sys.stdout.write(json.dumps(inspect(sys.stdin.buffer.read(), *sys.argv[1:])._asdict()))
