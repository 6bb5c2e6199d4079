from __future__ import annotations

from cloudshell_local.shells.definition import read_definition
from cloudshell_local.shells.standards import AttributeDefinition
from tests.cloudshell_local.toy import OPTIONS, package


def test_deployment_types_are_named_by_the_model() -> None:
    (option,) = read_definition(package()).options
    assert (option.name, option.icon, option.description) == ("Toy.Brick", b"a brick", "Toys to deploy")
    assert option.attributes["Toy.Brick.Size"] == AttributeDefinition("integer", "1", tags=("user_input",))
    assert option.attributes["Toy.Brick.Autoload"].default == "True"
    assert "Toy.Brick.Private IP" not in option.attributes


def test_the_newer_standard_has_an_attribute_more() -> None:
    newer = OPTIONS.replace("1_0_0", "1_0_1")
    shell = read_definition(package(options={"deployment.yaml": newer, "brick.png": b""}))
    assert "Toy.Brick.Private IP" in shell.options[0].attributes


def test_a_file_may_have_several_deployment_types() -> None:
    two = OPTIONS + "  vendor.resource.Stone:\n    derived_from: cloudshell.nodes.CustomDeploymentOption\n"
    shell = read_definition(package(options={"deployment.yaml": two, "brick.png": b""}))
    assert [option.name for option in shell.options] == ["Toy.Brick", "Toy.Stone"]


def test_files_that_are_no_yaml_are_left_out() -> None:
    shell = read_definition(package(options={"d.yaml": OPTIONS, "brick.png": b"", "readme.txt": "not: [yaml"}))
    assert [option.name for option in shell.options] == ["Toy.Brick"]
