"""The cloud provider resource, typed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
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
    "Weather": "",
}


@dataclass(frozen=True)
class ProviderResource:
    """What an administrator typed in Inventory. networking_type is empty when left to the shell."""

    name: str
    fullname: str
    model: str
    user: str
    encrypted_password: str = field(repr=False)
    encrypted_store: str = field(repr=False)
    region: str
    color: str
    storage: str
    vlan_type: str
    networking_type: str
    networks_in_use: tuple[str, ...]
    weather: str

    @classmethod
    def from_details(cls, details: ResourceContextDetails) -> ProviderResource:
        """Read a context's resource."""
        return _read(details.name, details.fullname, details.model, tuple(details.attributes.items()))


@lru_cache(maxsize=16)  # Every command brings the same resource again, and there is one of it in a driver's process.
def _read(name: str, fullname: str, model: str, items: tuple[tuple[str, str], ...]) -> ProviderResource:
    # A key is "<model>.<attribute>"; old servers leave the model out of some.
    typed = {key[len(model) + 1 :] if key.startswith(f"{model}.") else key: value for key, value in items if value}
    attributes = {**DEFAULTS, "Password": "", "Cloud Store": "", "Networking type": "", **typed}
    return ProviderResource(
        name=name,
        fullname=fullname,
        model=model,
        user=attributes["User"],
        encrypted_password=attributes["Password"],
        encrypted_store=attributes["Cloud Store"],
        region=attributes["Region"],
        color=attributes["Heaven cloud color"],
        storage=attributes["Default storage"],
        vlan_type=attributes["VLAN Type"],
        networking_type=attributes["Networking type"],
        networks_in_use=values.split(attributes["Networks in use"]),
        weather=attributes["Weather"].strip(),
    )
