from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local.errors import WrongCall
from cloudshell_local.services.vlan_ids import HIGHEST_ID, is_ids, parse_ranges, readable_ranges, require_ids

UNREADABLE = ["20-10", "0", "0-5", "99999999", "16777216", "9" * 5000, "1-" + "9" * 5000]


def test_ranges_are_read_as_the_help_writes_them() -> None:
    assert parse_ranges("3, 100-220") == [range(3, 4), range(100, 221)]
    assert parse_ranges("007") == [range(7, 8)]


@pytest.mark.parametrize("text", ["", "a", "5-3", "1-", "-1", "2,,3", "\u0663", *UNREADABLE])
def test_wrong_ranges_are_an_error_with_an_example(text: str) -> None:
    with pytest.raises(WrongCall, match="should be VLAN ids and ranges of them, as 3, 100-220, from 1 to 16777215"):
        parse_ranges(text)
    assert readable_ranges(text) == []


def test_a_vlan_id_has_twelve_bits_and_that_of_a_vxlan_twenty_four() -> None:
    assert parse_ranges("4094", HIGHEST_ID["VLAN"])
    assert parse_ranges("16777215")
    with pytest.raises(WrongCall, match="'4095' should be VLAN ids .* from 1 to 4094"):
        parse_ranges("4095", HIGHEST_ID["VLAN"])


@given(st.text(max_size=12))
def test_any_other_text_is_the_name_of_a_network(text: str) -> None:
    if not is_ids(text):
        require_ids({"VLAN ID": text, "Virtual Network": text})
    assert not is_ids("net-5")


@pytest.mark.parametrize("text", UNREADABLE)
@pytest.mark.parametrize("name", ["VLAN ID", "Virtual Network", "Allocation Ranges"])
def test_ids_that_cannot_be_read_are_refused_in_each_attribute_of_a_vlan(name: str, text: str) -> None:
    with pytest.raises(WrongCall, match="should be VLAN ids and ranges of them"):
        require_ids({name: text})


def test_a_range_that_is_no_range_is_refused() -> None:
    with pytest.raises(WrongCall, match="'production' should be VLAN ids"):
        require_ids({"Allocation Ranges": "production"})
    require_ids({"VLAN ID": "production", "Allocation Ranges": ""})
