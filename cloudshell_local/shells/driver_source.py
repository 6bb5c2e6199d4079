"""Driver of a package: the commands that its drivermetadata.xml lists and those that its main class has.

Every public method in the body of the main class is a command, also one that the metadata does not list; the metadata names,
describes and decorates it (docs/reference/server.md §4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from cloudshell_local import xml
from cloudshell_local.shells.archive import Archive
from cloudshell_local.shells.driver_code import Methods, main_class_methods, syntax_errors
from cloudshell_local.shells.findings import Findings

METADATA = "drivermetadata.xml"
REQUIREMENTS = "requirements.txt"
LIFECYCLE = ("initialize", "cleanup", "get_inventory")
REMOTE_TAG = "power"
PYTHON_HINT = 'set PythonVersion="3"; without it CloudShell runs Python 2'


@dataclass(frozen=True)
class Parameter:
    """Parameter of a command that users fill in. values: those of a lookup, empty if any value is allowed."""

    name: str
    description: str = ""
    type: str = "String"
    mandatory: bool = False
    default: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class CommandInfo:
    """A command of a driver. hidden: not shown to users; arguments: the names of its method's arguments."""

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
    """A driver. file: its zip in the package; methods: the main class's public methods, those of LIFECYCLE included."""

    name: str
    main_class: str
    file: str
    commands: Mapping[str, CommandInfo] = field(default_factory=dict)
    methods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_driver(driver: Archive, findings: Findings) -> DriverInfo | None:
    """Return the driver in a zip, or None if it cannot be read; what is found to be wrong is added to the findings."""
    location = f"{driver.name}/{METADATA}"
    for error in syntax_errors(driver):
        findings.fail(error)
    if METADATA not in driver:
        findings.fail(f"{location}: it is missing; it names the MainClass and shows the commands")
        return None
    try:
        root = xml.read(driver.read(METADATA))
    except xml.NotXml as error:
        findings.fail(f"{location}: {error}")
        return None
    return _read(driver, root, location, findings)


def _read(driver: Archive, root: Element, location: str, findings: Findings) -> DriverInfo | None:
    _check_python_version(root, location, findings)
    main_class = root.get("MainClass", "")
    methods = main_class_methods(driver, main_class, location, findings)
    if methods is None:
        return None
    described = {command.name: command for command in _listed_commands(root, methods)}
    for name in list(described):
        if name not in methods:
            findings.warn(f"{location}: it lists the command '{name}', which the body of {main_class} does not have")
            del described[name]
    public = {name: CommandInfo(name, arguments=names) for name, names in methods.items() if name not in LIFECYCLE}
    return DriverInfo(root.get("Name", ""), main_class, driver.name, {**public, **described}, methods)


def _check_python_version(root: Element, location: str, findings: Findings) -> None:
    version = root.get("PythonVersion", "")
    if not version:
        findings.fail(f"{location}: PythonVersion is missing; {PYTHON_HINT}")
    elif not version.startswith("3"):
        findings.fail(f"{location}: PythonVersion {version!r} is not supported; {PYTHON_HINT}")


def _listed_commands(root: Element, methods: Methods) -> Iterator[CommandInfo]:
    for category in root.iter("Category"):
        for command in category.findall("Command"):
            yield _command(command, category.get("Name") == "Hidden Commands", methods)


def _command(command: Element, hidden: bool, methods: Methods) -> CommandInfo:
    name = command.get("Name", "")
    return CommandInfo(
        name=name,
        display_name=command.get("DisplayName", ""),
        description=command.get("Description", ""),
        hidden=hidden,
        admin_only=command.get("Visibility", "") == "AdminOnly",
        tags=_comma_separated(command.get("Tags", "")),
        cancellable=command.get("EnableCancellation", "").lower() == "true",
        parameters=tuple(_parameter(parameter) for parameter in command.iter("Parameter")),
        arguments=methods.get(name, ()),
    )


def _parameter(parameter: Element) -> Parameter:
    return Parameter(
        name=parameter.get("Name", ""),
        description=parameter.get("Description", ""),
        type=parameter.get("Type", "String"),
        mandatory=parameter.get("Mandatory", "").lower() == "true",
        default=parameter.get("DefaultValue", ""),
        values=_comma_separated(parameter.get("AllowedValues", "")),
    )


def _comma_separated(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
