"""The services of a diagram: VLANs for L2 providers, subnets for L3 ones. Their attributes are those of real sandboxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cloudshell_local.errors import NotFound, WrongCall
from cloudshell_local.services.networking.allocation import DEFAULT_RANGES
from cloudshell_local.storage.model import Service

_VLAN = {
    "Allocation Ranges": DEFAULT_RANGES,
    "Isolation Level": "Exclusive",
    "Access Mode": "Access",
    "VLAN ID": "",
    "Pool Name": "",
    "Virtual Network": "",
    "QnQ": "False",
    "CTag": "",
}
_SUBNET = {"Subnet Size": "16", "Public": "True", "Allocated CIDR": "", "Subnet Id": ""}
AUTO, MANUAL, SUBNET = "VLAN Auto", "VLAN Manual", "Subnet"
SERVICES: Mapping[str, Mapping[str, str]] = {AUTO: _VLAN, MANUAL: _VLAN, SUBNET: _SUBNET}
# What some of their attributes can be, as the portal offers it; the others are typed.
CHOICES: Mapping[str, Sequence[str]] = {
    "Isolation Level": ("Exclusive", "Shared"),
    "Access Mode": ("Access", "Trunk"),
    "QnQ": ("True", "False"),
    "Subnet Size": ("16", "32", "64", "128"),
    "Public": ("True", "False"),
}
# What the server fills in.
FILLED_IN = ("Virtual Network", "Allocated CIDR", "Subnet Id")
POINT_TO_POINT: Mapping[str, str] = _VLAN


def new_service(
    name: str, alias: str, attributes: Mapping[str, str], position: tuple[float, float] = (0, 0)
) -> Service:
    """Return a service with its defaults filled in; raise NotFound or WrongCall with what there is."""
    if name not in SERVICES:
        raise NotFound(name, f"Services: {', '.join(SERVICES)}.")
    return Service(alias or name, name, {**SERVICES[name], **checked(name, attributes)}, position)


def checked(name: str, attributes: Mapping[str, str]) -> Mapping[str, str]:
    """Return a service's attributes as they are; raise WrongCall for one that it does not have."""
    for attribute in attributes:
        # Users of real servers add attributes of their own to services, as Promiscuous Mode.
        if not attribute:
            raise WrongCall(f"An attribute of the service '{name}' has no name")
    return attributes


def is_vlan(service: Service) -> bool:
    """Tell whether it is a VLAN service; else it is a subnet."""
    return service.name != SUBNET


def is_public(service: Service) -> bool:
    """Tell whether a Subnet service wants a public subnet."""
    return service.attributes.get("Public", "True").lower() == "true"
