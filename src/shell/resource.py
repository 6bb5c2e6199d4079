"""The cloud provider resource, typed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shell import values

if TYPE_CHECKING:
    from cloudshell.shell.core.driver_context import ResourceContextDetails

# The same as in shell-definition.yaml: a resource that was made before an attribute existed has the attribute's default.
DEFAULTS = {
    "User": "gabriel",
    "Region": "narnia",
    "Heaven cloud color": "white",
    "Default storage": "cloud nine",
    "VLAN Type": "VLAN",
    "Networks in use": "",
}


@dataclass(frozen=True)
class ProviderResource:
    """What an administrator typed in Inventory. networking_type is empty when left to the shell."""

    name: str
    fullname: str
    model: str
    user: str
    encrypted_password: str = field(repr=False)
    region: str
    color: str
    storage: str
    vlan_type: str
    networking_type: str
    networks_in_use: tuple[str, ...]

    @classmethod
    def from_details(cls, details: ResourceContextDetails) -> ProviderResource:
        """Read a context's resource."""
        attributes = {name: _value(details, name) for name in DEFAULTS}
        return cls(
            name=details.name,
            fullname=details.fullname,
            model=details.model,
            user=attributes["User"],
            encrypted_password=_value(details, "Password"),
            region=attributes["Region"],
            color=attributes["Heaven cloud color"],
            storage=attributes["Default storage"],
            vlan_type=attributes["VLAN Type"],
            networking_type=_value(details, "Networking type"),
            networks_in_use=values.split(attributes["Networks in use"]),
        )


def _value(details: ResourceContextDetails, name: str) -> str:
    default = DEFAULTS.get(name, "")
    value = details.attributes.get(f"{details.model}.{name}") or details.attributes.get(name)
    return str(value) if value else default
