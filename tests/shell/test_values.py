from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shell import values
from shell.errors import InvalidValue

ATTRIBUTES = {"Linux Server.Public IP": "1.2.3.4", "User": "", "Shell.Path.Auto Delete": "FALSE", "n": None, "b": True}


def test_an_attribute_is_found_bare_or_under_its_namespace() -> None:
    assert values.attribute_name(ATTRIBUTES, "Public IP") == "Linux Server.Public IP"
    assert values.attribute_name(ATTRIBUTES, "User") == "User"
    assert values.attribute_name(ATTRIBUTES, "Password") is None


def test_what_is_absent_null_or_empty_has_the_default() -> None:
    assert [values.text(ATTRIBUTES, name, "d") for name in ("User", "n", "x")] == ["d", "d", "d"]
    assert values.whole_number({}, "x", 3) == 3
    assert values.number({"x": ""}, "x", 1.5) == 1.5
    assert values.truth({}, "x", True) is True


def test_values_are_typed_and_a_wrong_one_is_named() -> None:
    assert values.truth(ATTRIBUTES, "Auto Delete", True) is False
    assert values.truth(ATTRIBUTES, "b", False) is True
    for read, right in (
        (values.whole_number, "a whole number"),
        (values.number, "a number"),
        (values.truth, "True or False"),
    ):
        with pytest.raises(InvalidValue, match=f"'wing_count' is 'two' but should be {right}"):
            read({"p.wing_count": "two"}, "wing_count", True)


@pytest.mark.parametrize("text", ["1_000", "٣", "0x10", "1e400", "nan", "inf", "1 2", "१.५"])
def test_numbers_are_ascii_and_finite(text: str) -> None:
    for read in (values.whole_number, values.number):
        with pytest.raises(InvalidValue, match="'x' is"):
            read({"x": text}, "x", 1)


@given(st.integers(-(10**12), 10**12))
def test_whole_numbers_are_read(number: int) -> None:
    assert values.whole_number({"x": f" {number} "}, "x", 1) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read(number: float) -> None:
    assert values.number({"x": str(number)}, "x", 1) == number


def test_an_error_does_not_repeat_an_endless_value() -> None:
    with pytest.raises(InvalidValue) as caught:
        values.whole_number({"x": "9" * 10_000}, "x", 1)
    assert len(str(caught.value)) < 200


def test_lists_are_written_with_commas_or_semicolons() -> None:
    assert values.split("10.0.0.0/24; 10.9.0.0/16,,") == ("10.0.0.0/24", "10.9.0.0/16")
    assert values.split("") == ()
