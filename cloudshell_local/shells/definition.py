"""Definition of a shell: the contents of its package, checked against the standards and the driver.

The package has TOSCA-Metadata/TOSCA.meta, whose Entry-Definitions names the definition's file. That file names the
artifacts: the driver's zip, the deployment types' zip and the icon (docs/reference/server.md §7).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.shells import standards
from cloudshell_local.shells.archive import Archive
from cloudshell_local.shells.artifacts import artifact_archive, icon
from cloudshell_local.shells.deployment_options import DeploymentOption, read_deployment_options
from cloudshell_local.shells.discovery import Discovery, read_discovery
from cloudshell_local.shells.driver_source import DriverInfo, Inspect, inspect_here, read_driver
from cloudshell_local.shells.findings import Findings
from cloudshell_local.shells.standards import OPTION, PROVIDER, AttributeDefinition
from cloudshell_local.shells.tosca import NodeType, ToscaFile
from cloudshell_local.shells.yaml_data import as_text

META = "TOSCA-Metadata/TOSCA.meta"
# As the names of resources and Apps have it; the real server's rule is not known.
LONGEST_METADATA = 100
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ShellDefinition:
    """A shell: its model with the attributes by their full names, its driver and its deployment types.

    kind: PROVIDER or APP; standard: the file name of the standard that it imports; may_remove_attributes: whether an update
    to this version may leave out attributes of the installed one; concurrent: whether commands of its driver may run at the
    same time; options: its deployment types; warnings: of the check of its package.
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
    discovery: Discovery
    concurrent: bool
    driver: DriverInfo
    options: tuple[DeploymentOption, ...] = ()
    icon: bytes = b""
    warnings: tuple[str, ...] = ()

    @property
    def is_l3(self) -> bool:
        """Whether it connects Apps with subnets: its driver has PrepareSandboxInfra (docs/reference/server.md §6)."""
        return "PrepareSandboxInfra" in self.driver.methods


def read_definition(
    package: bytes, name: str = "The package", inspect_driver: Inspect = inspect_here
) -> ShellDefinition:
    """Return the definition of a shell's package; raise InvalidPackage with all its problems and their locations.

    name: the package's, for the error. inspect_driver: inspects the driver's code.
    """
    archive = Archive(package, name)
    findings = Findings()
    definition = _read(archive, findings, inspect_driver)
    if findings.problems or definition is None:
        raise InvalidPackage(name, findings.problems)
    return replace(definition, warnings=tuple(findings.warnings))


def read_installed(package: bytes, name: str, inspect_driver: Inspect) -> ShellDefinition:
    """Return the definition of a package that was installed before; its problems are logged.

    It was good then: the rules of another version of the server, or a Python that was deleted, keep no server from starting.
    Raises InvalidPackage for a package that cannot be read at all.
    """
    findings = Findings()
    definition = _read(Archive(package, name), findings, inspect_driver)
    if definition is None:
        raise InvalidPackage(name, findings.problems)
    for problem in findings.problems:
        logger.warning("Shell %s: %s", name, problem)
    return replace(definition, warnings=tuple(findings.warnings))


def definition_file(meta: bytes) -> str:
    """Return the name of the definition's file that a TOSCA.meta has, empty if it has none."""
    match = re.search(r"^Entry-Definitions:\s*(\S+)", meta.decode(errors="replace"), re.MULTILINE)
    return match[1] if match else ""


def _read(archive: Archive, findings: Findings, inspect_driver: Inspect) -> ShellDefinition | None:
    entry = _entry(archive, findings)
    file = entry and ToscaFile.read(entry, archive.read(entry), findings)
    if not file or not file.base_types:
        return None
    shells = [node for node in file.node_types() if node.base.kind != OPTION]
    if len(shells) != 1:
        file.fail("node_types: it should have one node type of a provider or a deployed app")
        return None
    return _shell(archive, file, shells[0], inspect_driver)


def _entry(archive: Archive, findings: Findings) -> str:
    if META not in archive:
        findings.fail(f"{META} is missing; pack it with `shellfoundry pack`")
        return ""
    entry = definition_file(archive.read(META))
    if entry not in archive:
        findings.fail(f"{META}: Entry-Definitions should name the definition in the package, as shell-definition.yaml")
        return ""
    return entry


def _shell(archive: Archive, file: ToscaFile, node: NodeType, inspect_driver: Inspect) -> ShellDefinition | None:
    """Return the shell of a node type. All its parts are read, even if one has problems, so that all problems are found."""
    _check_metadata(file)
    attributes = node.attributes(f"{node.model}.")
    driver_zip = artifact_archive(archive, node, "driver")
    driver = driver_zip and read_driver(driver_zip, node.findings, inspect_driver)
    options = read_deployment_options(archive, node) if node.base.kind == PROVIDER else ()
    discovery, shell_icon = read_discovery(node, attributes), icon(archive, node)
    if not driver:
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
        may_remove_attributes=node.may_remove_attributes,
        discovery=discovery,
        concurrent=node.has_capability(standards.CONCURRENT),
        driver=driver,
        options=options,
        icon=shell_icon,
    )


def _check_metadata(file: ToscaFile) -> None:
    for name in ("template_name", "template_version"):
        if not file.metadata.get(name):
            file.fail(f"metadata: {name} is missing")
    for name in ("template_name", "template_version", "template_author"):
        value = file.metadata.get(name)
        text = as_text(value)
        if isinstance(value, (dict, list)) or len(text) > LONGEST_METADATA or (text and not text.isprintable()):
            file.fail(f"metadata: {name} should be a text of at most {LONGEST_METADATA} characters, in one line")
