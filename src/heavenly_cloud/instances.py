"""Making an instance, and what time does to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from heavenly_cloud import nics
from heavenly_cloud.allocators import unique_name
from heavenly_cloud.data import Account, Region
from heavenly_cloud.errors import IdTaken, RegionClosed, SizeTooSmall, UnknownName, listed
from heavenly_cloud.holdings import Holdings
from heavenly_cloud.lifecycle import DURATIONS, State, passed, progress
from heavenly_cloud.models import MANAGEMENT, Image, Instance, InstanceRequest, Nic, Size
from heavenly_cloud.nics import Place

NAME_BITS = 32
Thing = TypeVar("Thing")


def require_open(held: Holdings, region: Region) -> None:
    """Raise RegionClosed when nothing can be deployed in the region."""
    if not region.deployable:
        open_ones = listed(each.name for each in held.data.regions.values() if each.deployable)
        raise RegionClosed(name=region.name, known=open_ones)


def new_instance(
    held: Holdings, account: Account, region: Region, request: InstanceRequest, now: float, name: str = ""
) -> Instance:
    """Make an instance. name: the one it has, or empty for a unique one; raises as Client.create_instance does."""
    require_open(held, region)
    image = _known("image", request.image, held.data.images)
    size = _known("size", request.size, held.data.sizes)
    _require_size(image, size, held.data.sizes)
    held.require_room(account, region, size)
    sandbox = held.find_sandbox(account.name, request.sandbox)
    instance = Instance(
        id=request.id,
        name=name or unique_name(request.name, held.is_taken, held.rng.getrandbits(NAME_BITS)),
        account=account.name,
        region=region.name,
        sandbox=request.sandbox,
        being=request.being,
        image=image,
        size=size,
        state=State.BUILDING if region.build_seconds else State.OFF,
        since=now,
        nics=_new_nics(held, account, region, request),
        public_key=sandbox.key_pair.public_key if sandbox and sandbox.key_pair else "",
    )
    held.add_instance(instance)
    if request.lease:
        held.lease(instance, now + request.lease)
    return instance


def made_already(instance: Instance, request: InstanceRequest) -> Instance:
    """Return the instance that is there under the request's id, if it was asked for just so; else raise IdTaken."""
    asked = (request.being, request.image, request.size, request.sandbox)
    if asked != (instance.being, instance.image.name, instance.size.name, instance.sandbox):
        raise IdTaken(id=request.id)
    return instance


def _known(kind: str, name: str, things: Mapping[str, Thing]) -> Thing:
    if name not in things:
        raise UnknownName(kind=kind, name=name, known=listed(things))
    return things[name]


def _require_size(image: Image, size: Size, sizes: Mapping[str, Size]) -> None:
    def fits(each: Size) -> bool:
        return each.memory_gb >= image.least_memory_gb and each.storage_gb >= image.least_storage_gb

    if not fits(size):
        known = listed(each.name for each in sizes.values() if fits(each))
        raise SizeTooSmall(image=image.name, name=size.name, known=known)


def _new_nics(held: Holdings, account: Account, region: Region, request: InstanceRequest) -> tuple[Nic, ...]:
    subnets = [
        None if nic.network == MANAGEMENT else held.subnet(account.name, request.sandbox, nic.network)
        for nic in request.nics
    ]
    places: list[Place] = nics.places(request.name, [nic.name for nic in request.nics])
    made = [
        nics.new_nic(held, region.name, place, wanted, subnet)
        for place, wanted, subnet in zip(places, request.nics, subnets)
    ]
    return tuple(sorted(made, key=lambda nic: nic.index))


def as_it_is(instance: Instance, regions: Mapping[str, Region], now: float) -> Instance:
    """Return an instance as time has made it."""
    if instance.state not in DURATIONS:
        return instance
    state, since = passed(instance.state, instance.since, _seconds(instance, regions), now)
    return instance if state is instance.state else replace(instance, state=state, since=since)


def progress_of(instance: Instance, regions: Mapping[str, Region], now: float) -> int:
    """Return how much of what an instance is in the midst of is over, in percent; 100 if that is nothing."""
    return progress(instance.state, instance.since, _seconds(instance, regions), now)


def _seconds(instance: Instance, regions: Mapping[str, Region]) -> float:
    name = DURATIONS.get(instance.state)
    seconds: float = getattr(regions[instance.region], name) if name and instance.region in regions else 0
    return seconds
