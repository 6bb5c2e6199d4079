"""Driver of a package: the commands that its main class has, named and described by its drivermetadata.xml.

Every public method in the body of the main class is a command, also one that the metadata does not list. The parameters of
a command are the arguments of its method, in their order; the metadata names, describes and decorates them
(docs/reference/server.md §4, docs/reference/features.md A1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cloudshell_local.shells.archive import Archive
from cloudshell_local.shells.driver_inspection import METADATA, Argument, Inspection, inspect
from cloudshell_local.shells.driver_metadata import HIDDEN_CATEGORY, DriverMetadata, ListedCommand, read_metadata
from cloudshell_local.shells.findings import Findings

REQUIREMENTS = "requirements.txt"
LIFECYCLE = ("initialize", "cleanup", "get_inventory")
REMOTE_TAG = "power"
PYTHON_HINT = 'set PythonVersion="3"; without it CloudShell runs Python 2'
# Arguments that the server fills in, so that they are no parameters.
BUILT_IN_ARGUMENTS = ("context", "cancellation_context", "ports")

# Inspects a driver's zip with the interpreter for its PythonVersion.
Inspect = Callable[[Archive, DriverMetadata], Inspection]


@dataclass(frozen=True)
class Parameter:
    """Parameter of a command that users fill in.

    mandatory: whether the metadata says so; then an empty value is refused, too. default: the value that it gets when none
    is given; None if one must be given. own_default: whether that is the default of the method's argument, which the method
    then gets by itself. values: those of a lookup, empty if any value is allowed.
    """

    name: str
    display_name: str = ""
    description: str = ""
    type: str = "String"
    mandatory: bool = False
    default: str | None = None
    own_default: bool = False
    values: tuple[str, ...] = ()

    @property
    def is_required(self) -> bool:
        """Whether a value must be given, or must not be empty."""
        return self.mandatory or self.default is None

    @property
    def title(self) -> str:
        """The name that people see."""
        return self.display_name or self.name


@dataclass(frozen=True)
class CommandInfo:
    """A command of a driver.

    category: of the metadata, empty if it stands in none; arguments: the names of its method's arguments; parameters: those
    that the caller fills in, in the order of the arguments.
    """

    name: str
    display_name: str = ""
    description: str = ""
    category: str = ""
    admin_only: bool = False
    tags: tuple[str, ...] = ()
    cancellable: bool = False
    parameters: tuple[Parameter, ...] = ()
    arguments: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name that people see."""
        return self.display_name or self.name

    @property
    def hidden(self) -> bool:
        """Whether the portal does not show it. The API lists it all the same."""
        return self.category == HIDDEN_CATEGORY

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
    methods: Mapping[str, tuple[Argument, ...]] = field(default_factory=dict)


def inspect_here(driver: Archive, metadata: DriverMetadata) -> Inspection:
    """Inspect a driver with the interpreter that runs this."""
    return inspect(driver.content, metadata.main_class, driver.name)


def read_driver(driver: Archive, findings: Findings, inspect_driver: Inspect = inspect_here) -> DriverInfo | None:
    """Return the driver in a zip, or None if it cannot be read; what is found to be wrong is added to the findings."""
    location = f"{driver.name}/{METADATA}"
    if METADATA not in driver:
        findings.fail(f"{location}: it is missing; it names the MainClass and shows the commands")
        return None
    metadata = read_metadata(driver.read(METADATA), location, findings)
    if not metadata:
        return None
    _check_python_version(metadata.python_version, location, findings)
    found = inspect_driver(driver, metadata)
    for problem in found.problems:
        findings.fail(problem)
    for warning in found.warnings:
        findings.warn(warning)
    if found.methods is None:
        return None
    commands = _commands(metadata, found.methods, location, findings)
    return DriverInfo(metadata.name, metadata.main_class, driver.name, commands, found.methods)


def _check_python_version(version: str, location: str, findings: Findings) -> None:
    if not version:
        findings.fail(f"{location}: PythonVersion is missing; {PYTHON_HINT}")
    elif version.partition(".")[0] != "3":
        findings.fail(f"{location}: PythonVersion {version!r} is not supported; {PYTHON_HINT}")


def _commands(
    metadata: DriverMetadata, methods: Mapping[str, tuple[Argument, ...]], location: str, findings: Findings
) -> dict[str, CommandInfo]:
    """Return the commands in the order of their methods."""
    for described in metadata.commands.values():
        for problem in _lacking(described, methods, metadata.main_class):
            findings.warn(f"{location}: {problem}")
    names = [name for name in methods if name not in LIFECYCLE or name in metadata.commands]
    return {name: _command(metadata.commands.get(name, ListedCommand(name, "", {})), methods[name]) for name in names}


def _lacking(described: ListedCommand, methods: Mapping[str, tuple[Argument, ...]], main_class: str) -> Iterator[str]:
    """Yield a sentence for the command, or for each parameter of it, that the code does not have."""
    if described.name not in methods:
        yield f"it lists the command '{described.name}', which the body of {main_class} does not have"
        return
    arguments = [argument.name for argument in methods[described.name]]
    for name in described.parameters:
        if name not in arguments:
            yield f"it lists the parameter '{name}' of the command '{described.name}', whose method has no such argument"


def _command(described: ListedCommand, arguments: tuple[Argument, ...]) -> CommandInfo:
    attributes = described.attributes
    asked = [argument for argument in arguments if argument.name not in BUILT_IN_ARGUMENTS]
    return CommandInfo(
        name=described.name,
        display_name=attributes.get("DisplayName", ""),
        description=attributes.get("Description", ""),
        category=described.category,
        admin_only=attributes.get("Visibility", "") == "AdminOnly",
        tags=_comma_separated(attributes.get("Tags", "")),
        cancellable=attributes.get("EnableCancellation", "").lower() == "true",
        parameters=tuple(_parameter(argument, described.parameters.get(argument.name)) for argument in asked),
        arguments=tuple(argument.name for argument in arguments),
    )


def _parameter(argument: Argument, described: Mapping[str, str] | None) -> Parameter:
    own_default = argument.default if argument.has_default else None
    if described is None:
        return Parameter(argument.name, default=own_default, own_default=argument.has_default)
    default = described.get("DefaultValue", "")
    mandatory = described.get("Mandatory", "").lower() == "true"
    return Parameter(
        name=argument.name,
        display_name=described.get("DisplayName", ""),
        description=described.get("Description", ""),
        type=described.get("Type", "String"),
        mandatory=mandatory,
        default=default or (own_default if argument.has_default else None if mandatory else ""),
        own_default=argument.has_default and not default,
        values=_comma_separated(described.get("AllowedValues", "")),
    )


def _comma_separated(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
