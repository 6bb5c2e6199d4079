"""Packs the shells: each is this project minus what shellfoundry.yml says that it leaves out, under its own name.

The result, build/<Shell>/, is an ordinary shell project; the stock `shellfoundry pack` makes dist/<Shell>.zip of it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import tomllib
from ruamel.yaml import YAML

from cloudshell_local.execution.environments import ensure_environment
from heavenly.prune import PruneError, prune_sources

PROJECT = Path(__file__).resolve().parent.parent
BUILD = PROJECT / "build"
ENVIRONMENTS = BUILD / "environments"
# What a driver needs for a cloud in a SQLite file or a PostgreSQL database, beside requirements.txt.
STORE_REQUIREMENTS = "requirements-stores.txt"
# Comments in the driver name sections of its page wire.md, so it goes with them.
REFERENCE = Path("docs") / "reference"
BASE_NAME = "HeavenlyCloudShell"  # what stands for the shell's name in the project
VERSION_MARK = "PROJECT_VERSION"  # what stands for the version of pyproject.toml
PACKED_AT = 1577836800  # 2020-01-01, the time of every packed file: what is the same shall look the same
TOSCA_META = """TOSCA-Meta-File-Version: 1.0
CSAR-Version: 0.1.0
Created-By: HeavenlyCloud
Entry-Definitions: shell-definition.yaml
"""

Report = Callable[[str], None]


class PackError(Exception):
    """Reason why a shell cannot be packed, in one sentence."""


@dataclass(frozen=True)
class Shell:
    """One entry of shellfoundry.yml."""

    name: str
    left_out_commands: frozenset[str]
    left_out_attributes: frozenset[str]


def shells(project: Path = PROJECT) -> list[Shell]:
    """Return the shells that shellfoundry.yml names; raise PackError."""
    try:
        items = YAML(typ="safe").load(project / "shellfoundry.yml")["shells"]
        return [
            Shell(name, frozenset(entry["leaves_out"]["commands"]), frozenset(entry["leaves_out"]["attributes"]))
            for name, entry in items.items()
        ]
    except (OSError, KeyError, TypeError) as error:
        raise PackError(
            "shellfoundry.yml should have 'shells', and each 'leaves_out' with 'commands' and 'attributes'"
        ) from error


def pack(build: Path = BUILD, report: Report = print, project: Path = PROJECT, with_stores: bool = False) -> list[Path]:
    """Write all shells to the build folder and pack them; return their zips.

    with_stores: whether their drivers get the packages that a cloud in a store needs. Raises PackError.
    """
    foundry = shellfoundry(report)
    zips = []
    for shell in shells(project):
        report(f"Packing {shell.name}")
        folder = write_shell(shell, build, project, with_stores)
        zips.append(_run_shellfoundry(foundry, folder, shell.name))
    return zips


def shellfoundry(report: Report = lambda _: None) -> Path:
    """Return the stock shellfoundry's command, in an environment of its own."""
    python = ensure_environment(PROJECT / "heavenly" / "shellfoundry.lock", ENVIRONMENTS, report=report)
    return python.with_name("shellfoundry")


def write_shell(shell: Shell, build: Path, project: Path = PROJECT, with_stores: bool = False) -> Path:
    """Write build/<Shell>/, anew; return it. Raises PackError when something to leave out is not there."""
    folder = build / shell.name
    shutil.rmtree(folder, ignore_errors=True)
    _copy(project, folder)
    if with_stores:
        _add_requirements(folder / "src" / "requirements.txt", project / STORE_REQUIREMENTS)
    try:
        prune_sources(folder / "src", shell.left_out_commands, project / "pyproject.toml")
    except PruneError as error:
        raise PackError(str(error)) from error
    change(folder / "src" / "drivermetadata.xml", lambda text: _without_metadata(text, shell.left_out_commands))
    change(folder / "shell-definition.yaml", lambda text: text.replace(BASE_NAME, shell.name))
    _write_version(folder, project_version(project))
    _prune_definition(folder / "shell-definition.yaml", shell.left_out_attributes)
    _add_files(folder, shell.name)
    _set_times(folder)
    return folder


def _copy(project: Path, folder: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
    shutil.copytree(project / "src", folder / "src", ignore=ignored)
    shutil.copytree(project / "deployments", folder / "deployments", ignore=ignored)
    shutil.copytree(project / REFERENCE / "samples", folder / REFERENCE / "samples", ignore=ignored)
    shutil.copy(project / REFERENCE / "wire.md", folder / REFERENCE)
    for name in ("drivermetadata.xml", "requirements.txt"):
        shutil.copy(project / name, folder / "src" / name)
    for name in ("shell-definition.yaml", "shell-icon.png", "LICENSE"):
        shutil.copy(project / name, folder / name)


def _add_files(folder: Path, name: str) -> None:
    (folder / "TOSCA-Metadata").mkdir()
    (folder / "TOSCA-Metadata" / "TOSCA.meta").write_text(TOSCA_META)
    (folder / "README.md").write_text(_readme(name))
    shutil.copy(folder / "LICENSE", folder / "src" / "LICENSE")  # The package has nothing but the definition and `src`.


def project_version(project: Path = PROJECT) -> str:
    """Return the version that pyproject.toml has."""
    return str(tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def _write_version(folder: Path, version: str) -> None:
    for name in ("shell-definition.yaml", "deployments/deployment-paths.yaml", "src/drivermetadata.xml"):
        change(folder / name, lambda text: text.replace(VERSION_MARK, version))


def change(path: Path, edit: Callable[[str], str]) -> None:
    """Edit the text of a file."""
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")


def _add_requirements(path: Path, more: Path) -> None:
    change(path, lambda text: text + more.read_text(encoding="utf-8"))


def _without_metadata(source: str, commands: frozenset[str]) -> str:
    root = ET.fromstring(source)  # noqa: S314
    layout = root.find("Layout")
    assert layout is not None
    for category in list(layout):
        for command in list(category):
            if command.attrib["Name"] in commands:
                category.remove(command)
        if not len(category):
            layout.remove(category)
    ET.indent(root, "    ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _prune_definition(path: Path, attributes: frozenset[str]) -> None:
    yaml = YAML()  # keeps comments and order
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    definition = yaml.load(path)
    (node,) = definition["node_types"].values()
    places: list[Any] = [node["properties"], node["capabilities"]["auto_discovery_capability"]["properties"]]
    for attribute in attributes:
        found = [place.pop(attribute) for place in places if attribute in place]
        if not found:
            raise PackError(f"shellfoundry.yml leaves out '{attribute}', which shell-definition.yaml does not have")
    yaml.dump(definition, path)


def _readme(name: str) -> str:
    networking = {"L2": "VLANs", "L3": "subnets"}.get(name[:2], "networks")
    template = (PROJECT / "heavenly" / "shell-readme.md").read_text(encoding="utf-8")
    return template.format(name=name, networking=networking)


def _set_times(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (PACKED_AT, PACKED_AT))


def _run_shellfoundry(foundry: Path, folder: Path, name: str) -> Path:
    command = [str(foundry), "pack"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    packed = folder / "dist" / f"{name}.zip"
    # It ends well even when an artifact is missing, and says so only in passing.
    if done.returncode or "Missing artifact" in done.stdout or not packed.exists():
        raise PackError(f"shellfoundry could not pack {name}: {(done.stdout + done.stderr).strip()}")
    return packed
