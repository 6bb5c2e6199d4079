"""Models of the services in a diagram: VLANs for L2 providers and subnets for L3 ones, with their attributes.

The attributes are those that a real server sends to drivers: docs/reference/wire.md §7 and §4, subnetServiceAttributes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cloudshell_local.errors import NotFound, WrongCall, known_names
from cloudshell_local.services.networking.allocation import DEFAULT_RANGES
from cloudshell_local.services.vlan_ids import require_ids
from cloudshell_local.storage.model import SUBNET, Service

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
AUTO, MANUAL = "VLAN Auto", "VLAN Manual"
SERVICES: Mapping[str, Mapping[str, str]] = {AUTO: _VLAN, MANUAL: _VLAN, SUBNET: _SUBNET}
# The values that the portal offers for some attributes; any text can be typed into the others.
CHOICES: Mapping[str, Sequence[str]] = {
    "Isolation Level": ("Exclusive", "Shared"),
    "Access Mode": ("Access", "Trunk"),
    "QnQ": ("True", "False"),
    "Subnet Size": ("16", "32", "64", "128"),
    "Public": ("True", "False"),
}
# The attributes that the server fills in.
FILLED_IN = ("Virtual Network", "Allocated CIDR", "Subnet Id")
POINT_TO_POINT: Mapping[str, str] = _VLAN


def new_service(
    name: str, alias: str, attributes: Mapping[str, str], position: tuple[float, float] = (0, 0)
) -> Service:
    """Return a service whose attributes are complete with their defaults.

    name: which service, as "VLAN Auto". alias: its name in the diagram; the service's unless given. attributes: may be
    unknown to the model, since administrators of real servers add attributes as Promiscuous Mode to services
    (docs/reference/wire.md §7). Raises NotFound for an unknown service, and WrongCall for an attribute without a name or for
    VLAN ids that cannot be read.
    """
    if name not in SERVICES:
        raise NotFound(name, known_names("Services", SERVICES))
    if "" in attributes:
        raise WrongCall(f"An attribute of the service '{name}' has no name")
    require_ids(attributes)
    return Service(alias or name, name, {**SERVICES[name], **attributes}, position)


def is_vlan(service: Service) -> bool:
    """Return whether a service is a VLAN service; else it is a Subnet service."""
    return not service.is_subnet


def is_public(service: Service) -> bool:
    """Return whether a Subnet service asks for a public subnet."""
    return service.attributes.get("Public", "True").lower() == "true"
