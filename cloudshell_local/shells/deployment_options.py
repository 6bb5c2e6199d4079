"""Deployment types of a cloud provider's shell: the node types in its Deployments.zip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cloudshell_local.shells.archive import Archive
from cloudshell_local.shells.artifacts import artifact_archive, icon
from cloudshell_local.shells.standards import OPTION, AttributeDefinition
from cloudshell_local.shells.tosca import NodeType, ToscaFile
from cloudshell_local.shells.yaml_reader import MAX_BYTES

DEPLOYMENTS_HINT = (
    "a cloud provider needs at least one deployment type: put their YAML into a folder called `deployments` and name the "
    "artifact Deployments.zip (on Linux, shellfoundry leaves a folder called `Deployments` out without an error)"
)


@dataclass(frozen=True)
class DeploymentOption:
    """A deployment type. name: "<Model>.<deployment type>", with which the names of its attributes begin.

    may_remove_attributes: whether an update to this version may leave out attributes of the installed one.
    """

    name: str
    attributes: Mapping[str, AttributeDefinition]
    description: str = ""
    icon: bytes = b""
    may_remove_attributes: bool = False


def read_deployment_options(package: Archive, shell: NodeType) -> tuple[DeploymentOption, ...]:
    """Return the deployment types of a cloud provider; none, and a problem, if there are none."""
    deployments = artifact_archive(package, shell, "deployment", f"; {DEPLOYMENTS_HINT}")
    if not deployments:
        return ()
    problems_before = len(shell.findings.problems)
    files = [name for name in deployments.names if name.endswith((".yaml", ".yml"))]
    if sum(map(deployments.size, files)) > MAX_BYTES:
        shell.findings.fail(f"{deployments.name}: its YAML has more than {MAX_BYTES >> 10} KB, which is what is read")
        return ()
    found = [option for file in files for option in _options(deployments, file, shell)]
    if not found and len(shell.findings.problems) == problems_before:
        shell.findings.fail(f"{deployments.name}: it has no deployment type; {DEPLOYMENTS_HINT}")
    return tuple(found)


def _options(deployments: Archive, name: str, shell: NodeType) -> list[DeploymentOption]:
    file = ToscaFile.read(f"{deployments.name}/{name}", deployments.read(name), shell.findings)
    if not file:
        return []
    nodes = [node for node in file.node_types() if node.base.kind == OPTION]
    return [_option(deployments, file, node, f"{shell.model}.{node.model}") for node in nodes]


def _option(deployments: Archive, file: ToscaFile, node: NodeType, name: str) -> DeploymentOption:
    return DeploymentOption(
        name, node.attributes(f"{name}."), file.description, icon(deployments, node), node.may_remove_attributes
    )
