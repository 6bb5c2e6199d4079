from __future__ import annotations

import pytest

from cloudshell_local.shells.yaml_data import as_text, mapping, sequence, words


def test_parts_of_another_shape_are_empty() -> None:
    assert mapping({"a": {1: "x"}}, "a") == {"1": "x"}
    assert mapping({"a": [1]}, "a") == mapping({}, "a") == {}
    assert sequence({"a": [1]}, "a") == [1]
    assert sequence({"a": {"b": 1}}, "a") == sequence({}, "a") == []


@pytest.mark.parametrize(("value", "text"), [(None, ""), (True, "True"), (1.5, "1.5"), ("x", "x")])
def test_values_are_text(value: object, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("value", "found"),
    [("a, b c,", ["a", "b c"]), (["a, b", 7, " c ", None], ["a, b", "7", "c"]), (None, []), (7, ["7"])],
)
def test_words_are_those_of_a_list_or_of_a_text(value: object, found: list[str]) -> None:
    assert words(value) == found
