from __future__ import annotations

from pathlib import Path

import pytest

from cloudshell_local.portal.fields import (
    CHOICE,
    MASK,
    NUMBER,
    PASSWORD,
    TEXT,
    Field,
    attribute_fields,
    masked_attributes,
    submitted_attributes,
)
from cloudshell_local.shells import standards
from cloudshell_local.shells.standards import AttributeDefinition
from cloudshell_local.storage.passwords import Passwords

DEFINITIONS = {
    "Toy.Name": AttributeDefinition(default="it", description="What it is called"),
    "Toy.Size": AttributeDefinition("integer", "1"),
    "Toy.Speed": AttributeDefinition("float", "1.5"),
    "Toy.Color": AttributeDefinition(default="red", values=("red", "blue")),
    "Toy.On": AttributeDefinition("boolean", "true"),
    "Toy.Password": AttributeDefinition(standards.PASSWORD),
}


@pytest.fixture
def passwords(tmp_path: Path) -> Passwords:
    return Passwords(tmp_path / "key")


def test_each_type_has_its_field_with_default_and_description(passwords: Passwords) -> None:
    assert attribute_fields(DEFINITIONS, {}, passwords) == [
        Field("attribute:Toy.Name", "Name", TEXT, "it", description="What it is called"),
        Field("attribute:Toy.Size", "Size", NUMBER, "1", step="1"),
        Field("attribute:Toy.Speed", "Speed", NUMBER, "1.5", step="any"),
        Field("attribute:Toy.Color", "Color", CHOICE, "red", ("red", "blue")),
        Field("attribute:Toy.On", "On", CHOICE, "True", ("True", "False")),
        Field("attribute:Toy.Password", "Password", PASSWORD),
    ]


def test_a_field_has_its_value_even_if_that_is_no_choice(passwords: Passwords) -> None:
    fields = attribute_fields(DEFINITIONS, {"Toy.Size": "7", "Toy.Color": "", "Toy.On": "FALSE"}, passwords)
    values = {field.label: (field.value, field.choices) for field in fields}
    assert values["Size"][0] == "7"
    assert values["Color"] == ("", ("", "red", "blue"))
    assert values["On"][0] == "False"


def test_a_password_is_never_in_a_field(passwords: Passwords) -> None:
    values = {"Toy.Password": passwords.encrypt("halo")}
    field = attribute_fields(DEFINITIONS, values, passwords)[-1]
    assert (field.value, field.is_set) == ("", True)
    assert not attribute_fields(DEFINITIONS, {"Toy.Password": passwords.encrypt("")}, passwords)[-1].is_set


def test_an_empty_password_leaves_the_stored_one() -> None:
    form = {"token": "t", "attribute:Toy.Name": " me ", "attribute:Toy.Password": "", "attribute:Toy.Wings": "2"}
    assert submitted_attributes(form, DEFINITIONS) == {"Toy.Name": "me"}
    assert submitted_attributes({"attribute:Toy.Password": " halo "}, DEFINITIONS) == {"Toy.Password": " halo "}


def test_passwords_among_attributes_are_masked(passwords: Passwords) -> None:
    values = {"Toy.Name": "it", "Toy.Password": passwords.encrypt("halo"), "Password": passwords.encrypt("")}
    assert masked_attributes({"Toy.Name": "it", "Toy.Password": passwords.encrypt("halo")}, passwords) == {
        "Name": "it",
        "Password": MASK,
    }
    assert masked_attributes(values, passwords)["Password"] == ""
