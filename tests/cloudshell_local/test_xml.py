from __future__ import annotations

from xml.etree.ElementTree import fromstring, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local.xml import DEEPEST, NotXml, node, read, written


@given(st.text(), st.text(), st.text())
def test_whatever_is_written_can_be_read(value: str, content: str, inner: str) -> None:
    found = fromstring(tostring(node("a", content, node("b", inner), Value=value), encoding="unicode"))
    assert found.find("b") is not None


@given(st.text(), st.text(), st.text())
def test_an_element_is_written_as_elementtree_writes_it(value: str, content: str, inner: str) -> None:
    element = node(
        "a", content, node("b", inner, Value=value + '&<>"'), node("c", "]]>\r\n\t"), Other="\r\n\t'", Value=value
    )
    assert written(element) == tostring(element, encoding="unicode")


@pytest.mark.parametrize("wrong", ["\x00", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_characters_that_xml_cannot_have_are_left_out(wrong: str) -> None:
    assert written(node("a", f"x{wrong}y", Value=f"\t{wrong}z\u2028")) == '<a Value="&#09;z\u2028">xy</a>'


def test_attributes_and_children_that_are_none_are_left_out() -> None:
    assert tostring(node("a", None, x=None, y=True, z=1)) == b'<a y="true" z="1" />'


@pytest.mark.parametrize("content", [b"", b"<a", b"\xff", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'])
def test_text_that_is_not_xml_or_declares_entities_is_refused(content: bytes) -> None:
    with pytest.raises(NotXml, match="it is not XML"):
        read(content)


@pytest.mark.parametrize(("depth", "is_read"), [(DEEPEST, True), (DEEPEST + 1, False), (50_000, False)])
def test_elements_are_nested_within_bounds(depth: int, is_read: bool) -> None:
    content = b"<a>" * depth + b"</a>" * depth
    if is_read:
        read(content)
    else:
        with pytest.raises(NotXml, match="its elements are nested more than 100 deep"):
            read(content)
