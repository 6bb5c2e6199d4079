from __future__ import annotations

import pytest

from cloudshell_local.shells import yaml_reader
from cloudshell_local.shells.yaml_reader import DEEPEST, MAX_BYTES, NotYaml, read_yaml


def test_yaml_is_read_with_its_aliases_and_merged_keys() -> None:
    content = b"a: &a {x: 1, y: [2, 3]}\nb: *a\nc: {<<: *a, z: 2001-01-01}\nd: yes\n"
    found = read_yaml(content)
    assert isinstance(found, dict)
    assert found["b"] == {"x": 1, "y": [2, 3]}
    assert sorted(found["c"]) == ["x", "y", "z"]


def test_texts_are_cleaned_in_keys_and_values() -> None:
    assert read_yaml(rb'{"\uD800": ["\uDFFF", &a ["\0"], *a]}') == {"\ufffd": ["\ufffd", ["\ufffd"], ["\ufffd"]]}


def test_it_is_as_deep_as_the_bound_and_not_deeper() -> None:
    assert read_yaml(b"[" * DEEPEST + b"]" * DEEPEST)
    with pytest.raises(NotYaml, match="line 3: it is nested more than 50 deep"):
        read_yaml(b"\n\n" + b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1))


def test_it_has_as_many_values_as_the_bound_and_not_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_reader, "MOST_VALUES", 8)
    assert read_yaml(b"[&a [x, x], *a, x]") == [["x", "x"], ["x", "x"], "x"]
    with pytest.raises(NotYaml, match="line 2: it has more than 8 values, counted with what its aliases stand for"):
        read_yaml(b"[&a [x, x], *a,\n*a]")


def test_a_long_text_counts_as_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_reader, "MOST_VALUES", 8)
    assert read_yaml(b"[" + b"x" * 600 + b"]")
    with pytest.raises(NotYaml, match="more than 8 values"):
        read_yaml(b"[" + b"x" * 700 + b"]")


def test_it_is_as_large_as_the_bound_and_not_larger() -> None:
    assert read_yaml(b"a: #" + b"x" * (MAX_BYTES - 4)) == {"a": None}
    with pytest.raises(NotYaml, match="it is 512 KB; at most 512 KB are read"):
        read_yaml(b"a: #" + b"x" * (MAX_BYTES - 3))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a: [", r"it is not YAML \(line 1: while parsing a flow node expected"),
        (b"a: b: c", r"it is not YAML \(line 1: mapping values are not allowed here"),
        (b"a: 2001-02-30", r"it is not YAML \(day is out of range for month"),
        (b"\xff", r"it is not YAML \('utf-8' codec can't decode"),
        (b"a: &x [*x]", r"line 1: the alias \*x stands for nothing that is whole"),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_line(content: bytes, problem: str) -> None:
    with pytest.raises(NotYaml, match=problem):
        read_yaml(content)
