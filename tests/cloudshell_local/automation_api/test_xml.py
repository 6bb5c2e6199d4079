from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local.automation_api import xml
from cloudshell_local.automation_api.xml import Records, info
from cloudshell_local.errors import NotFound, WrongCall
from cloudshell_local.xml import node


@given(st.text(), st.text())
def test_any_text_makes_an_answer_that_can_be_read(name: str, value: str) -> None:
    """A driver may print anything, also what XML cannot have."""
    answer = xml.answered("Op", info("AttributeValueInfo", node("string", value), Name=name))
    found = fromstring(answer.decode()).find(".//*[@Name]")
    assert found is not None


def test_characters_that_xml_cannot_have_are_left_out() -> None:
    assert b'Name="ab"' in xml.answered("Op", info("X", Name="a\x00\x1bb"))


def test_values_are_written_as_clients_read_them() -> None:
    answer = xml.answered("Op", info("X", node("List"), None, Yes=True, No=False, Number=1.5, Nothing=None))
    assert b'<ResponseInfo xsi:type="X" Yes="true" No="false" Number="1.5"><List /></ResponseInfo>' in answer
    assert b"Nothing" not in answer


def test_an_error_has_its_text_and_code() -> None:
    answer = xml.refused("Op", NotFound("<a>"))
    assert b"<Error>EntityException [Error Code: EntityNotFound]: Entity '&lt;a&gt;' not found.</Error>" in answer
    assert b"</Error><ErrorCode>102</ErrorCode>" in answer


def test_parameters_are_converted_and_unknown_ones_left_alone() -> None:
    call = xml.parse(
        "Op",
        b"<Op><name>a</name><empty/><on>true</on><many><string>x</string><string/></many><number>2.0</number>"
        b"<some><Item><Name>n</Name><Inner><Pair><Key>k</Key></Pair></Inner><None/></Item></some><new>1</new></Op>",
    )
    types: Any = {
        "name": str,
        "empty": str,
        "on": bool,
        "many": list[str],
        "number": int,
        "some": Records,
        "missing": str,
    }
    assert xml.arguments(call, types, {"name"}) == {
        "name": "a",
        "empty": "",
        "on": True,
        "many": ["x", ""],
        "number": 2,
        "some": [{"Name": "n", "Inner": [{"Key": "k"}], "None": ""}],
    }
    with pytest.raises(WrongCall, match="has no 'other'"):
        xml.arguments(call, types, {"other"})
