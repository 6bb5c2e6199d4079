"""Population of a new cloud with the sample data of its configuration."""

from __future__ import annotations

from dataclasses import dataclass, replace

from heavenly_cloud.config import Account, Region, SampleData
from heavenly_cloud.errors import InvalidData
from heavenly_cloud.instances import new_instance
from heavenly_cloud.lifecycle import InstanceState
from heavenly_cloud.models import MANAGEMENT, Angel, Being, InstanceRequest, Man, NicRequest, Subnet, VirtualNetwork
from heavenly_cloud.state import CloudState

MOST_NETWORKS = 1 << 16  # a /24 of 10.0.0.0/8 for each


@dataclass(frozen=True)
class _Location:
    """A region, or a virtual network in it, that instances go to. name: the beginning of their names; tag: empty for a
    region itself; network: what their interfaces are on."""

    region: Region
    name: str
    tag: str
    network: str


def populate(state: CloudState, now: float) -> None:
    """Create the sample data of the configuration, in the open regions in turn, the instances powered on.

    Raises InvalidData; ExhaustedError when a quota or capacity is too small for it.
    """
    sample = state.config.sample_data
    regions = [region for region in state.config.regions.values() if region.deployable]
    _require_possible(sample, regions)
    accounts = state.config.accounts
    account = accounts[sample.account] if sample.account else next(iter(accounts.values()))
    networks = [
        _add_network(state, account, regions[number % len(regions)], number) for number in range(sample.networks)
    ]
    locations = networks or [_Location(region, region.name, "", MANAGEMENT) for region in regions]
    for number in range(sample.instances):
        _add_instance(state, account, locations[number % len(locations)], number, now)


def _require_possible(sample: SampleData, regions: list[Region]) -> None:
    if sample.networks > MOST_NETWORKS:
        raise InvalidData(where="sample_data.networks", reason=f"there can be at most {MOST_NETWORKS}")
    if (sample.instances or sample.networks) and not regions:
        raise InvalidData(where="sample_data", reason="no region is open for it")


def _add_network(state: CloudState, account: Account, region: Region, number: int) -> _Location:
    tag = f"{region.name}.net{number}"
    cidr = f"10.{number >> 8}.{number & 255}.0/24"
    network = VirtualNetwork(tag, account.name, region.name, cidr)
    state.add_network(account, network)
    subnet = Subnet(state.new_id("subnet"), tag, "default", cidr, public=False)
    state.add_subnet(network, subnet)
    return _Location(region, tag, tag, subnet.id)


def _add_instance(state: CloudState, account: Account, location: _Location, number: int, now: float) -> None:
    being: Being = Man(70.5, 180.1) if number % 2 else Angel(2, 10.5)
    name = f"{location.name}.{type(being).__name__.lower()}{number}"
    image, size = next(iter(state.config.images)), next(iter(state.config.sizes))
    nics = (NicRequest(location.network),)
    request = InstanceRequest(state.new_id("vm"), name, being, image, size, location.tag, nics)
    instance = new_instance(state, account, location.region, request, now, name)
    state.put_instance(replace(instance, state=InstanceState.ON, since=now))
