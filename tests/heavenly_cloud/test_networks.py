from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heavenly_cloud.errors import InvalidCidr, InvalidVlan
from heavenly_cloud.networks import HIGHEST_ID, Vlan, nic_index, parse_network

pairs_of_ids = st.lists(st.integers(1, HIGHEST_ID), min_size=2, max_size=12, unique=True).map(sorted)


@given(pairs_of_ids)
def test_sorted_numbers_and_ranges_are_a_vlan(numbers: list[int]) -> None:
    ids = ",".join(f"{low}-{high}" for low, high in zip(numbers[::2], numbers[1::2]))
    assert str(Vlan(ids, "Trunk", str(numbers[0]))) == f"{ids} (Trunk, QnQ {numbers[0]})"


@given(st.text(max_size=20))
def test_any_other_text_is_a_clear_error(text: str) -> None:
    try:
        assert Vlan(text, "Access").ids == text
    except InvalidVlan as error:
        assert str(HIGHEST_ID) in str(error)


@pytest.mark.parametrize(
    "ids",
    ["", "0", "16777216", "5-", "-5", "7-5", "5-5", "1,,2", "2,1", "1-5,3", "ten", "1.5", "٣", " 1", "1, 2", "9" * 20],
)
def test_what_is_no_vlan_is_refused(ids: str) -> None:
    for inner in (("11", ids), (ids, "")) if ids else (("", ""),):
        with pytest.raises(InvalidVlan):
            Vlan(inner[0], "Trunk", inner[1])


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(InvalidVlan, match="Access or Trunk, not 'access'"):
        Vlan("11", "access")
    assert str(Vlan("100-110,200", "Trunk")) == "100-110,200 (Trunk)"


@pytest.mark.parametrize("text", ["10.0.3.0", "10.0.3.1/24", "NOT-A-CIDR", "10.0.3.0/33", ""])
def test_text_that_is_not_a_network_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidCidr, match="10.0.3.0/24"):
        parse_network(text)


@pytest.mark.parametrize(
    ("name", "index"), [("eth1", 1), ("eth10", 10), ("Data", None), ("", None), ("eth", None), ("1", None)]
)
def test_a_numbered_name_has_its_index(name: str, index: int | None) -> None:
    assert nic_index(name) == index
