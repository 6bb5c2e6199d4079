"""What a driver's files tell: the commands of drivermetadata.xml, and those that the main class really has.

CloudShell reads the commands from the main class's own body: inherited methods are not seen, and every public method is a
command, also one that the metadata does not list.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from cloudshell_local import xml
from cloudshell_local.shells.archive import Archive

METADATA = "drivermetadata.xml"
REQUIREMENTS = "requirements.txt"
LIFECYCLE = ("initialize", "cleanup", "get_inventory")
REMOTE_TAG = "power"
PYTHON_HINT = 'say PythonVersion="3"; without it CloudShell runs Python 2'


@dataclass(frozen=True)
class Parameter:
    """One that the user types. values: those of a Lookup."""

    name: str
    description: str = ""
    type: str = "String"
    mandatory: bool = False
    default: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class CommandInfo:
    """A command: how the metadata shows it (hidden: only the API calls it), and what its method takes, by name."""

    name: str
    display_name: str = ""
    description: str = ""
    hidden: bool = False
    admin_only: bool = False
    tags: tuple[str, ...] = ()
    cancellable: bool = False
    parameters: tuple[Parameter, ...] = ()
    arguments: tuple[str, ...] = ()

    @property
    def is_remote(self) -> bool:
        """Whether it is a command of the deployed apps, not of the provider resource."""
        return any(tag == REMOTE_TAG or tag.startswith("remote_") for tag in self.tags)


@dataclass(frozen=True)
class DriverInfo:
    """methods: the main class's public methods by name, lifecycle ones included, with the names of their arguments."""

    name: str
    main_class: str
    commands: Mapping[str, CommandInfo] = field(default_factory=dict)
    methods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_driver(driver: Archive, problems: list[str]) -> DriverInfo | None:
    """Return what a driver's zip tells, or None; what is wrong with it is added to the problems, with its place."""
    place = f"{driver.name}/{METADATA}"
    problems.extend(_syntax_errors(driver))
    if METADATA not in driver:
        problems.append(f"{place}: it is missing; it names the MainClass and shows the commands")
        return None
    try:
        root = xml.read(driver.read(METADATA))
    except xml.NotXml as error:
        problems.append(f"{place}: {error}")
        return None
    return _read(driver, root, place, problems)


def _read(driver: Archive, root: Element, place: str, problems: list[str]) -> DriverInfo | None:
    version = root.get("PythonVersion", "")
    if not version:
        problems.append(f"{place}: PythonVersion is missing; {PYTHON_HINT}")
    elif not version.startswith("3"):
        problems.append(f"{place}: PythonVersion {version!r} is not supported; {PYTHON_HINT}")
    main_class = root.get("MainClass", "")
    methods = _methods(driver, main_class, place, problems)
    if methods is None:
        return None
    listed = {command.name: command for command in _commands(root, methods)}
    for name in listed:
        if name not in methods:
            problems.append(f"{place}: it lists the command '{name}', which the body of {main_class} does not have")
    found = {
        name: CommandInfo(name, arguments=arguments) for name, arguments in methods.items() if name not in LIFECYCLE
    }
    return DriverInfo(root.get("Name", ""), main_class, {**found, **listed}, methods)


def _methods(driver: Archive, main_class: str, place: str, problems: list[str]) -> dict[str, tuple[str, ...]] | None:
    module, _, name = main_class.rpartition(".")
    if not module:
        problems.append(f"{place}: MainClass {main_class!r} should be a module and a class, as driver.MyDriver")
        return None
    files = [
        file for file in (f"{module.replace('.', '/')}.py", f"{module.replace('.', '/')}/__init__.py") if file in driver
    ]
    if not files:
        problems.append(f"{place}: MainClass {main_class}: invalid driver, there is no {module.replace('.', '/')}.py")
        return None
    try:
        tree = ast.parse(driver.read(files[0]))
    except (SyntaxError, ValueError):
        return None  # It is among the problems already, with its line.
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return {method.name: _arguments(method) for method in _public_methods(node)}
    problems.append(f"{place}: MainClass {main_class}: invalid driver, {files[0]} has no class {name}")
    return None


def _public_methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
            yield method


def _arguments(method: ast.FunctionDef) -> tuple[str, ...]:
    return tuple(
        argument.arg for argument in [*method.args.posonlyargs, *method.args.args, *method.args.kwonlyargs][1:]
    )


def _commands(root: Element, methods: Mapping[str, tuple[str, ...]]) -> Iterator[CommandInfo]:
    for category in root.iter("Category"):
        for command in category.findall("Command"):
            name = command.get("Name", "")
            yield CommandInfo(
                name,
                command.get("DisplayName", ""),
                command.get("Description", ""),
                category.get("Name") == "Hidden Commands",
                command.get("Visibility", "") == "AdminOnly",
                _words(command.get("Tags", "")),
                command.get("EnableCancellation", "").lower() == "true",
                tuple(_parameter(parameter) for parameter in command.iter("Parameter")),
                methods.get(name, ()),
            )


def _parameter(parameter: Element) -> Parameter:
    return Parameter(
        parameter.get("Name", ""),
        parameter.get("Description", ""),
        parameter.get("Type", "String"),
        parameter.get("Mandatory", "").lower() == "true",
        parameter.get("DefaultValue", ""),
        _words(parameter.get("AllowedValues", "")),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _syntax_errors(driver: Archive) -> Iterator[str]:
    for file in driver.names:
        if file.endswith(".py"):
            try:
                compile(driver.read(file), file, "exec", dont_inherit=True)
            except SyntaxError as error:
                yield f"{driver.name}/{file}, line {error.lineno}: invalid driver, {error.msg}"
            except ValueError as error:  # It has null bytes.
                yield f"{driver.name}/{file}: invalid driver, {error}"
