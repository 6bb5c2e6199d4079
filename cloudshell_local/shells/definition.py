"""A shell's definition: what the TOSCA files of its package say, checked against the standards and the driver.

The package has TOSCA-Metadata/TOSCA.meta, whose Entry-Definitions names the definition; that names the artifacts: the
driver's zip, the deployment types' zip, the icon.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.shells import standards
from cloudshell_local.shells.archive import Archive
from cloudshell_local.shells.driver_source import DriverInfo, read_driver
from cloudshell_local.shells.standards import OPTION, PROVIDER, AttributeDefinition
from cloudshell_local.shells.tosca import NodeType, Problems, ToscaFile, as_text, mapping

META = "TOSCA-Metadata/TOSCA.meta"
DEPLOYMENTS_HINT = (
    "a cloud provider needs at least one deployment type: put their YAML into a folder called `deployments` and name the "
    "artifact Deployments.zip (on Linux, shellfoundry leaves a folder called `Deployments` out without an error)"
)


@dataclass(frozen=True)
class DeploymentOption:
    """A deployment type. name: "<Model>.<type>"; its attributes have their full names."""

    name: str
    attributes: Mapping[str, AttributeDefinition]
    description: str = ""
    icon: bytes = b""


@dataclass(frozen=True)
class ShellDefinition:
    """What a package is. Its attributes have their full names; discovery: those asked for when a resource is made.

    may_remove_attributes: whether an update to it may leave out attributes that the installed version has.
    """

    name: str
    version: str
    author: str
    standard: str
    kind: str
    model: str
    family: str
    attributes: Mapping[str, AttributeDefinition]
    may_remove_attributes: bool
    discovery: Mapping[str, AttributeDefinition]
    settings: Mapping[str, str]
    concurrent: bool
    driver: DriverInfo
    driver_file: str
    options: tuple[DeploymentOption, ...] = ()
    icon: bytes = b""

    @property
    def is_l3(self) -> bool:
        """Whether it connects Apps with subnets: exactly when its driver has this command, as the developer guide says."""
        return "PrepareSandboxInfra" in self.driver.methods

    @property
    def hides_address(self) -> bool:
        """Whether no address is asked for."""
        return self.settings.get("hide_address", "").lower() == "true"


def read_definition(package: bytes, name: str = "The package") -> ShellDefinition:
    """Return what a shell's package is; raise InvalidPackage with all that is wrong with it, and where."""
    archive = Archive(package, name)
    problems: Problems = []
    definition = _read(archive, problems)
    if problems or definition is None:
        raise InvalidPackage(name, problems)
    return definition


def entry_of(meta: bytes) -> str:
    """Return the definition's file that a TOSCA.meta names, empty if it names none."""
    match = re.search(r"^Entry-Definitions:\s*(\S+)", meta.decode(errors="replace"), re.MULTILINE)
    return match[1] if match else ""


def _read(archive: Archive, problems: Problems) -> ShellDefinition | None:
    entry = _entry(archive, problems)
    file = entry and ToscaFile.read(entry, archive.read(entry), problems)
    if not file:
        return None
    shells = [node for node in file.node_types() if node.base.kind != OPTION]
    if len(shells) != 1:
        file.fail("node_types: it should have one node type of a provider or a deployed app")
        return None
    return _shell(archive, file, shells[0])


def _entry(archive: Archive, problems: Problems) -> str:
    if META not in archive:
        problems.append(f"{META} is missing; pack it with `shellfoundry pack`")
        return ""
    entry = entry_of(archive.read(META))
    if entry not in archive:
        problems.append(
            f"{META}: Entry-Definitions should name the definition in the package, as shell-definition.yaml"
        )
        return ""
    return entry


