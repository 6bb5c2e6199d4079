from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.resource import VLAN_TYPES
from shell.vlans import HIGHEST_ID, InvalidVlan, Vlan, read_ids, read_vlan

ids = st.integers(1, 4094)
pairs_of_ids = st.lists(st.tuples(ids, ids).map(lambda pair: (min(pair), max(pair))), min_size=1, max_size=8)


def expand(pairs: Iterable[tuple[int, int]]) -> set[int]:
    return {number for low, high in pairs for number in range(low, high + 1)}


@given(pairs_of_ids)
def test_ids_come_back_sorted_disjoint_and_complete(pairs: list[tuple[int, int]]) -> None:
    text = ",".join(f"{low}-{high}" for low, high in pairs)
    parsed = read_ids(text)
    assert expand(parsed) == expand(pairs)
    assert all(before[1] + 1 < after[0] for before, after in zip(parsed, parsed[1:]))


def test_ranges_that_touch_are_one() -> None:
    assert read_ids("100-105,106-110") == ((100, 110),)
    assert read_ids("106-110, 100-105, 200") == ((100, 110), (200, 200))


@given(st.text(max_size=20))
def test_any_text_is_ids_or_a_clear_error(text: str) -> None:
    try:
        assert all(1 <= low <= high <= 4094 for low, high in read_ids(text))
    except InvalidVlan as error:
        assert "4094" in str(error)


@pytest.mark.parametrize(
    "text", ["", "0", "4095", "5-", "-5", "7-5", "1,,2", "ten", "1.5", "٣", "99999999999999999999"]
)
def test_what_is_no_vlan_is_refused(text: str) -> None:
    with pytest.raises(InvalidVlan):
        read_ids(text)


def test_a_vxlan_id_goes_as_far_as_24_bits() -> None:
    assert read_vlan("16777215", "Access", "VXLAN") == Vlan(((16777215, 16777215),), "Access")
    with pytest.raises(InvalidVlan, match="16777215"):
        read_vlan("16777216", "Access", "VXLAN")
    with pytest.raises(InvalidVlan, match="from 1 to 4094"):
        read_vlan("5000", "Access", "VLAN")
    assert tuple(HIGHEST_ID) == VLAN_TYPES


def test_only_trunks_take_ranges_and_only_single_ids_tunnel() -> None:
    assert read_vlan("100-110, 200", "Trunk") == Vlan(((100, 110), (200, 200)), "Trunk")
    assert read_vlan("11", "Access", inner="20-30") == Vlan(((11, 11),), "Access", ((20, 30),))
    for arguments in (("10-20", "Access"), ("10,20", "Access"), ("10-20", "Trunk", "VLAN", "5"), ("10", "access")):
        with pytest.raises(InvalidVlan):
            read_vlan(*arguments)
