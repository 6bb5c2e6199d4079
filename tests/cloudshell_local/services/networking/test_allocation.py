from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local.errors import Exhausted, WrongCall
from cloudshell_local.services.networking.allocation import (
    first_free_vlan,
    free_network,
    free_subnet,
    overlap,
    parse_networks,
)

TEN = IPv4Network("10.0.0.0/8")
networks = st.builds(
    lambda number, prefix: IPv4Network((int(TEN.network_address) + number * 64, prefix), strict=False),
    st.integers(0, 2**11),
    st.integers(20, 30),
)


def test_the_first_free_vlan_is_taken() -> None:
    assert first_free_vlan("2-4094", []) == "2"
    assert first_free_vlan("2-4094", ["2", "3-5", "7", "production"]) == "6"
    assert first_free_vlan("5, 7-8", ["5"]) == "7"
    with pytest.raises(Exhausted, match="No VLAN of 2-3 is free"):
        first_free_vlan("2-3", ["2", "3"])


def test_what_others_hold_and_cannot_be_read_stops_nobody() -> None:
    for text in ("20-10", "0", "99999999", "9" * 5000, "", "-"):
        assert first_free_vlan("2-4094", [text, "2"]) == "3"
        assert not overlap(text, "2-4094")
        assert not overlap("2-4094", text)


@given(st.lists(st.integers(1, 30), max_size=40), st.integers(1, 20), st.integers(0, 10))
def test_a_vlan_is_in_the_ranges_and_not_taken_and_the_lowest(taken: list[int], start: int, length: int) -> None:
    free = sorted(set(range(start, start + length + 1)) - set(taken))
    ranges = f"{start}-{start + length}"
    if free:
        assert first_free_vlan(ranges, [str(vlan) for vlan in taken]) == str(free[0])
    else:
        with pytest.raises(Exhausted):
            first_free_vlan(ranges, [str(vlan) for vlan in taken])


def test_vlans_overlap_by_their_ids_and_networks_by_their_names() -> None:
    assert overlap("1-5", "5,9")
    assert not overlap("1-5", "6")
    assert overlap("net-a", "net-a")
    assert not overlap("net-a", "5")


def test_a_sandbox_gets_the_first_free_network() -> None:
    assert free_network([]) == IPv4Network("10.0.0.0/24")
    in_use = parse_networks("10.0.0.0/24, 10.0.2.0/26")
    assert free_network(in_use) == IPv4Network("10.0.1.0/24")
    assert free_network([*in_use, IPv4Network("10.0.1.0/24")]) == IPv4Network("10.0.3.0/24")
    with pytest.raises(Exhausted, match=r"No /24 of 10\.0\.0\.0/8 is free"):
        free_network([TEN])


@given(st.lists(networks, max_size=30))
def test_a_network_overlaps_none_that_is_taken_and_is_the_lowest(taken: list[IPv4Network]) -> None:
    found = free_network(taken)
    assert not any(found.overlaps(other) for other in taken)
    assert found.prefixlen == 24
    address = int(TEN.network_address)
    while address < int(found.network_address):
        assert any(IPv4Network((address, 24)).overlaps(other) for other in taken)
        address += 256


@given(st.lists(st.sampled_from([16, 32, 64, 128]), max_size=8))
def test_subnets_are_in_the_network_and_do_not_overlap(sizes: list[int]) -> None:
    network, taken = IPv4Network("10.0.0.0/24"), list[IPv4Network]()
    for size in sizes:
        try:
            subnet = free_subnet(network, size, taken)
        except Exhausted:
            assert sum(each.num_addresses for each in taken) + size > 128
            continue
        assert subnet.num_addresses == size
        assert subnet.subnet_of(network)
        assert not any(subnet.overlaps(other) for other in taken)
        taken.append(subnet)


def test_other_sizes_and_networks_are_refused() -> None:
    with pytest.raises(WrongCall, match="should be one of 16, 32, 64, 128"):
        free_subnet(IPv4Network("10.0.0.0/24"), 20, [])
    with pytest.raises(WrongCall, match="'Networks in use' should be networks"):
        parse_networks("10.0.0.0/24, heaven")
    assert parse_networks("") == []
