"""What a new cloud is filled with, when its data says so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from heavenly_cloud.data import Account, Region
from heavenly_cloud.errors import InvalidData
from heavenly_cloud.holdings import Holdings
from heavenly_cloud.instances import new_instance
from heavenly_cloud.lifecycle import State
from heavenly_cloud.models import MANAGEMENT, Angel, Being, InstanceRequest, Man, NicRequest, Sandbox, Subnet

MOST_SANDBOXES = 1 << 16  # a /24 of 10.0.0.0/8 each


@dataclass(frozen=True)
class _Place:
    """Where instances go: name is what theirs begin with; sandbox is empty for a region itself."""

    region: Region
    name: str
    sandbox: str
    network: str


def fill(held: Holdings, now: float) -> None:
    """Make the sandboxes and instances of the data's filling, in the open regions in turn, the instances powered on.

    Raises InvalidData, ExhaustedError when they are more than there is room for.
    """
    filling = held.data.filling
    regions = [region for region in held.data.regions.values() if region.deployable]
    account = held.data.accounts[filling.account] if filling.account else next(iter(held.data.accounts.values()))
    if filling.sandboxes > MOST_SANDBOXES:
        raise InvalidData(where="filling.sandboxes", reason=f"there can be at most {MOST_SANDBOXES}")
    if (filling.instances or filling.sandboxes) and not regions:
        raise InvalidData(where="filling", reason="no region is open for it")
    sandboxes = [_sandbox(held, account, regions[number % len(regions)], number) for number in range(filling.sandboxes)]
    places = sandboxes or [_Place(region, region.name, "", MANAGEMENT) for region in regions]
    for number in range(filling.instances):
        _instance(held, account, places[number % len(places)], number, now)


def _sandbox(held: Holdings, account: Account, region: Region, number: int) -> _Place:
    name = f"{region.name}.s{number}"
    cidr = f"10.{number >> 8}.{number & 255}.0/24"
    sandbox = Sandbox(name, account.name, region.name, cidr)
    held.add_sandbox(account, sandbox)
    subnet = Subnet(held.new_id("subnet"), name, "default", cidr, public=False)
    held.add_subnet(sandbox, subnet)
    return _Place(region, name, name, subnet.id)


def _instance(held: Holdings, account: Account, place: _Place, number: int, now: float) -> None:
    being: Being = Man(70.5, 180.1) if number % 2 else Angel(2, 10.5)
    name = f"{place.name}.{type(being).__name__.lower()}{number}"
    image, size = next(iter(held.data.images)), next(iter(held.data.sizes))
    nics = (NicRequest(place.network),)
    request = InstanceRequest(held.new_id("vm"), name, being, image, size, place.sandbox, nics)
    instance = new_instance(held, account, place.region, request, now, name)
    held.put_instance(replace(instance, state=State.ON, since=now))
