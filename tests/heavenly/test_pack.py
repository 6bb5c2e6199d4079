from __future__ import annotations

import ast
import io
import os
import re
import shutil
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from cloudshell_local.shells.definition import read_definition
from heavenly import cli
from heavenly.pack import PROJECT, VERSION_MARK, PackError, Shell, pack, project_version, shells, write_shell
from tests.shared_folders import mypy_cache, packed_once

LEFT_OUT = {
    "L2HeavenlyCloudShell": {"PrepareSandboxInfra", "CleanupSandboxInfra", "SetAppSecurityGroups"},
    "L3HeavenlyCloudShell": {"ApplyConnectivityChanges"},
}
NAMES = sorted(LEFT_OUT)


def members(package: Path) -> dict[str, bytes]:
    """Return all that is in a package, with what is in its inner zips under their names."""
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(package) as outer:
        for name in outer.namelist():
            content = outer.read(name)
            found[name] = content
            if name.endswith(".zip"):
                with zipfile.ZipFile(io.BytesIO(content)) as inner:
                    found.update({f"{name}/{each}": inner.read(each) for each in inner.namelist()})
    return found


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return packed_once(tmp_path_factory, with_stores=False)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_package_is_what_shellfoundry_install_sends(packages: dict[str, Path], name: str) -> None:
    found = set(members(packages[name]))
    assert packages[name].parent.name == "dist"
    wanted = {
        "shell-definition.yaml",
        "TOSCA-Metadata/TOSCA.meta",
        "shell-icon.png",
        "Deployments.zip",
        f"{name}Driver.zip",
        "Deployments.zip/deployment-paths.yaml",
        "Deployments.zip/angel-icon.png",
        "Deployments.zip/man-icon.png",
        f"{name}Driver.zip/driver.py",
        f"{name}Driver.zip/drivermetadata.xml",
        f"{name}Driver.zip/requirements.txt",
        f"{name}Driver.zip/heavenly_cloud/cloud.json",
    }
    assert wanted <= found


def test_no_test_cache_or_compiled_file_gets_in(packages: dict[str, Path], name: str) -> None:
    for member in members(packages[name]):
        assert not any(part in member for part in ("test", "__pycache__", ".pyc", ".git", ".mypy", ".lock", "docs")), (
            member
        )


def test_packing_twice_gives_the_same_content(packages: dict[str, Path], tmp_path: Path) -> None:
    again = {path.stem: path for path in pack(tmp_path, report=lambda _: None)}
    assert sorted(again) == NAMES
    for name in NAMES:
        assert members(again[name]) == members(packages[name])


def test_a_shell_is_the_project_minus_what_it_leaves_out(packages: dict[str, Path], name: str) -> None:
    found = members(packages[name])
    source = found[f"{name}Driver.zip/driver.py"].decode()
    whole = (PROJECT / "src" / "driver.py").read_text()
    commands = {element.attrib["Name"] for element in _commands(found[f"{name}Driver.zip/drivermetadata.xml"])}
    everything = {element.attrib["Name"] for element in _commands((PROJECT / "drivermetadata.xml").read_bytes())}
    assert _methods(whole) - _methods(source) == LEFT_OUT[name] == everything - commands
    assert set(source.splitlines()) - set(whole.splitlines()) <= {
        # L2: what the arguments of the L3 commands' modules were
        "            return deploy.deploy(command, read_actions(request))",
        "            return inventory.discover(command, context.resource.attributes)",
    }


def test_power_cycle_asks_for_its_delay_and_nothing_in_the_package_is_odd(packages: dict[str, Path], name: str) -> None:
    shell = read_definition(packages[name].read_bytes())
    (delay,) = shell.driver.commands["PowerCycle"].parameters
    assert (delay.name, delay.title, delay.default) == ("delay", "Delay", "0")
    assert not shell.driver.commands["PowerCycle"].hidden
    assert shell.warnings == ()


def _commands(metadata: bytes) -> Iterator[ET.Element]:
    return ET.fromstring(metadata).iter("Command")


def _methods(source: str) -> set[str]:
    (driver,) = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    return {node.name for node in driver.body if isinstance(node, ast.FunctionDef)}


