"""Packs the shells: each is this project minus what shellfoundry.yml says that it leaves out, under its own name.

The result, build/<Shell>/, is an ordinary shell project; the stock `shellfoundry pack` makes dist/<Shell>.zip of it.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from ruamel.yaml import YAML

from cloudshell_local.execution.environments import ensure_environment

PROJECT = Path(__file__).resolve().parent.parent
BUILD = PROJECT / "build"
ENVIRONMENTS = BUILD / "environments"
BASE_NAME = "HeavenlyCloudShell"  # what stands for the shell's name in the project
DRIVER_CLASS = "HeavenlyCloudShellDriver"
PACKED_AT = 1577836800  # 2020-01-01, the time of every packed file: what is the same shall look the same
TOSCA_META = """TOSCA-Meta-File-Version: 1.0
CSAR-Version: 0.1.0
Created-By: HeavenlyCloud
Entry-Definitions: shell-definition.yaml
"""

Report = Callable[[str], None]


class PackError(Exception):
    """What keeps a shell from being packed, in one sentence."""


@dataclass(frozen=True)
class Shell:
    """One entry of shellfoundry.yml."""

    name: str
    left_out_commands: frozenset[str]
    left_out_attributes: frozenset[str]


def shells(project: Path = PROJECT) -> list[Shell]:
    """Return the shells that shellfoundry.yml names; raise PackError."""
    try:
        listed = YAML(typ="safe").load(project / "shellfoundry.yml")["shells"]
        return [
            Shell(name, frozenset(entry["leaves_out"]["commands"]), frozenset(entry["leaves_out"]["attributes"]))
            for name, entry in listed.items()
        ]
    except (OSError, KeyError, TypeError) as error:
        raise PackError(
            "shellfoundry.yml should have 'shells', and each 'leaves_out' with 'commands' and 'attributes'"
        ) from error


def pack(build: Path = BUILD, report: Report = print, project: Path = PROJECT) -> list[Path]:
    """Write all shells to the build folder and pack them; return their zips. Raises PackError."""
    foundry = shellfoundry(report)
    zips = []
    for shell in shells(project):
        report(f"Packing {shell.name}")
        folder = write_shell(shell, build, project)
        zips.append(_run_shellfoundry(foundry, folder, shell.name))
    return zips


def shellfoundry(report: Report = lambda _: None) -> Path:
    """Return the stock shellfoundry's command, in an environment of its own."""
    python = ensure_environment(PROJECT / "heavenly" / "shellfoundry.lock", ENVIRONMENTS, report=report)
    return python.with_name("shellfoundry")


def write_shell(shell: Shell, build: Path, project: Path = PROJECT) -> Path:
    """Write build/<Shell>/, anew; return it. Raises PackError when something to leave out is not there."""
    folder = build / shell.name
    shutil.rmtree(folder, ignore_errors=True)
    _copy(project, folder)
    prune(folder / "src" / "driver.py", lambda text: without_commands(text, shell.left_out_commands))
    prune(folder / "src" / "drivermetadata.xml", lambda text: _without_metadata(text, shell.left_out_commands))
    prune(folder / "shell-definition.yaml", lambda text: text.replace(BASE_NAME, shell.name))
    _prune_definition(folder / "shell-definition.yaml", shell.left_out_attributes)
    (folder / "TOSCA-Metadata").mkdir()
    (folder / "TOSCA-Metadata" / "TOSCA.meta").write_text(TOSCA_META)
    (folder / "README.md").write_text(_readme(shell.name))
    _set_times(folder)
    return folder


def _copy(project: Path, folder: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
    shutil.copytree(project / "src", folder / "src", ignore=ignored)
    shutil.copytree(project / "deployments", folder / "deployments", ignore=ignored)
    for name in ("drivermetadata.xml", "requirements.txt"):
        shutil.copy(project / name, folder / "src" / name)
    for name in ("shell-definition.yaml", "shell-icon.png"):
        shutil.copy(project / name, folder / name)


def prune(path: Path, change: Callable[[str], str]) -> None:
    """Put what a change makes of a file's text in its place."""
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def without_commands(source: str, commands: frozenset[str]) -> str:
    """Return the driver without some of its commands: their lines are blanked, so that tracebacks keep their numbers."""
    lines = source.splitlines()
    methods = {method.name: method for method in _driver_class(source).body if isinstance(method, ast.FunctionDef)}
    for command in commands:
        if command not in methods:
            raise PackError(f"shellfoundry.yml leaves out '{command}', which the driver does not have")
        method = methods[command]
        first = min([method.lineno, *(decorator.lineno for decorator in method.decorator_list)])
        assert method.end_lineno is not None
        lines[first - 1 : method.end_lineno] = [""] * (method.end_lineno - first + 1)
    return "\n".join(lines) + "\n"


def _driver_class(source: str) -> ast.ClassDef:
    classes = (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    return next(node for node in classes if node.name == DRIVER_CLASS)


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
    return (
        f"# {name}\n\nA cloud provider shell for CloudShell, on HeavenlyCloud, a cloud in memory.\n\n"
        "Install it into the CloudShell that `shellfoundry config` names:\n\n    shellfoundry install\n\n"
        f"Then create a resource of the model {name} in Inventory (the password of gabriel is halo), and Apps from its two\n"
        "deployment types.\n"
    )


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
