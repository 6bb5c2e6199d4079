from __future__ import annotations

import json

import pytest

from cloudshell_local.errors import CommandFailed
from cloudshell_local.services import autoload
from tests.cloudshell_local.app_shell import attribute, details, part


def test_attributes_without_an_address_are_the_resources_own_and_values_become_texts() -> None:
    found = autoload.read(
        details(
            attribute("", "User", "ann"),
            attribute("", "Slots", 0),
            attribute("", "Is on", False),
            attribute("", "Public IP", None),
            {"relative_address": None, "attribute_name": "Zone", "attribute_value": "a"},
        )
    )
    assert found.attributes == {"User": "ann", "Slots": "0", "Is on": "False", "Public IP": "", "Zone": "a"}
    assert (found.sub_resources, found.left_out) == ([], [])


def test_sub_resources_have_paths_of_names_and_their_attributes_full_names() -> None:
    found = autoload.read(
        details(
            part("Port eth0/1", "CH1/P1", "Puppet.GenericPort", "uid-1"),
            part("Chassis 1", "CH1", "Puppet.GenericChassis"),
            part("root", "", "Puppet"),
            attribute("CH1/P1", "Requested vNIC Name", "eth0"),
            attribute("CH1/P1", "Puppet.GenericPort.Speed", 10),
            attribute("CH1/P1", "CS_Port.Model Name", "X"),
        )
    )
    assert [(each.name, each.address, each.family) for each in found.sub_resources] == [
        ("Chassis 1", "CH1", "CS_Chassis"),
        ("Chassis 1/Port eth0-1", "CH1/P1", "CS_Port"),
    ]
    port = found.sub_resources[1]
    assert (port.model, port.unique_identifier) == ("Puppet.GenericPort", "uid-1")
    assert port.attributes == {
        "Puppet.GenericPort.Requested vNIC Name": "eth0",
        "Puppet.GenericPort.Speed": "10",
        "CS_Port.Model Name": "X",
    }


def test_a_part_whose_parent_is_not_answered_belongs_to_the_closest_that_is() -> None:
    found = autoload.read(details(part("Chassis", "CH1"), part("Port", "CH1/M1/P1"), part("Other", "CH10/P1")))
    assert [each.name for each in found.sub_resources] == ["Chassis", "Other", "Chassis/Port"]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (part("Port 2", "P1"), "'P1' is left out: another one has this address"),
        (part("Port 1", "P2"), "'P2' is left out: another one is named 'Port 1'"),
        (part("", "P2"), "'P2' is left out: it has no name"),
        (attribute("P9", "Speed", "1"), "'Speed' is left out: no sub-resource has the address 'P9'"),
    ],
)
def test_what_cannot_be_kept_is_left_out_with_a_sentence(bad: object, why: str) -> None:
    found = autoload.read(details(part("Port 1", "P1"), bad))
    assert [each.name for each in found.sub_resources] == ["Port 1"]
    (sentence,) = found.left_out
    assert sentence.endswith(why)


@pytest.mark.parametrize(
    ("model", "family"),
    [("A.GenericVPort", "CS_Port"), ("A.GenericModule", "CS_Module"), ("Port eth0", ""), ("Generic", ""), ("", "")],
)
def test_the_family_of_a_standard_model_is_known(model: str, family: str) -> None:
    assert autoload.family(model) == family


@pytest.mark.parametrize("answer", ["no JSON", '{"resources": [1]}', '{"attributes": 5}'])
def test_another_shape_is_an_error(answer: str) -> None:
    with pytest.raises(CommandFailed, match="'get_inventory' answered something that is not AutoLoadDetails"):
        autoload.read(answer)


@pytest.mark.parametrize("answer", [None, "", "{}", "[]", '{"resources": null, "attributes": null}'])
def test_an_empty_answer_finds_nothing(answer: str | None) -> None:
    assert autoload.read(answer) == autoload.AutoLoadDetails()


def test_vm_details_are_read_as_the_drivers_library_writes_them() -> None:
    data = {"CloudProviderName": "Heaven", "UID": "vm-1", "VmCustomParams": [{"Name": "zone", "Value": 7}]}
    found = autoload.vm_details(json.dumps(data))
    assert (found.provider, found.uid, found.custom_parameters) == ("Heaven", "vm-1", {"zone": "7"})
    assert autoload.vm_details(json.dumps({**data, "VmCustomParams": None})).custom_parameters == {}


@pytest.mark.parametrize(
    "value",
    ["", "vm-1", "[]", '{"UID": "vm-1"}', '{"UID": "", "CloudProviderName": "Heaven"}', '{"UID": null}'],
)
def test_vm_details_of_another_shape_are_an_error(value: str) -> None:
    with pytest.raises(CommandFailed, match="not JSON with UID, CloudProviderName and VmCustomParams"):
        autoload.vm_details(value)