def test_the_definition_has_the_shells_name_and_attributes(packages: dict[str, Path], name: str) -> None:
    definition = YAML(typ="safe").load(members(packages[name])["shell-definition.yaml"])
    (model,) = definition["node_types"]
    node = definition["node_types"][model]
    assert (definition["metadata"]["template_name"], model) == (name, f"vendor.resource.{name}")
    assert node["artifacts"]["driver"]["file"] == f"{name}Driver.zip"
    assert node["capabilities"]["concurrent_execution"]["type"] == "cloudshell.capabilities.SupportConcurrentCommands"
    asked = node["capabilities"]["auto_discovery_capability"]["properties"]
    family = {"L2HeavenlyCloudShell": "VLAN Type", "L3HeavenlyCloudShell": "Networks in use"}[name]
    assert set(asked) - {"enable_auto_discovery", "auto_discovery_description", "inventory_description", "hide_address"} == {
        "User", "Password", "Heaven cloud color", "Default storage", "Region", "Networking type", family,
            "Cloud Store", "Fault Injection",
    }  # fmt: skip
    assert node["properties"]["Password"]["type"] == "cloudshell.datatypes.Password"


def test_the_packed_definition_is_laid_out_as_the_projects(packages: dict[str, Path], name: str) -> None:
    project = (PROJECT / "shell-definition.yaml").read_text().replace("HeavenlyCloudShell", name)
    project = project.replace(VERSION_MARK, project_version())
    packed = members(packages[name])["shell-definition.yaml"].decode()
    assert set(packed.splitlines()) <= set(project.splitlines())


def test_the_deployment_types_are_complete() -> None:
    nodes = YAML(typ="safe").load(PROJECT / "deployments" / "deployment-paths.yaml")["node_types"]
    standard = {"Private IP", "Auto Power On", "Auto Power Off", "Auto Delete", "Wait for IP", "Autoload"}
    own = {
        "vendor.resource.HeavenlyCloudAngelDeployment": {"wing_count", "flight_speed"},
        "vendor.resource.HeavenlyCloudManDeployment": {"weight", "height"},
    }
    assert set(nodes) == set(own)
    for name, node in nodes.items():
        common = {"cloud_size", "cloud_image_id", "Refresh IP Timeout"}
        assert set(node["properties"]) == own[name] | common | standard
        assert (PROJECT / "deployments" / node["artifacts"]["icon"]["file"]).exists()
    assert len({node["artifacts"]["icon"]["file"] for node in nodes.values()}) == 2


ONLY_IN = {
    "L2HeavenlyCloudShell": {"operations/connectivity.py", "shell/vlans.py"},
    "L3HeavenlyCloudShell": {"operations/sandbox_infra.py", "operations/security_groups.py"},
}


def test_no_module_is_there_that_only_the_other_shell_uses(packages: dict[str, Path]) -> None:
    modules = {
        name: {each.partition(".zip/")[2] for each in members(path) if each.endswith(".py")}
        for name, path in packages.items()
    }
    l2, l3 = (modules[name] for name in NAMES)
    assert l2 - l3 == ONLY_IN[NAMES[0]]
    assert l3 - l2 == ONLY_IN[NAMES[1]]


def test_the_provider_has_only_what_the_shells_commands_call(packages: dict[str, Path]) -> None:
    only_l2, only_l3 = {"connect_vlan", "disconnect_vlan"}, {
        "prepare_network", "prepare_subnet", "prepare_key_pair", "get_subnets", "delete_network", "set_security_rules"
    }  # fmt: skip
    for name, gone, there in ((NAMES[0], only_l3, only_l2), (NAMES[1], only_l2, only_l3)):
        found = members(packages[name])
        for module in ("cloud.py", "heavenly.py"):
            source = found[f"{name}Driver.zip/provider/{module}"].decode()
            methods = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
            assert there <= methods
            assert not gone & methods
            assert ("# VLANs" in source, "# A sandbox's network" in source) == (name == NAMES[0], name == NAMES[1])


