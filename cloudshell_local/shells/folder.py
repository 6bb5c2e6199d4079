"""Packing of a shell's project folder, so that a developer need not pack after each change.

The package is the one that `shellfoundry pack` makes: the files that TOSCA.meta and the definition name, the driver's zip
from `src`, and Deployments.zip from `deployments`.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.shells.definition import META, definition_file
from cloudshell_local.shells.findings import Findings
from cloudshell_local.shells.tosca import ToscaFile

FOLDERS = {"driver": "src", "deployment": "deployments"}
_EXCLUDED = re.compile(r"__pycache__|\..*|.*\.pyc")


def package_of(folder: Path) -> bytes:
    """Return the package of a shell's project folder, or the content of a package; raise InvalidPackage for other paths."""
    if folder.is_file():
        return folder.read_bytes()
    meta = folder / META
    if not meta.is_file():
        hint = "name a shell's project folder, as build/L2HeavenlyCloudShell, or its zip"
        raise InvalidPackage(f"The folder {folder}", [f"it has no {META}; {hint}"])
    entry = definition_file(meta.read_bytes())
    if not (folder / entry).is_file():
        raise InvalidPackage(f"The folder {folder}", [f"{META}: Entry-Definitions names '{entry}', which is not there"])
    files = {META: meta.read_bytes(), entry: (folder / entry).read_bytes()}
    for artifact, file in _artifacts(entry, files[entry]).items():
        files.update(_artifact(folder, artifact, file))
    return _zipped(files)


def _artifacts(entry: str, content: bytes) -> dict[str, str]:
    """Return the files of the artifacts that a definition names; its problems are found when the package is installed."""
    definition = ToscaFile.read(entry, content, Findings())
    nodes = definition.node_types() if definition else []
    named = {name: node.artifact(name) for node in nodes for name in (*FOLDERS, "icon")}
    return {name: file for name, file in named.items() if file}


def _artifact(folder: Path, artifact: str, file: str) -> dict[str, bytes]:
    """Return an artifact's file by its name, empty if there is none: this is found when the package is installed."""
    source = folder / FOLDERS.get(artifact, file)
    if artifact in FOLDERS:
        return {file: _zipped({name: path.read_bytes() for name, path in _files(source)})} if source.is_dir() else {}
    inside = source.resolve().is_relative_to(folder.resolve())
    return {file: source.read_bytes()} if inside and source.is_file() else {}


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(_EXCLUDED.fullmatch(part) for part in parts):
            yield "/".join(parts), path


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
