"""Allocators of numbers, addresses, MAC addresses and names. Pure: no clock, no lock; what is used is in the records.

An allocator hands out what is free, takes a given one on request, and makes what is released free again. What was never
used comes before what was released, the longest released first, so that a late packet for a deleted VM reaches nobody.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network
from socket import inet_ntoa
from typing import Callable, NamedTuple

from heavenly_cloud.errors import AddressTaken, InvalidValue, NoFreeAddress, NoFreeName, NoFreeNumber, OutsideNetwork
from heavenly_cloud.networks import usable_addresses
from heavenly_cloud.store import Records

NAME_LIMIT = 100  # characters
_NOT_IN_NAMES = re.compile(r"[^\w .|\[\]-]")
POOL, NUMBER, QUEUE = "pool", "number", "queue"
_AHEAD = -1


class PoolUse(NamedTuple):
    """Counters of a pool. used: how many numbers are in use; next: the lowest number that was never allocated;
    ahead: how many numbers from there on were taken all the same; first, last: the ends of the queue of released numbers."""

    used: int = 0
    next: int = 0
    ahead: int = 0
    first: int = 0
    last: int = 0


class NumberPool:
    """Pool of the numbers 0 to size - 1. Numbers that are used in sequence need no record of their own.

    Other numbers have one: _AHEAD when they were taken before their turn, or their position in the queue of released
    numbers. A method that raises leaves its changes to be rolled back by the store.
    """

    def __init__(self, records: Records, name: str, size: int) -> None:
        self.size = size
        self._records = records
        self._name = name

    @property
    def used(self) -> int:
        """How many numbers are in use."""
        return self._use.used

    @property
    def _use(self) -> PoolUse:
        return self._records.get(POOL, self._name, "") or PoolUse()

    def allocate(self) -> int:
        """Return a free number; raise NoFreeNumber when there is none."""
        use = self._use
        while use.ahead and self._position(use.next) is not None:
            self._records.delete(NUMBER, self._name, str(use.next))
            use = use._replace(next=use.next + 1, ahead=use.ahead - 1)
        if use.next < self.size:
            self._set(PoolUse(use.used + 1, use.next + 1, use.ahead, use.first, use.last))
            return use.next
        return self._longest_released(use)

    def _longest_released(self, use: PoolUse) -> int:
        for position in range(use.first, use.last):
            number = self._records.get(QUEUE, self._name, str(position))
            if number is not None:
                self._leave_queue(number, position)
                self._set(use._replace(used=use.used + 1, first=position + 1))
                return int(number)
        raise NoFreeNumber(total=self.size)

    def take(self, number: int) -> bool:
        """Take this very number; return False when it is in use or not in the pool."""
        use, position = self._use, self._position(number)
        if not 0 <= number < self.size or _is_used(number, use, position):
            return False
        if position is not None:
            self._leave_queue(number, position)
        else:
            self._records.put(NUMBER, self._name, str(number), _AHEAD)
            use = use._replace(ahead=use.ahead + 1)
        self._set(use._replace(used=use.used + 1))
        return True

    def release(self, number: int) -> None:
        """Make a number free again; does nothing when it is."""
        use, position = self._use, self._position(number)
        if not _is_used(number, use, position):
            return
        if number < use.next:
            self._records.put(NUMBER, self._name, str(number), use.last)
            self._records.put(QUEUE, self._name, str(use.last), number)
            use = use._replace(last=use.last + 1)
        else:
            self._records.delete(NUMBER, self._name, str(number))
            use = use._replace(ahead=use.ahead - 1)
        self._set(use._replace(used=use.used - 1))

    def is_used(self, number: int) -> bool:
        """Return whether the number is in use."""
        return _is_used(number, self._use, self._position(number))

    def drop(self) -> None:
        """Delete the records of the pool."""
        for kind in (POOL, NUMBER, QUEUE):
            self._records.drop(kind, self._name)

    def _position(self, number: int) -> int | None:
        position: int | None = self._records.get(NUMBER, self._name, str(number))
        return position

    def _leave_queue(self, number: int, position: int) -> None:
        self._records.delete(NUMBER, self._name, str(number))
        self._records.delete(QUEUE, self._name, str(position))

    def _set(self, use: PoolUse) -> None:
        self._records.put(POOL, self._name, "", use)


def _is_used(number: int, use: PoolUse, position: int | None) -> bool:
    return position == _AHEAD if position is not None else 0 <= number < use.next


class AddressPool:
    """Pool of the addresses that VMs may have in a network: not its own, its broadcast, and its first (the gateway).

    name: the pool's; label: what errors call the network ("the subnet 10.0.3.0/28").
    """

    def __init__(self, records: Records, name: str, network: IPv4Network, label: str) -> None:
        self.network = network
        self.label = label
        self._first = int(network.network_address) + 2
        self._pool = NumberPool(records, name, usable_addresses(network))

    @property
    def used(self) -> int:
        """How many addresses are in use."""
        return self._pool.used

    def allocate(self) -> str:
        """Return a free address; raise NoFreeAddress when there is none."""
        try:
            return inet_ntoa((self._first + self._pool.allocate()).to_bytes(4, "big"))
        except NoFreeNumber:
            raise NoFreeAddress(network=self.label, total=self._pool.size) from None

    def take(self, address: str) -> str:
        """Take this very address; raise InvalidValue, OutsideNetwork or AddressTaken."""
        try:
            number = int(IPv4Address(address)) - self._first
        except ValueError:
            raise InvalidValue(name="The address", value=address, right="an address like 10.0.3.5") from None
        if not 0 <= number < self._pool.size:
            raise OutsideNetwork(what="The address", value=address, network=f"the usable part of {self.label}")
        if not self._pool.take(number):
            raise AddressTaken(address=address, network=self.label)
        return address

    def release(self, address: str) -> None:
        """Make an address free again."""
        self._pool.release(int(IPv4Address(address)) - self._first)

    def drop(self) -> None:
        """Delete the records of the pool."""
        self._pool.drop()


class MacPool:
    """Pool of unicast, locally administered MAC addresses: 02, the cloud's id in two octets, then a number."""

    def __init__(self, records: Records, cloud_id: int, size: int = 1 << 24) -> None:
        self._prefix = f"02:{cloud_id >> 8 & 255:02x}:{cloud_id & 255:02x}"
        self._pool = NumberPool(records, "macs", size)

    @property
    def used(self) -> int:
        """How many MAC addresses are in use."""
        return self._pool.used

    def allocate(self) -> str:
        """Return a free MAC address; raise NoFreeNumber when there is none."""
        number = self._pool.allocate()
        return f"{self._prefix}:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"

    def release(self, mac: str) -> None:
        """Make a MAC address free again."""
        self._pool.release(int(mac[9:].replace(":", ""), 16))


def unique_name(base: str, is_taken: Callable[[str], bool], start: int, digits: int = 8) -> str:
    """Return "<base>-<hex>", a name that is not taken, of at most 100 letters, digits, spaces and "_.|[]-".

    start: a random number at which the search begins. Raises NoFreeName when all names with that many hex digits are
    taken.
    """
    total = 16**digits
    clean = _NOT_IN_NAMES.sub("", base)[: NAME_LIMIT - digits - 1].strip(" -") or "vm"
    for step in range(total):
        name = f"{clean}-{(start + step) % total:0{digits}x}"
        if not is_taken(name):
            return name
    raise NoFreeName(base=clean, total=total)