def test_what_is_packed_reads_as_if_written_by_hand(packages: dict[str, Path], name: str) -> None:
    folder = packages[name].parent.parent
    ruff = str(Path(sys.executable).with_name("ruff"))
    settings = ["--config", str(PROJECT / "pyproject.toml"), "--no-cache"]
    for arguments in (["check", *settings], ["format", "--check", *settings]):
        done = subprocess.run([ruff, *arguments, "src"], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
    for path in (folder / "src").rglob("*.py"):
        assert "\n\n\n\n" not in path.read_text(), f"{path.name} has a run of blank lines"
        for named in re.findall(r"(?<!/)docs/[\w./]*\w", path.read_text()):
            assert (folder / named).is_file(), f"{path.name} names {named}"
    assert (folder / "LICENSE").read_text() == (PROJECT / "LICENSE").read_text()
    assert name in (folder / "README.md").read_text()


def test_every_error_of_the_kit_is_used(packages: dict[str, Path], name: str) -> None:
    source = packages[name].parent.parent / "src"
    kit = source / "shell" / "errors.py"
    errors = {node.name for node in ast.parse(kit.read_text()).body if isinstance(node, ast.ClassDef)}
    others = [
        path.read_text() for folder in ("shell", "operations", "provider") for path in (source / folder).glob("*.py")
    ]
    text = "\n".join(each for each in others if each != kit.read_text())
    assert not {error for error in errors if not re.search(rf"\b{error}\b", text)}


def test_what_is_packed_has_no_type_errors(
    packages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    source = packages[name].parent.parent / "src"
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        str(PROJECT / "pyproject.toml"),
        "--cache-dir",
        str(mypy_cache(tmp_path_factory)),
        "-p",
        "driver",
        "-p",
        "provider",
    ]
    variables = {**os.environ, "MYPYPATH": str(source)}
    done = subprocess.run(command, cwd=source, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_stores_have_their_packages_only_when_asked_for(
    tmp_path_factory: pytest.TempPathFactory, packages: dict[str, Path], name: str
) -> None:
    requirements = f"{name}Driver.zip/requirements.txt"
    assert b"SQLAlchemy" not in members(packages[name])[requirements]
    stored = packed_once(tmp_path_factory, with_stores=True)
    assert b"SQLAlchemy" in members(stored[name])[requirements]
    assert b"psycopg" in members(stored[name])[requirements]


@pytest.mark.parametrize("path", ["shell-icon.png", "deployments/angel-icon.png", "deployments/man-icon.png"])
def test_an_icon_is_a_picture_that_a_portal_can_show(path: str) -> None:
    content = (PROJECT / path).read_bytes()
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    assert width == height == 48


def test_yaml_has_no_anchors_which_not_every_server_reads() -> None:
    for path in ("shell-definition.yaml", "deployments/deployment-paths.yaml"):
        assert "&" not in (PROJECT / path).read_text()
        assert ": *" not in (PROJECT / path).read_text()


def test_what_is_left_out_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="leaves out 'Fly'"):
        write_shell(Shell("S", frozenset({"Fly"}), frozenset()), tmp_path)
    with pytest.raises(PackError, match="leaves out 'Wings'"):
        write_shell(Shell("S", frozenset(), frozenset({"Wings"})), tmp_path)


def test_a_list_of_shells_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "shellfoundry.yml").write_text("shells: {S: {}}")
    with pytest.raises(PackError, match="'leaves_out'"):
        shells(tmp_path)


@pytest.mark.slow
def test_a_missing_artifact_is_an_error_though_shellfoundry_lets_it_pass(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns(".*", "build", "tests", "*.egg-info"))
    definition = project / "shell-definition.yaml"
    definition.write_text(definition.read_text().replace("file: shell-icon.png", "file: no-icon.png"))
    with pytest.raises(PackError, match="no-icon.png"):
        pack(tmp_path / "build", report=lambda _: None, project=project)


def test_the_command_tells_what_it_does_and_errors_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "build/<Shell>/dist/<Shell>.zip" in CliRunner().invoke(cli.main, ["pack", "--help"]).output

    def fail(**_: object) -> list[Path]:
        raise PackError("it rained")

    monkeypatch.setattr("heavenly.pack.pack", fail)
    result = CliRunner().invoke(cli.main, ["pack"])
    assert (result.exit_code, result.output) == (1, "Error: it rained\n")


def test_the_command_runs_in_the_checkout() -> None:
    command = [sys.executable, "-m", "heavenly", "--help"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert "Usage: python -m heavenly " in done.stdout
    assert "demo" in done.stdout


def test_a_shell_has_the_version_of_the_project_wherever_one_stands(packages: dict[str, Path], name: str) -> None:
    found, version = members(packages[name]), project_version()
    for definition in ("shell-definition.yaml", "Deployments.zip/deployment-paths.yaml"):
        assert YAML(typ="safe").load(found[definition])["metadata"]["template_version"] == version
    assert ET.fromstring(found[f"{name}Driver.zip/drivermetadata.xml"]).attrib["Version"] == version


def test_a_shell_and_its_package_have_the_license(packages: dict[str, Path], name: str) -> None:
    license_text = (PROJECT / "LICENSE").read_bytes()
    assert (packages[name].parent.parent / "LICENSE").read_bytes() == license_text
    assert members(packages[name])[f"{name}Driver.zip/LICENSE"] == license_text