def _shell(archive: Archive, file: ToscaFile, node: NodeType) -> ShellDefinition | None:
    for needed in ("template_name", "template_version"):
        if not file.metadata.get(needed):
            file.fail(f"metadata: {needed} is missing")
    attributes = node.attributes(f"{node.model}.")
    asked = node.capability(standards.AUTO_DISCOVERY)
    driver_zip = _artifact(archive, node, "driver")
    driver = driver_zip and read_driver(driver_zip, node.problems)
    options = _options(archive, node) if node.base.kind == PROVIDER else ()
    discovery, icon = _discovery(node, attributes), _icon(archive, node)
    if not driver or not driver_zip:
        return None
    return ShellDefinition(
        name=as_text(file.metadata.get("template_name")),
        version=as_text(file.metadata.get("template_version")),
        author=as_text(file.metadata.get("template_author")),
        standard=file.standard,
        kind=node.base.kind,
        model=node.model,
        family=node.base.family,
        attributes=attributes,
        may_remove_attributes=_may_remove_attributes(node),
        discovery=discovery,
        settings={name: as_text(mapping(asked, name).get("default")) for name in standards.DISCOVERY_SETTINGS},
        concurrent=node.has_capability(standards.CONCURRENT),
        driver=driver,
        driver_file=driver_zip.name,
        options=options,
        icon=icon,
    )


def _may_remove_attributes(node: NodeType) -> bool:
    """Return the switch of the DeprecateProperties capability: on where the capability is, unless it says false.

    The type need not stand under capability_types: the server's standards lack it, as they lack SupportConcurrentCommands,
    and shells use both (docs/reference/features.md A3, docs/reference/server.md §7).
    """
    switch = node.capability(standards.DEPRECATE_PROPERTIES).get(standards.ALLOW_DEPRECATE_PROPERTIES)
    value = switch.get("default") if isinstance(switch, dict) else switch
    return node.has_capability(standards.DEPRECATE_PROPERTIES) and as_text(value).lower() != "false"


def _discovery(node: NodeType, attributes: Mapping[str, AttributeDefinition]) -> dict[str, AttributeDefinition]:
    """Return the attributes that are asked for, with the defaults and descriptions that they have there."""
    found: dict[str, AttributeDefinition] = {}
    for name, value in node.capability(standards.AUTO_DISCOVERY).items():
        known = attributes.get(f"{node.model}.{name}")
        if known:
            given = value if isinstance(value, dict) else {}
            found[f"{node.model}.{name}"] = replace(
                known,
                default=as_text(given.get("default", known.default)),
                description=as_text(given.get("description", known.description)).strip(),
            )
        elif name not in standards.DISCOVERY_SETTINGS:
            node.fail(f".capabilities: '{name}' is asked at discovery, and is not among the properties")
    return found


def _artifact(archive: Archive, node: NodeType, name: str, hint: str = "") -> Archive | None:
    file = node.artifact(name)
    if not file:
        node.fail(f".artifacts: the artifact '{name}' is missing{hint}")
    elif file not in archive:
        node.fail(f".artifacts.{name}: the package has no file {file}{hint}")
    else:
        try:
            return Archive(archive.read(file), file)
        except InvalidPackage as error:
            node.problems.append(str(error))
    return None


def _icon(archive: Archive, node: NodeType) -> bytes:
    """Return the icon that a node type names, in the zip where it stands; empty if it names none."""
    file = node.artifact("icon")
    if file and file not in archive:
        node.fail(f".artifacts.icon: {archive.name} has no file {file}")
    return archive.read(file) if file in archive else b""


def _options(archive: Archive, node: NodeType) -> tuple[DeploymentOption, ...]:
    deployments = _artifact(archive, node, "deployment", f"; {DEPLOYMENTS_HINT}")
    if not deployments:
        return ()
    before = len(node.problems)
    names = [name for name in deployments.names if name.endswith((".yaml", ".yml"))]
    found = [option for name in names for option in _options_of(deployments, name, node)]
    if not found and len(node.problems) == before:
        node.problems.append(f"{deployments.name}: it has no deployment type; {DEPLOYMENTS_HINT}")
    return tuple(found)


def _options_of(deployments: Archive, name: str, shell: NodeType) -> list[DeploymentOption]:
    file = ToscaFile.read(f"{deployments.name}/{name}", deployments.read(name), shell.problems)
    found = []
    for node in file.node_types() if file else ():
        if file and node.base.kind == OPTION:
            full_name = f"{shell.model}.{node.model}"
            attributes = node.attributes(f"{full_name}.")
            found.append(DeploymentOption(full_name, attributes, file.description, _icon(deployments, node)))
    return found
