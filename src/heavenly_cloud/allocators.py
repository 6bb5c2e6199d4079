"""Who gets which number, address, MAC or name. Pure: no clock, no lock, no input or output.

An allocator hands out what is free, takes a given one on request, and has what is released free again. What was never
used comes before what was released, the longest released first, so that a late packet for a dead VM finds nobody.
"""

from __future__ import annotations

import random
import re
from collections import OrderedDict
from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network
from socket import inet_ntoa

from heavenly_cloud.errors import AddressTaken, InvalidValue, NoFreeAddress, NoFreeName, NoFreeNumber, OutsideNetwork

NAME_LIMIT = 100  # CloudShell's longest resource name
_NOT_IN_NAMES = re.compile(r"[^\w .|\[\]-]")


class NumberPool:
    """The numbers 0 to size - 1. What is used in sequence costs no memory."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.used = 0
        self._next = 0  # everything from here on was never allocated, except what is in _ahead
        self._ahead: set[int] = set()
        self._released: OrderedDict[int, None] = OrderedDict()

    def allocate(self) -> int:
        """Return a free number; raise NoFreeNumber when there is none."""
        while self._next in self._ahead:
            self._ahead.remove(self._next)
            self._next += 1
        if self._next < self.size:
            number = self._next
            self._next += 1
        elif self._released:
            number, _ = self._released.popitem(last=False)
        else:
            raise NoFreeNumber(total=self.size)
        self.used += 1
        return number

    def take(self, number: int) -> bool:
        """Take this very number; return False when it is used or not one of ours."""
        if not 0 <= number < self.size or self.is_used(number):
            return False
        if number < self._next:
            del self._released[number]
        else:
            self._ahead.add(number)
        self.used += 1
        return True

    def release(self, number: int) -> None:
        """Make a used number free again; one that is free stays so."""
        if not self.is_used(number):
            return
        self._ahead.discard(number)
        if number < self._next:
            self._released[number] = None
        self.used -= 1

    def is_used(self, number: int) -> bool:
        """Return whether the number is out."""
        return number in self._ahead or (0 <= number < self._next and number not in self._released)


class AddressPool:
    """The addresses of a network that VMs may have: not the network's own, its broadcast and its first (the gateway).

    what: how errors call the network ("the subnet 10.0.3.0/28").
    """

    def __init__(self, network: IPv4Network, what: str) -> None:
        self.network = network
        self.what = what
        self._first = int(network.network_address) + 2
        self._pool = NumberPool(max(network.num_addresses - 3, 0))

    @property
    def used(self) -> int:
        """How many addresses are out."""
        return self._pool.used

    def allocate(self) -> str:
        """Return a free address; raise NoFreeAddress when there is none."""
        try:
            return inet_ntoa((self._first + self._pool.allocate()).to_bytes(4, "big"))
        except NoFreeNumber:
            raise NoFreeAddress(network=self.what, total=self._pool.size) from None

    def take(self, address: str) -> str:
        """Take this very address; raise InvalidValue, OutsideNetwork or AddressTaken."""
        try:
            number = int(IPv4Address(address)) - self._first
        except ValueError:
            raise InvalidValue(name="Private IP", value=address, right="an address like 10.0.3.5") from None
        if not 0 <= number < self._pool.size:
            raise OutsideNetwork(what="The address", value=address, network=f"the usable part of {self.what}")
        if not self._pool.take(number):
            raise AddressTaken(address=address, network=self.what)
        return address

    def release(self, address: str) -> None:
        """Make an address free again."""
        self._pool.release(int(IPv4Address(address)) - self._first)


class MacPool:
    """Unicast, locally administered MAC addresses: 02, two octets of this cloud's own, then a number."""

    def __init__(self, rng: random.Random, size: int = 1 << 24) -> None:
        self._prefix = f"02:{rng.randrange(256):02x}:{rng.randrange(256):02x}"
        self._pool = NumberPool(size)

    @property
    def used(self) -> int:
        """How many MAC addresses are out."""
        return self._pool.used

    def allocate(self) -> str:
        """Return a free MAC address; raise NoFreeNumber when there is none."""
        number = self._pool.allocate()
        return f"{self._prefix}:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"

    def release(self, mac: str) -> None:
        """Make a MAC address free again."""
        self._pool.release(int(mac[9:].replace(":", ""), 16))


def unique_name(base: str, taken: Collection[str], rng: random.Random, digits: int = 8) -> str:
    """Return "<base>-<hex>", a name that is not taken and that CloudShell accepts for a resource.

    Raises NoFreeName when all names with that many hex digits are taken.
    """
    total = 16**digits
    clean = _NOT_IN_NAMES.sub("", base)[: NAME_LIMIT - digits - 1].strip(" -") or "app"
    start = rng.getrandbits(4 * digits)
    for step in range(total):
        name = f"{clean}-{(start + step) % total:0{digits}x}"
        if name not in taken:
            return name
    raise NoFreeName(base=clean, total=total)
