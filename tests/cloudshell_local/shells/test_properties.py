"""Properties in the spellings of the developer guide, and what is wrong with others."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from cloudshell_local.shells.findings import Findings
from cloudshell_local.shells.properties import Property
from cloudshell_local.shells.standards import PASSWORD, AttributeDefinition


def read(text: str, standard: AttributeDefinition | None = None) -> tuple[AttributeDefinition, Findings]:
    findings = Findings()
    data = YAML(typ="safe", pure=True).load(text)
    return Property("d.yaml: My attribute", data, standard, findings).definition(), findings


# The guide's own shapes (docs/reference/features.md A4); a mapping is what people write by mistake.
@pytest.mark.parametrize(
    "constraints",
    [
        "constraints:\n  - valid_values: [value 1, value 2, value 3]",
        "constraints: [value 1, value 2, value 3]",
        "constraints: value 1, value 2, value 3",
        "constraints: {valid_values: [value 1, value 2, value 3]}",
        "constraints: [{valid_values: [value 1, value 2]}, {valid_values: [value 3]}]",
    ],
)
def test_possible_values_are_read_in_every_spelling(constraints: str) -> None:
    text = f"type: string\ndefault: value 1\ndescription: This is mine.\n{constraints}\ntags: [user_input]"
    definition, findings = read(text)
    assert findings == Findings()
    values = ("value 1", "value 2", "value 3")
    assert definition == AttributeDefinition("string", "value 1", values, "This is mine.", ("user_input",))


def test_possible_values_may_be_numbers() -> None:
    assert read("{type: integer, default: 4, constraints: [4, 6]}")[0] == AttributeDefinition(
        "integer", "4", ("4", "6")
    )


def test_the_standards_default_and_values_hold_unless_there_are_own_ones() -> None:
    standard = AttributeDefinition("string", "VLAN", ("VLAN", "VXLAN"))
    assert read("{type: string}", standard)[0] == standard
    assert read("{type: string, constraints: 'VLAN, QnQ'}", standard)[0].values == ("VLAN", "QnQ")
    assert read("{type: string, default: vxlan}", standard)[0].default == "VXLAN"


@pytest.mark.parametrize(
    ("kind", "default", "found"),
    [
        ("string", "123456", "123456"),
        ("string", "true", "True"),
        ("string", "", ""),
        ("integer", "5.0", "5"),
        ("integer", "'5.0'", "5"),
        ("integer", "'5'", "5"),
        ("float", "3", "3"),
        ("boolean", "true", "True"),
        ("boolean", "'False'", "False"),
        ("boolean", "yes", "True"),
        ("boolean", "0", "False"),
        (PASSWORD, "1234", "1234"),
    ],
)
def test_a_default_is_written_as_its_type_has_it_if_that_can_be_done(kind: str, default: str, found: str) -> None:
    definition, findings = read(f"{{type: {kind}, default: {default}}}")
    assert definition.default == found
    assert findings == Findings()


@pytest.mark.parametrize(
    ("text", "default", "expected"),
    [
        ("{type: integer, default: lots}", "lots", "of the type integer"),
        ("{type: integer, default: 1.5}", "1.5", "of the type integer"),
        ("{type: integer, default: '1_000'}", "1_000", "of the type integer"),
        ("{type: integer, default: '\u0663'}", "\u0663", "of the type integer"),
        ("{type: float, default: heavy}", "heavy", "of the type float"),
        ("{type: boolean, default: maybe}", "maybe", "of the type boolean"),
        ("{type: string, default: green, constraints: [red, blue]}", "green", "one of red, blue"),
    ],
)
def test_a_default_that_cannot_be_is_a_warning(text: str, default: str, expected: str) -> None:
    definition, findings = read(text)
    assert definition.default == default
    assert findings.warnings == [
        f"d.yaml: My attribute: its default is {default!r} and should be {expected}; whatever would take the default is "
        "refused"
    ]
    assert findings.problems == []


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("{type: string, default: [a, b]}", ": its default is no single value, so it has none"),
        ("{type: string, defualt: a}", ": 'defualt' is unknown; a property has type, default, description"),
        ("{type: string, tags: [user_inptu]}", ".tags: 'user_inptu' is unknown; known are setting, configuration"),
        ("{type: integer, constraints: [{greater_than: 4}]}", ".constraints: 'greater_than' is not checked"),
    ],
)
def test_what_is_unknown_is_a_warning_with_its_location(text: str, warning: str) -> None:
    definition, findings = read(text)
    assert [each.startswith(f"d.yaml: My attribute{warning}") for each in findings.warnings] == [True], findings
    assert (findings.problems, definition.default, definition.values) == ([], "", ())


def test_all_tags_of_the_guide_are_known() -> None:
    tags = (
        "configuration, setting, search_filter, abstract_filter, include_in_insight, readonly_to_users, display_in_diagram, "
        "connection_attribute, read_only, user_input, editable_only_in_app_template"
    )
    definition, findings = read(f"{{type: string, tags: [{tags}]}}")
    assert findings == Findings()
    assert definition.tags == tuple(tags.split(", "))
