from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ruamel.yaml import YAML

from provider.resource import DEFAULTS, ProviderResource

PROJECT = Path(__file__).resolve().parents[2]


def details(**attributes: str) -> Any:
    named = {f"L2.{name.replace('_', ' ')}": value for name, value in attributes.items()}
    return SimpleNamespace(name="heaven", fullname="all/heaven", model="L2", attributes=named)


def test_a_resource_made_before_an_attribute_existed_has_its_default() -> None:
    resource = ProviderResource.from_details(details(Password="secret"))
    assert (resource.user, resource.region, resource.vlan_type) == ("gabriel", "narnia", "VLAN")
    assert (resource.color, resource.storage, resource.networks_in_use) == ("white", "cloud nine", ())


def test_what_was_typed_counts() -> None:
    resource = ProviderResource.from_details(details(Region="eden", Networks_in_use="10.0.0.0/24;10.9.0.0/16"))
    assert (resource.region, resource.networks_in_use) == ("eden", ("10.0.0.0/24", "10.9.0.0/16"))


def test_spaces_around_fault_rules_mean_nothing() -> None:
    assert ProviderResource.from_details(details(Fault_Injection=" ")).fault_rules == ""
    assert ProviderResource.from_details(details(Fault_Injection=" /rules.json\n")).fault_rules == "/rules.json"


def test_the_password_is_not_in_what_may_be_logged() -> None:
    assert "secret" not in repr(ProviderResource.from_details(details(Password="secret")))


def test_the_defaults_are_those_of_the_definition() -> None:
    (node,) = YAML(typ="safe").load(PROJECT / "shell-definition.yaml")["node_types"].values()
    asked = node["capabilities"]["auto_discovery_capability"]["properties"]
    assert {name: asked[name]["default"] for name in DEFAULTS} == DEFAULTS
    assert "default" not in asked["Password"]
    assert "default" not in node["properties"]["Password"]
    assert "halo" in node["properties"]["Password"]["description"]
