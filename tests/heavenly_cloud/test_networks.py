from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heavenly_cloud.errors import InvalidCidr, InvalidVlan
from heavenly_cloud.networks import Vlan, nic_index, nic_name, normal_ids, parse_ids, parse_network, vlan

ids = st.integers(1, 4094)
ranges = st.lists(st.tuples(ids, ids).map(lambda pair: (min(pair), max(pair))), min_size=1, max_size=8)


def expand(pairs: list[tuple[int, int]]) -> set[int]:
    return {number for low, high in pairs for number in range(low, high + 1)}


@given(ranges)
def test_ids_come_back_sorted_disjoint_and_complete(pairs: list[tuple[int, int]]) -> None:
    text = ",".join(f"{low}-{high}" for low, high in pairs)
    parsed = parse_ids(text)
    assert expand(parsed) == expand(pairs)
    assert all(before[1] + 1 < after[0] for before, after in zip(parsed, parsed[1:]))
    assert parse_ids(normal_ids(text)) == parsed


@given(st.text(max_size=20))
def test_any_text_is_ids_or_a_clear_error(text: str) -> None:
    try:
        assert all(1 <= low <= high <= 4094 for low, high in parse_ids(text))
    except InvalidVlan as error:
        assert "4094" in str(error)


@pytest.mark.parametrize(
    "text", ["", "0", "4095", "5-", "-5", "7-5", "1,,2", "ten", "1.5", "٣", "99999999999999999999"]
)
def test_text_that_is_not_a_vlan_is_refused(text: str) -> None:
    with pytest.raises(InvalidVlan):
        parse_ids(text)


def test_a_vxlan_id_goes_as_far_as_24_bits() -> None:
    assert vlan("16777215", "Access", "VXLAN") == Vlan("16777215", "Access")
    with pytest.raises(InvalidVlan, match="16777215"):
        vlan("16777216", "Access", "VXLAN")
    with pytest.raises(InvalidVlan, match="from 1 to 4094"):
        vlan("5000", "Access", "VLAN")


def test_only_trunks_take_ranges_and_only_single_ids_tunnel() -> None:
    assert str(vlan("100-110, 200", "Trunk")) == "100-110,200 (Trunk)"
    assert str(vlan("11", "Access", inner="20-30")) == "11 (Access, QnQ 20-30)"
    for arguments in (("10-20", "Access"), ("10,20", "Access"), ("10-20", "Trunk", "VLAN", "5"), ("10", "access")):
        with pytest.raises(InvalidVlan):
            vlan(*arguments)


@pytest.mark.parametrize("text", ["10.0.3.0", "10.0.3.1/24", "NOT-A-CIDR", "10.0.3.0/33", "", "::/0"])
def test_text_that_is_not_a_network_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidCidr, match="10.0.3.0/24"):
        parse_network(text)


@pytest.mark.parametrize(
    ("asked", "name", "index"),
    [
        ("1", "eth1", 1),
        ("eth1", "eth1", 1),
        (" ETH10 ", "eth10", 10),
        ("Data", "Data", None),
        ("", "", None),
        ("eth", "eth", None),
    ],
)
def test_an_interface_is_asked_for_by_number_or_by_name(asked: str, name: str, index: int | None) -> None:
    assert nic_name(asked) == name
    assert nic_index(nic_name(asked)) == index
