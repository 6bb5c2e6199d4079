"""A shell's project folder as a package, so that a developer need not pack after each change.

It is made as `shellfoundry pack` does: what TOSCA.meta and the definition name, the driver's zip of `src`, and
Deployments.zip of `deployments`.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.shells.definition import META, entry_of
from cloudshell_local.shells.tosca import ToscaFile

FOLDERS = {"driver": "src", "deployment": "deployments"}
_LEFT_OUT = re.compile(r"__pycache__|\..*|.*\.pyc")


def package_of(folder: Path) -> bytes:
    """Return the package of a shell's folder, or of a zip; raise InvalidPackage for what is neither."""
    if folder.is_file():
        return folder.read_bytes()
    meta = folder / META
    if not meta.is_file():
        hint = "name a shell's project folder, as build/L2HeavenlyCloudShell, or its zip"
        raise InvalidPackage(f"The folder {folder}", [f"it has no {META}; {hint}"])
    entry = entry_of(meta.read_bytes())
    if not (folder / entry).is_file():
        raise InvalidPackage(f"The folder {folder}", [f"{META}: Entry-Definitions names '{entry}', which is not there"])
    files = {META: meta.read_bytes(), entry: (folder / entry).read_bytes()}
    for artifact, file in _artifacts(entry, files[entry]).items():
        files.update(_artifact(folder, artifact, file))
    return _zipped(files)


def _artifacts(entry: str, content: bytes) -> dict[str, str]:
    """Return the files of the artifacts that a definition names; what is wrong with it, the package's check tells."""
    definition = ToscaFile.read(entry, content, [])
    nodes = definition.node_types() if definition else []
    named = {name: node.artifact(name) for node in nodes for name in (*FOLDERS, "icon")}
    return {name: file for name, file in named.items() if file}


def _artifact(folder: Path, artifact: str, file: str) -> dict[str, bytes]:
    """Return an artifact's file, if there is one: what is missing, the package's check tells."""
    source = folder / FOLDERS.get(artifact, file)
    if artifact in FOLDERS:
        return {file: _zipped({name: path.read_bytes() for name, path in _files(source)})} if source.is_dir() else {}
    inside = source.resolve().is_relative_to(folder.resolve())
    return {file: source.read_bytes()} if inside and source.is_file() else {}


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(_LEFT_OUT.fullmatch(part) for part in parts):
            yield "/".join(parts), path


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
