"""Is a cloud whole? What is used must be what is allocated, and nothing may be there twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from heavenly_cloud import HeavenlyCloud, Instance
from heavenly_cloud.allocators import POOL
from heavenly_cloud.holdings import LEASE, NAME, NETWORK, USAGE, USER, management_network
from heavenly_cloud.models import Usage
from heavenly_cloud.networks import parse_network
from tests.fakes import Held, held


def audit(heaven: HeavenlyCloud) -> Held:
    """Check a cloud at one moment; return what it holds. Its accounts' MACs are all of one pool."""
    holds = held(heaven)
    instances = list(holds.instances.values())
    nics = [nic for instance in instances for nic in instance.nics]
    once("MAC", (nic.mac for nic in nics))
    once("name", (instance.name for instance in instances))
    once("address", ((nic.network, nic.address) for nic in nics if nic.address))
    once("public address", (nic.public_address for nic in nics if nic.public_address))
    for instance in instances:
        once("interface", (nic.name for nic in instance.nics))
        once("place", (nic.index for nic in instance.nics))
    assert {name for _, name in holds.of(NAME)} == {instance.name for instance in instances}
    assert {key for _, key in holds.of(LEASE)} <= set(holds.instances)
    _allocated(heaven, holds, instances)
    _counted(holds, instances)
    _sandboxes(holds, instances)
    return holds


def once(what: str, things: Iterable[object]) -> None:
    """Check that nothing is there twice."""
    twice = [thing for thing, times in Counter(things).items() if times > 1]
    assert not twice, f"{what} twice: {twice[:3]}"


def _allocated(heaven: HeavenlyCloud, holds: Held, instances: list[Instance]) -> None:
    used: Counter[str] = Counter()
    for instance in instances:
        for nic in instance.nics:
            used["macs"] += 1
            used[nic.network] += bool(nic.address)
            used[f"public-{instance.region}"] += bool(nic.public_address)
    allocated = {name: use.used for (name, _), use in holds.of(POOL).items() if use.used}
    assert allocated == {name: number for name, number in used.items() if name and number}
    cidrs = {subnet.id: subnet.cidr for sandbox in holds.sandboxes.values() for subnet in sandbox.subnets}
    for region in heaven.data.regions.values():
        cidrs[management_network(region.name)] = region.management_network
    for instance in instances:
        for nic in instance.nics:
            assert not nic.address or parse_network(f"{nic.address}/32").subnet_of(parse_network(cidrs[nic.network]))


def _counted(holds: Held, instances: list[Instance]) -> None:
    expected: dict[str, Usage] = {}

    def count(owner: str, *more: int) -> None:
        used = expected.get(owner, Usage())
        expected[owner] = Usage(*(old + new for old, new in zip(used, more)))

    for instance in instances:
        for owner in (f"account {instance.account}", f"region {instance.region}"):
            count(owner, 1, instance.size.vcpus, 0)
    for sandbox in holds.sandboxes.values():
        count(f"account {sandbox.account}", 0, 0, 1)
    assert {owner: used for (owner, _), used in holds.of(USAGE).items() if used != Usage()} == expected


def _sandboxes(holds: Held, instances: list[Instance]) -> None:
    networks = {(sandbox.region, sandbox.cidr) for sandbox in holds.sandboxes.values()}
    assert {(region, network.cidr) for (region, _), network in holds.of(NETWORK).items()} == networks
    on_subnets = {
        (nic.network, instance.id)
        for instance in instances
        for nic in instance.nics
        if nic.network.startswith("subnet")
    }
    assert set(holds.of(USER)) == on_subnets
    assert {network for network, _ in on_subnets} <= set(holds.subnets)
