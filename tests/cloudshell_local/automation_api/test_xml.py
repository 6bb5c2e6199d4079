from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local.automation_api import xml
from cloudshell_local.automation_api.xml import Record, Records, Texts, response_info, values_by_name
from cloudshell_local.errors import NotFound, WrongCall
from cloudshell_local.xml import node


@given(st.text(), st.text())
def test_any_text_makes_a_response_that_can_be_read(name: str, value: str) -> None:
    """A driver may print anything, also what XML cannot have."""
    response = xml.success_response("Op", response_info("AttributeValueInfo", node("string", value), Name=name))
    found = fromstring(response.decode()).find(".//*[@Name]")
    assert found is not None


def test_characters_that_xml_cannot_have_are_left_out() -> None:
    assert b'Name="ab"' in xml.success_response("Op", response_info("X", Name="a\x00\x1bb"))


def test_values_are_written_in_the_form_that_clients_read() -> None:
    response = xml.success_response(
        "Op", response_info("X", node("List"), None, Yes=True, No=False, Number=1.5, Nothing=None)
    )
    assert b'<ResponseInfo xsi:type="X" Yes="true" No="false" Number="1.5"><List /></ResponseInfo>' in response
    assert b"Nothing" not in response


def test_an_error_has_its_text_and_code() -> None:
    response = xml.error_response("Op", NotFound("<a>", "Blueprints: none."))
    assert (
        b"<Error>EntityException [Error Code: EntityNotFound]: Entity '&lt;a&gt;' not found. Blueprints: none.</Error>"
        in response
    )
    assert b"</Error><ErrorCode>102</ErrorCode>" in response


def test_parameters_are_converted_and_unknown_ones_ignored() -> None:
    request = xml.parse_request(
        "Op",
        b"<Op><name>a</name><empty/><on>true</on><many><string>x</string><string/></many><number>2.0</number>"
        b"<some><Item><Name>n</Name><Inner><Pair><Key>k</Key></Pair></Inner><None/></Item></some><new>1</new></Op>",
    )
    types: Any = {
        "name": str,
        "empty": str,
        "on": bool,
        "many": Texts,
        "number": int,
        "some": Records,
        "missing": str,
    }
    assert xml.arguments(request, types, {"name"}) == {
        "name": "a",
        "empty": "",
        "on": True,
        "many": ["x", ""],
        "number": 2,
        "some": [Record("Item", {"Name": "n", "Inner": [Record("Pair", {"Key": "k"})], "None": ""})],
    }
    with pytest.raises(WrongCall, match="has no 'other'"):
        xml.arguments(request, types, {"other"})


def test_a_record_has_texts_and_lists_of_records() -> None:
    inner = Record("Rule", {"Port": "22"})
    record = Record("Group", {"Name": "web", "Rules": [inner], "Empty": ""})
    assert (record.text("Name"), record.text("Color", "red")) == ("web", "red")
    assert (list(record.records("Rules")), list(record.records("Empty")), list(record.records("Other"))) == (
        [inner],
        [],
        [],
    )


@pytest.mark.parametrize(
    ("read", "error"),
    [
        (lambda record: record.text("Color"), "A Group should have a text 'Color'"),
        (lambda record: record.text("Rules"), "A Group should have a text 'Rules'"),
        (lambda record: record.records("Name"), "A Group should have a list 'Name'"),
    ],
)
def test_a_field_that_is_missing_or_of_the_other_kind_is_an_error(read: Callable[[Record], object], error: str) -> None:
    with pytest.raises(WrongCall, match=error):
        read(Record("Group", {"Name": "web", "Rules": [Record("Rule", {"Port": "22"})]}))


def test_name_value_records_are_read_by_their_names() -> None:
    records = [Record("Input", {"ParamName": "a", "Value": "1"}), Record("Input", {"ParamName": "b"})]
    assert values_by_name(records, "ParamName") == {"a": "1", "b": ""}
