"""Allocation of VLAN ids and networks, in pure functions.

As on the real server, a VLAN service gets the first free id of its ranges, and a sandbox's network is a /24 of 10.0.0.0/8
that overlaps neither another sandbox's network nor one in use: docs/reference/server.md §6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network

from cloudshell_local.errors import Exhausted, WrongCall
from cloudshell_local.services.vlan_ids import is_ids, parse_ranges, readable_ranges

DEFAULT_RANGES = "2-4094"
SANDBOXES = IPv4Network("10.0.0.0/8")
SANDBOX_PREFIX = 24


def first_free_vlan(ranges: str, taken: Sequence[str]) -> str:
    """Return the first VLAN id of the ranges that no taken text contains; raise Exhausted or WrongCall.

    taken: texts of ids and ranges, or names of networks, which take no id; nor does what others hold and cannot be read.
    """
    used = sorted((ids.start, ids.stop) for text in taken for ids in readable_ranges(text))
    for ids in parse_ranges(ranges):
        vlan = ids.start
        for start, stop in used:
            vlan = stop if start <= vlan < stop else vlan
        if vlan in ids:
            return str(vlan)
    raise Exhausted(f"No VLAN of {ranges} is free")


def overlap(one: str, other: str) -> bool:
    """Return whether two texts have a VLAN id in common, or are the same network's name."""
    if not is_ids(one) or not is_ids(other):
        return one == other
    return any(a.start < b.stop and b.start < a.stop for a in readable_ranges(one) for b in readable_ranges(other))


def parse_networks(text: str) -> list[IPv4Network]:
    """Return the networks that a text as "10.0.0.0/24, 10.1.0.0/26" lists; raise WrongCall for other texts."""
    try:
        return [IPv4Network(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise WrongCall(f"'Networks in use' should be networks, as 10.0.0.0/24, 10.1.0.0/26: {error}") from None


def free_network(taken: Iterable[IPv4Network]) -> IPv4Network:
    """Return the first free network for a sandbox; raise Exhausted."""
    return _first_free(SANDBOXES, SANDBOX_PREFIX, list(taken))


def free_subnet(network: IPv4Network, size: int, taken: Iterable[IPv4Network]) -> IPv4Network:
    """Return the first free subnet of a network that has so many addresses; raise Exhausted, or WrongCall for the size."""
    if size not in (16, 32, 64, 128, 256):
        raise WrongCall(f"The subnet size {size} should be one of 16, 32, 64, 128")
    return _first_free(network, 33 - size.bit_length(), list(taken))


def _first_free(network: IPv4Network, prefix: int, taken: Sequence[IPv4Network]) -> IPv4Network:
    for candidate in _candidates(network, prefix, sorted(taken)):
        return candidate
    raise Exhausted(f"No /{prefix} of {network} is free; {len(taken)} networks are taken")


def _candidates(network: IPv4Network, prefix: int, taken: Sequence[IPv4Network]) -> Iterator[IPv4Network]:
    """Yield the free subnets of a network in their order. taken: sorted; whole taken networks are skipped at once."""
    step = 2 ** (32 - prefix)
    address, end = int(network.network_address), int(network.broadcast_address)
    for other in taken:
        first, last = int(other.network_address), int(other.broadcast_address)
        while address + step <= first and address + step - 1 <= end:
            yield IPv4Network((address, prefix))
            address += step
        if last >= address:
            address = (last // step + 1) * step
    while address + step - 1 <= end:
        yield IPv4Network((address, prefix))
        address += step
