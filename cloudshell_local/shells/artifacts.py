"""Artifacts of a node type: the files of the package that it names under `artifacts`."""

from __future__ import annotations

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.shells.archive import Archive
from cloudshell_local.shells.tosca import NodeType


def artifact_archive(package: Archive, node: NodeType, name: str, hint: str = "") -> Archive | None:
    """Return the zip that a node type names as an artifact; None, and a problem, if there is none.

    hint: is added to the problem of a zip that is missing.
    """
    file = node.artifact(name)
    if not file:
        node.fail(f".artifacts: the artifact '{name}' is missing{hint}")
    elif file not in package:
        node.fail(f".artifacts.{name}: the package has no file {file}{hint}")
    else:
        try:
            return Archive(package.read(file), file)
        except InvalidPackage as error:
            node.findings.fail(str(error))
    return None


def icon(archive: Archive, node: NodeType) -> bytes:
    """Return the icon that a node type names, from the zip that its definition is in; empty if it names none."""
    file = node.artifact("icon")
    if file and file not in archive:
        node.fail(f".artifacts.icon: {archive.name} has no file {file}")
    return archive.read(file) if file in archive else b""
