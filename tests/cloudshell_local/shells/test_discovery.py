from __future__ import annotations

from cloudshell_local.shells.definition import read_definition
from cloudshell_local.shells.standards import AttributeDefinition
from tests.cloudshell_local.toy import package


def test_the_form_has_the_attributes_of_the_capability_with_its_defaults_and_descriptions() -> None:
    described = "User: {type: string, default: someone, description: ' Who logs on '}"
    shell = read_definition(package(lambda text: text.replace("User: {type: string, default: someone}", described)))
    assert shell.discovery.attributes == {
        "Toy.User": AttributeDefinition("string", "someone", description="Who logs on"),
        "Toy.Region": AttributeDefinition("string", ""),
    }


def test_an_attribute_without_a_default_in_the_capability_keeps_that_of_the_node_type() -> None:
    asked = "Region: {type: string}\n          Limit: {type: integer}"
    shell = read_definition(package(lambda text: text.replace("Region: {type: string}", asked)))
    assert shell.discovery.attributes["Toy.Limit"].default == "5"


def test_descriptions_and_the_address_are_settings_of_the_capability() -> None:
    found = read_definition(package()).discovery
    assert (found.inventory_description, found.auto_discovery_description, found.hides_address) == ("A toy", "", True)
    shown = read_definition(package(lambda text: text.replace("hide_address: {type: string, default: true}", "")))
    assert not shown.discovery.hides_address


def test_discovery_is_enabled_unless_it_is_switched_off() -> None:
    assert read_definition(package()).discovery.is_enabled
    enabled = "enable_auto_discovery: {type: boolean, default: true}"
    assert read_definition(package(lambda text: text.replace(enabled, ""))).discovery.is_enabled
    off = package(lambda text: text.replace(enabled, enabled.replace("true", "false")))
    assert not read_definition(off).discovery.is_enabled


def test_a_default_of_the_form_fits_the_type_or_is_a_warning() -> None:
    asked = "Region: {type: string}\n          Limit: {type: integer, default: %s}"
    good = read_definition(package(lambda text: text.replace("Region: {type: string}", asked % "7.0")))
    assert good.discovery.attributes["Toy.Limit"].default == "7"
    assert good.warnings == ()
    bad = read_definition(package(lambda text: text.replace("Region: {type: string}", asked % "lots")))
    assert bad.warnings == (
        "shell-definition.yaml: node_types.vendor.resource.Toy.capabilities.Limit: its default is 'lots' and should be of "
        "the type integer; whatever would take the default is refused",
    )
