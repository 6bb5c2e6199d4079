"""Creation of instances, and their state as time passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from heavenly_cloud import nics
from heavenly_cloud.allocators import unique_name
from heavenly_cloud.config import Account, Region
from heavenly_cloud.errors import IdTaken, OtherRegion, RegionClosed, SizeTooSmall, UnknownName, quoted_list
from heavenly_cloud.lifecycle import DURATIONS, InstanceState, elapsed_state, progress
from heavenly_cloud.models import MANAGEMENT, Image, Instance, InstanceRequest, Nic, NicRequest, Size
from heavenly_cloud.state import CloudState, management_network

NAME_BITS = 32
Thing = TypeVar("Thing")


def require_open(state: CloudState, region: Region) -> None:
    """Raise RegionClosed when nothing can be deployed in the region."""
    if not region.deployable:
        open_ones = quoted_list(each.name for each in state.config.regions.values() if each.deployable)
        raise RegionClosed(name=region.name, known=open_ones)


def new_instance(
    state: CloudState, account: Account, region: Region, request: InstanceRequest, now: float, name: str = ""
) -> Instance:
    """Create and return an instance; raise as Client.create_instance does. name: its name, or empty for a unique one."""
    require_open(state, region)
    image = _known("image", request.image, state.config.images)
    size = _known("size", request.size, state.config.sizes)
    _require_size(image, size, state.config.sizes)
    state.require_room(account, region, size)
    network = state.find_network(account.name, request.tag)
    if network and network.region != region.name and _wants_subnets(request):
        raise OtherRegion(tag=network.tag, region=network.region, asked=region.name)
    instance = Instance(
        id=request.id,
        name=name or unique_name(request.name, state.is_taken, state.rng.getrandbits(NAME_BITS)),
        account=account.name,
        region=region.name,
        tag=request.tag,
        being=request.being,
        image=image,
        size=size,
        state=InstanceState.BUILDING if region.build_seconds else InstanceState.OFF,
        since=now,
        nics=_new_nics(state, account, region, request),
        public_key=network.key_pair.public_key if network and network.key_pair else "",
    )
    state.add_instance(instance)
    if request.lease:
        state.lease(instance, now + request.lease)
    return instance


def existing_or_conflict(instance: Instance, request: InstanceRequest) -> Instance:
    """Return the instance that has the request's id, if an equal request created it; raise IdTaken if not."""
    asked = (request.being, request.image, request.size, request.tag)
    if asked != (instance.being, instance.image.name, instance.size.name, instance.tag):
        raise IdTaken(id=request.id)
    if not _has_nics(instance, request.nics):
        raise IdTaken(id=request.id)
    return instance


def _has_nics(instance: Instance, asked: Sequence[NicRequest]) -> bool:
    """Return whether an instance has an interface on each network that is asked for, and the addresses."""
    management = management_network(instance.region)
    networks = sorted(management if nic.network == MANAGEMENT else nic.network for nic in asked)
    connected = [nic for nic in instance.nics if nic.network]
    addresses = {nic.address for nic in connected}
    return networks == sorted(nic.network for nic in connected) and all(
        nic.address in addresses for nic in asked if nic.address
    )


def _wants_subnets(request: InstanceRequest) -> bool:
    return any(nic.network != MANAGEMENT for nic in request.nics)


def _known(kind: str, name: str, things: Mapping[str, Thing]) -> Thing:
    if name not in things:
        raise UnknownName(kind=kind, name=name, known=quoted_list(things))
    return things[name]


def _require_size(image: Image, size: Size, sizes: Mapping[str, Size]) -> None:
    def fits(each: Size) -> bool:
        return each.memory_gb >= image.least_memory_gb and each.storage_gb >= image.least_storage_gb

    if not fits(size):
        known = quoted_list(each.name for each in sizes.values() if fits(each))
        raise SizeTooSmall(image=image.name, name=size.name, known=known)


def _new_nics(state: CloudState, account: Account, region: Region, request: InstanceRequest) -> tuple[Nic, ...]:
    subnets = [
        None if nic.network == MANAGEMENT else state.subnet(account.name, request.tag, nic.network)
        for nic in request.nics
    ]
    slots = nics.slots(request.name, [nic.name for nic in request.nics])
    created = [
        nics.new_nic(state, region.name, slot, wanted, subnet)
        for slot, wanted, subnet in zip(slots, request.nics, subnets)
    ]
    return tuple(sorted(created, key=lambda nic: nic.index))


def current(instance: Instance, regions: Mapping[str, Region], now: float) -> Instance:
    """Return an instance with its state at the time now."""
    if instance.state not in DURATIONS:
        return instance
    state, since = elapsed_state(instance.state, instance.since, _seconds(instance, regions), now)
    return instance if state is instance.state else replace(instance, state=state, since=since)


def progress_of(instance: Instance, regions: Mapping[str, Region], now: float) -> int:
    """Return how much of being built, powered on or powered off has passed, in percent; 100 for a stable state."""
    return progress(instance.state, instance.since, _seconds(instance, regions), now)


def _seconds(instance: Instance, regions: Mapping[str, Region]) -> float:
    name = DURATIONS.get(instance.state)
    seconds: float = getattr(regions[instance.region], name) if name and instance.region in regions else 0
    return seconds
