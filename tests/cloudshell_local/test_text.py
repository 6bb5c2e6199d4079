from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local.text import cleaned, cleaned_json, parsed_json


@given(st.text())
def test_any_text_can_be_written_when_it_is_cleaned(text: str) -> None:
    cleaned(text).encode()


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_a_text_that_can_be_written_stays_as_it_is(text: str) -> None:
    assert cleaned(text) == text


@pytest.mark.parametrize(
    ("text", "expected"), [("a\ud800b", "a\ufffdb"), ("\udcff", "\ufffd"), ("\ud83d\ude00", "\U0001f600")]
)
def test_lone_surrogates_are_replaced_and_pairs_become_what_they_stand_for(text: str, expected: str) -> None:
    assert cleaned(text) == expected


def test_all_texts_of_a_json_value_are_cleaned() -> None:
    value = json.loads(r'{"\ud800": ["\ud800", {"a": "\udfff"}, 1, null, true]}')
    assert cleaned_json(value) == {"\ufffd": ["\ufffd", {"a": "\ufffd"}, 1, None, True]}


@pytest.mark.parametrize("text", ["[" * 100_000, "{", "", '"' + "1" * 10, "1" * 10_000])
def test_what_is_no_json_is_a_value_error_however_it_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        parsed_json(text)


def test_json_is_cleaned() -> None:
    assert parsed_json(r'{"a": "\ud800\u0000"}') == {"a": "\ufffd\ufffd"}
