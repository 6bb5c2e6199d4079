"""Packages that are read, and those that are refused: with all their problems at once, each with its location."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cloudshell_local.errors import InvalidPackage
from cloudshell_local.shells.definition import read_definition
from cloudshell_local.shells.standards import PASSWORD, AttributeDefinition
from tests.cloudshell_local.toy import DEFINITION, DRIVER, META, METADATA, OPTIONS, app_package, package, zipped


def problems(content: bytes) -> list[str]:
    with pytest.raises(InvalidPackage) as caught:
        read_definition(content)
    return caught.value.problems


def replaced(old: str, new: str) -> Callable[[str], str]:
    assert old in DEFINITION
    return lambda text: text.replace(old, new)


def test_a_shell_is_read_with_the_standards_attributes_and_its_own() -> None:
    shell = read_definition(package())
    assert (shell.name, shell.version, shell.author, shell.model) == ("Toy", "1.2.0", "Tests", "Toy")
    assert (shell.kind, shell.family, shell.concurrent, shell.discovery.hides_address) == (
        "CloudProvider",
        "CS_CloudProvider",
        True,
        True,
    )
    assert shell.attributes["Toy.Password"].type == PASSWORD
    assert shell.attributes["Toy.VLAN Type"] == AttributeDefinition("string", "VLAN", ("VLAN", "VXLAN"))
    assert shell.attributes["Toy.Limit"] == AttributeDefinition("integer", "5")
    assert shell.icon == b"an icon"


def test_a_shell_is_l3_exactly_when_its_driver_has_prepare_sandbox_infra() -> None:
    assert not read_definition(package()).is_l3
    assert read_definition(package(l3=True)).is_l3


def test_a_deployed_apps_shell_is_read_too() -> None:
    shell = read_definition(app_package())
    assert (shell.kind, shell.family, shell.options) == ("DeployedApp", "CS_GenericAppFamily", ())
    assert {"Puppet.User", "Puppet.Password", "Puppet.Strings"} <= set(shell.attributes)


CASES: list[tuple[str, dict[str, Any], str]] = [
    ("no meta", {"files": {"TOSCA-Metadata/TOSCA.meta": None}}, "TOSCA-Metadata/TOSCA.meta is missing"),
    ("no entry", {"files": {"TOSCA-Metadata/TOSCA.meta": "x"}}, "Entry-Definitions should name the definition"),
    ("no definition", {"files": {"shell-definition.yaml": None}}, "Entry-Definitions should name the definition"),
    ("no YAML", {"change": lambda _: "a: [b"}, "shell-definition.yaml: it is not YAML"),
    ("no mapping", {"change": lambda _: "- a"}, "shell-definition.yaml: it should have metadata"),
    (
        "standard unknown",
        {"change": replaced("provider_standard_1_0_0", "provider_standard_9_0_0")},
        "shell-definition.yaml: imports: the standard cloudshell_cloud_provider_standard_9_0_0.yaml is unknown; installed "
        "are cloudshell_cloud_provider_standard_1_0_0.yaml",
    ),
    (
        "no standard",
        {"change": replaced("imports:\n  - cloudshell", "exports:\n  - cloudshell")},
        "no standard is imported",
    ),
    (
        "derived from nothing known",
        {"change": replaced("nodes.CustomCloudProvider", "nodes.Cloud")},
        "node_types.vendor.resource.Toy: derived_from 'cloudshell.nodes.Cloud': it should be one of",
    ),
    (
        "type unknown",
        {"change": replaced("Limit: {type: integer", "Limit: {type: number")},
        "shell-definition.yaml: node_types.vendor.resource.Toy.properties.Limit: the type 'number' is unknown; it should be "
        "one of string, integer, float, boolean, cloudshell.datatypes.Password",
    ),
    (
        "type of the standard's attribute changed",
        {"change": replaced("Control: {type: string}", "Region: {type: integer}")},
        "properties.Region: the standard's attribute has the type string",
    ),
    (
        "discovery property unknown",
        {"change": replaced("          Region: {type: string}", "          Regoin: {type: string}")},
        "the AutoDiscovery property 'Regoin' is not among the properties of the node type",
    ),
    ("no version", {"change": replaced(", template_version: 1.2.0", "")}, "metadata: template_version is missing"),
    (
        "driver artifact missing",
        {"files": {"ToyDriver.zip": None}},
        "artifacts.driver: the package has no file ToyDriver.zip",
    ),
    ("icon missing", {"files": {"icon.png": None}}, "artifacts.icon: The package has no file icon.png"),
    ("driver is no zip", {"files": {"ToyDriver.zip": b"x"}}, "ToyDriver.zip cannot be used: it is no zip file"),
    (
        "deployments missing",
        {"files": {"Deployments.zip": None}},
        "artifacts.deployment: the package has no file Deployments.zip; a cloud provider needs at least one deployment "
        "type: put their YAML into a folder called `deployments`",
    ),
    (
        "deployments not named",
        {"change": replaced("      deployment: {file: Deployments.zip, type: tosca.artifacts.File}\n", "")},
        "the artifact 'deployment' is missing; a cloud provider needs at least one deployment type",
    ),
    ("no deployment type", {"options": {"readme.txt": ""}}, "Deployments.zip: it has no deployment type"),
    (
        "type unknown in a deployment type",
        {"options": {"d.yaml": OPTIONS.replace("type: integer", "type: int"), "brick.png": b""}},
        "Deployments.zip/d.yaml: node_types.vendor.resource.Brick.properties.Size: the type 'int' is unknown",
    ),
    ("icon of a deployment type missing", {"options": {"d.yaml": OPTIONS}}, "Deployments.zip has no file brick.png"),
    ("no metadata", {"driver": {"drivermetadata.xml": None}}, "ToyDriver.zip/drivermetadata.xml: it is missing"),
    ("metadata is no XML", {"driver": {"drivermetadata.xml": "<a"}}, "drivermetadata.xml: it is not XML"),
    (
        "no PythonVersion",
        {"driver": {"drivermetadata.xml": METADATA.replace(' PythonVersion="3"', "")}},
        'PythonVersion is missing; set PythonVersion="3"; without it CloudShell runs Python 2',
    ),
    (
        "Python 2",
        {"driver": {"drivermetadata.xml": METADATA.replace('PythonVersion="3"', 'PythonVersion="2.7"')}},
        "PythonVersion '2.7' is not supported",
    ),
    (
        "no module of MainClass",
        {"driver": {"driver.py": None}},
        "MainClass driver.ToyDriver: invalid driver, there is no driver.py",
    ),
    ("no class of MainClass", {"driver": {"driver.py": "x = 1"}}, "invalid driver, driver.py has no class ToyDriver"),
    (
        "MainClass of nothing",
        {"driver": {"drivermetadata.xml": METADATA.replace("driver.ToyDriver", "ToyDriver")}},
        "MainClass 'ToyDriver' should be a module and a class",
    ),
    (
        "does not parse",
        {"driver": {"driver.py": DRIVER + "\ndef broken(:\n"}},
        f"ToyDriver.zip/driver.py, line {DRIVER.count(chr(10)) + 2}: invalid driver",
    ),
    (
        "a file that it imports does not parse",
        {"driver": {"driver.py": "import helpers.more\n" + DRIVER, "helpers/more.py": "x ="}},
        "ToyDriver.zip/helpers/more.py, line 1: invalid driver",
    ),
]


@pytest.mark.parametrize(
    ("standard", "kind"),
    [
        ("cloudshell_resource_standard_2_0_2", "resource"),
        ("cloudshell_networking_standard_5_0_0", "networking"),
        ("cloudshell_firewall_standard_3_0_2", "firewall"),
        ("cloudshell_custom_service_standard_1_0_0", "custom service"),
    ],
)
def test_a_shell_of_another_kind_is_refused_in_one_sentence_that_says_what_is_hosted(standard: str, kind: str) -> None:
    other = replaced("cloudshell_cloud_provider_standard_1_0_0", standard)
    assert problems(package(lambda text: other(text).replace("CustomCloudProvider", "GenericResource"))) == [
        f"shell-definition.yaml: imports: {standard}.yaml is the standard of {kind} shells; this server hosts only "
        "shells of cloud providers and of deployed apps"
    ]


@pytest.mark.parametrize(("arguments", "problem"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_problem_has_its_location(arguments: dict[str, Any], problem: str) -> None:
    assert any(problem in each for each in problems(package(**arguments))), problems(package(**arguments))


def test_a_command_that_the_class_lacks_is_a_warning_and_no_command() -> None:
    inherited = DRIVER.replace("class ToyDriver:", "class Base:") + "\nclass ToyDriver(Base):\n    pass\n"
    shell = read_definition(package(driver={"driver.py": inherited}))
    assert (
        "ToyDriver.zip/drivermetadata.xml: it lists the command 'Deploy', which the body of driver.ToyDriver does not have"
        in shell.warnings
    )
    assert shell.driver.commands == {}
    assert read_definition(package()).warnings == ()


def test_all_problems_are_found_at_once() -> None:
    change = replaced("Limit: {type: integer", "Limit: {type: number")
    metadata = METADATA.replace(' PythonVersion="3"', "")
    assert len(problems(package(change, driver={"drivermetadata.xml": metadata}, files={"icon.png": None}))) == 3


def test_defaults_of_another_type_are_taken_as_text() -> None:
    shell = read_definition(package(replaced("Control: {type: string}", "Control: {type: string, default: 123456}")))
    assert shell.attributes["Toy.Control"].default == "123456"


def test_two_providers_in_one_definition_are_refused() -> None:
    twice = DEFINITION + "  vendor.resource.Other:\n    derived_from: cloudshell.nodes.CustomCloudProvider\n"
    assert "one node type" in problems(package(lambda _: twice))[0]


def test_a_package_that_is_no_zip_is_refused() -> None:
    assert "no zip file" in problems(b"x")[0]
    assert "no zip file" in problems(b"")[0]
    assert "TOSCA.meta is missing" in problems(zipped({"a": META}))[0]


# A dict of its own for each example: the test changes what it draws.
junk = st.one_of(
    st.none(),
    st.integers(),
    st.booleans(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.builds(lambda: {"a": 1}),
)


@given(st.data())
def test_a_definition_with_any_values_is_read_or_refused(data: st.DataObject) -> None:
    """A definition is written as JSON, which is YAML."""
    definition = YAML(typ="safe", pure=True).load(DEFINITION)
    for _ in range(data.draw(st.integers(1, 3))):
        part: Any = definition
        while isinstance(part, dict) and part:
            key = data.draw(st.sampled_from(sorted(part, key=str)))
            if not isinstance(part[key], dict) or data.draw(st.booleans()):
                part[key] = data.draw(junk)
                break
            part = part[key]
    try:
        read_definition(package(lambda _: json.dumps(definition)))
    except InvalidPackage as error:
        assert error.problems
