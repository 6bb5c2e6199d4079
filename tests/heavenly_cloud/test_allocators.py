from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, rule

from heavenly_cloud.allocators import AddressPool, MacPool, NumberPool, unique_name
from heavenly_cloud.errors import AddressTaken, InvalidValue, NoFreeAddress, NoFreeName, NoFreeNumber, OutsideNetwork
from heavenly_cloud.store import MemoryRecords, MemoryStore

SIZE = 8


def pool_of(cidr: str) -> AddressPool:
    return AddressPool(MemoryRecords(), cidr, IPv4Network(cidr), f"the subnet {cidr}")


class NumberPoolMachine(RuleBasedStateMachine):
    """The pool against a plain set. Each step is a piece of work of a store, as an operation's is."""

    out = Bundle("out")

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.model: set[int] = set()

    def do(self, step: Callable[[NumberPool], Any]) -> Any:
        return self.store.run(lambda records: step(NumberPool(records, "numbers", SIZE)))

    @rule(target=out)
    def allocate(self) -> int:
        if len(self.model) == SIZE:
            with pytest.raises(NoFreeNumber):
                self.do(lambda pool: pool.allocate())
            return -1
        number = int(self.do(lambda pool: pool.allocate()))
        assert number not in self.model
        assert 0 <= number < SIZE
        self.model.add(number)
        return number

    @rule(number=st.integers(-2, SIZE + 1))
    def take(self, number: int) -> None:
        free = 0 <= number < SIZE and number not in self.model
        assert self.do(lambda pool: pool.take(number)) is free
        if free:
            self.model.add(number)

    @rule(number=consumes(out))
    def release(self, number: int) -> None:
        self.release_any(number)

    @rule(number=st.integers(-2, SIZE + 1))
    def release_any(self, number: int) -> None:
        self.do(lambda pool: pool.release(number))
        self.model.discard(number)

    @rule()
    def agrees(self) -> None:
        assert self.do(lambda pool: pool.used) == len(self.model)
        used = self.do(lambda pool: {number for number in range(-1, SIZE + 1) if pool.is_used(number)})
        assert used == self.model
        use = self.do(lambda pool: pool._use)
        assert use.ahead == len({number for number in self.model if number >= use.next})


TestNumberPool = NumberPoolMachine.TestCase


def test_a_number_that_was_never_used_comes_before_a_released_one() -> None:
    pool = NumberPool(MemoryRecords(), "numbers", 3)
    first = pool.allocate()
    pool.release(first)
    assert [pool.allocate(), pool.allocate(), pool.allocate()] == [1, 2, 0]


@given(st.integers(24, 30))
def test_every_usable_address_is_given_once_and_then_the_network_is_full(prefix: int) -> None:
    network = IPv4Network(f"10.0.3.0/{prefix}")
    pool = pool_of(str(network))
    given_out = [pool.allocate() for _ in range(network.num_addresses - 3)]
    assert len(set(given_out)) == len(given_out)
    forbidden = {network.network_address, network.network_address + 1, network.broadcast_address}
    assert forbidden.isdisjoint(IPv4Address(address) for address in given_out)
    with pytest.raises(NoFreeAddress, match="no free address in the subnet 10.0.3.0/[0-9]+: all"):
        pool.allocate()
    pool.release(given_out[0])
    assert pool.allocate() == given_out[0]


@pytest.mark.parametrize("prefix", [31, 32])
def test_a_network_too_small_for_vms_has_no_address(prefix: int) -> None:
    with pytest.raises(NoFreeAddress):
        pool_of(f"10.0.3.0/{prefix}").allocate()


def test_a_given_address_is_taken_or_refused_by_name() -> None:
    pool = pool_of("10.0.3.0/28")
    assert pool.take("10.0.3.9") == "10.0.3.9"
    with pytest.raises(AddressTaken, match=r"10\.0\.3\.9 in the subnet 10\.0\.3\.0/28"):
        pool.take("10.0.3.9")
    for outside in ("10.0.3.0", "10.0.3.1", "10.0.3.15", "10.0.4.2"):
        with pytest.raises(OutsideNetwork, match=outside):
            pool.take(outside)
    with pytest.raises(InvalidValue, match="The address is 'ten'"):
        pool.take("ten")
    assert pool.used == 1


@given(st.integers(0, 0xFFFF))
def test_macs_are_unicast_locally_administered_and_unique(cloud_id: int) -> None:
    pool = MacPool(MemoryRecords(), cloud_id, size=16)
    macs = [pool.allocate() for _ in range(16)]
    assert len(set(macs)) == 16
    for mac in macs:
        first = int(mac[:2], 16)
        assert first & 1 == 0
        assert first & 2 == 2
        assert len(mac) == 17
    with pytest.raises(NoFreeNumber):
        pool.allocate()
    pool.release(macs[5])
    assert pool.allocate() == macs[5]


@given(st.text(max_size=200))
def test_a_name_has_only_the_permitted_characters(base: str) -> None:
    name = unique_name(base, lambda _: False, 1)
    assert re.fullmatch(r"[\w.|\[\]-][\w .|\[\]-]{0,99}", name)


def test_names_are_unique_until_there_are_no_more() -> None:
    taken = set[str]()
    for _ in range(16):
        taken.add(unique_name("web", taken.__contains__, 7, digits=1))
    assert len(taken) == 16
    with pytest.raises(NoFreeName, match="All 16 names for 'web'"):
        unique_name("web", taken.__contains__, 7, digits=1)


def test_a_vm_without_a_usable_letter_is_named_all_the_same() -> None:
    assert unique_name("???", lambda _: False, 1) == "vm-00000001"


def test_a_pool_used_in_sequence_has_one_record_and_a_dropped_one_none() -> None:
    records = MemoryRecords()
    pool = NumberPool(records, "numbers", 100)
    for _ in range(50):
        pool.allocate()
    assert len(records.everything()) == 1
    pool.take(80)
    pool.release(3)
    pool.drop()
    assert records.everything() == []
