"""Audit of a cloud: what is used must be what is allocated, and nothing may exist twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from heavenly_cloud import HeavenlyCloud, Instance
from heavenly_cloud.allocators import POOL
from heavenly_cloud.models import Usage
from heavenly_cloud.networks import parse_network
from heavenly_cloud.state import ATTACHMENT, CIDR_BLOCK, LEASE, NAME, USAGE, management_network
from tests.fakes import Held, held


def audit(cloud: HeavenlyCloud) -> Held:
    """Check a cloud at one moment and return its records. Its accounts share one pool of MAC addresses."""
    records = held(cloud)
    instances = list(records.instances.values())
    nics = [nic for instance in instances for nic in instance.nics]
    require_unique("MAC", (nic.mac for nic in nics))
    require_unique("name", (instance.name for instance in instances))
    require_unique("address", ((nic.network, nic.address) for nic in nics if nic.address))
    require_unique("public address", (nic.public_address for nic in nics if nic.public_address))
    for instance in instances:
        require_unique("interface", (nic.name for nic in instance.nics))
        require_unique("index", (nic.index for nic in instance.nics))
    assert {name for _, name in records.of(NAME)} == {instance.name for instance in instances}
    assert {key for _, key in records.of(LEASE)} <= set(records.instances)
    _check_pools(cloud, records, instances)
    _check_usage(records, instances)
    _check_networks(records, instances)
    return records


def require_unique(what: str, things: Iterable[object]) -> None:
    """Check that nothing exists twice."""
    twice = [thing for thing, times in Counter(things).items() if times > 1]
    assert not twice, f"{what} twice: {twice[:3]}"


def _check_pools(cloud: HeavenlyCloud, records: Held, instances: list[Instance]) -> None:
    used: Counter[str] = Counter()
    for instance in instances:
        for nic in instance.nics:
            used["macs"] += 1
            used[nic.network] += bool(nic.address)
            used[f"public-{instance.region}"] += bool(nic.public_address)
    allocated = {name: use.used for (name, _), use in records.of(POOL).items() if use.used}
    assert allocated == {name: number for name, number in used.items() if name and number}
    cidrs = {subnet.id: subnet.cidr for network in records.networks.values() for subnet in network.subnets}
    for region in cloud.config.regions.values():
        cidrs[management_network(region.name)] = region.management_network
    for instance in instances:
        for nic in instance.nics:
            assert not nic.address or parse_network(f"{nic.address}/32").subnet_of(parse_network(cidrs[nic.network]))


def _check_usage(records: Held, instances: list[Instance]) -> None:
    expected: dict[str, Usage] = {}

    def count(owner: str, *more: int) -> None:
        used = expected.get(owner, Usage())
        expected[owner] = Usage(*(old + new for old, new in zip(used, more)))

    for instance in instances:
        for owner in (f"account {instance.account}", f"region {instance.region}"):
            count(owner, 1, instance.size.vcpus, 0)
    for network in records.networks.values():
        count(f"account {network.account}", 0, 0, 1)
    assert {owner: used for (owner, _), used in records.of(USAGE).items() if used != Usage()} == expected


def _check_networks(records: Held, instances: list[Instance]) -> None:
    blocks = {(network.region, network.cidr, network.tag) for network in records.networks.values()}
    assert {(region, block.cidr, block.tag) for (region, _), block in records.of(CIDR_BLOCK).items()} == blocks
    attached = {
        (nic.network, instance.id)
        for instance in instances
        for nic in instance.nics
        if nic.network.startswith("subnet")
    }
    assert set(records.of(ATTACHMENT)) == attached
    assert {network for network, _ in attached} <= set(records.subnets)
