"""The cloud provider resource with its attributes, typed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from shell import values
from shell.errors import BadResource, InvalidValue, RefusedError

if TYPE_CHECKING:
    from cloudshell.shell.core.driver_context import ResourceContextDetails

# As in shell-definition.yaml. A resource that was made before an attribute existed has the attribute's default, and so has
# one of a shell that leaves the attribute out.
DEFAULTS = {
    "User": "gabriel",
    "Region": "narnia",
    "Heaven cloud color": "white",
    "Default storage": "cloud nine",
    "VLAN Type": "VLAN",
    "Networks in use": "",
    "Fault Injection": "",
}

VLAN_TYPES = ("VLAN", "VXLAN")


class EvilName(RefusedError):
    template = "A resource named '{name}' cannot use heaven; give it another name"


@dataclass(frozen=True)
class ProviderResource:
    """The attributes that an administrator typed in Inventory. networking_type is empty when left to the shell."""

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
    fault_rules: str

    @classmethod
    def from_details(cls, details: ResourceContextDetails) -> ProviderResource:
        """Return the resource of a context."""
        return _read(details.name, details.fullname, details.model, tuple(details.attributes.items()))

    def defaults(self, networking: str) -> dict[str, str]:
        """Return the values that discovery fills in where an attribute was left empty, by their short names."""
        return {**DEFAULTS, "Networking type": networking}

    def check(self, networking: str) -> None:
        """Raise an error for an attribute that is wrong whatever the cloud has; networking: the shell's, L2 or L3."""
        if self.name.lower() == "evil":
            raise EvilName(name=self.name)
        self.require_vlan_type()
        if self.networking_type not in ("", networking):
            reason = f"its 'Networking type' is {self.networking_type}, but this is the {networking} shell"
            raise BadResource(name=self.name, reason=reason)

    def require_vlan_type(self) -> str:
        """Return the type of VLAN; raise InvalidValue for one that does not exist."""
        if self.vlan_type not in VLAN_TYPES:
            raise InvalidValue(name="'VLAN Type'", value=self.vlan_type, right=f"one of {', '.join(VLAN_TYPES)}")
        return self.vlan_type


@lru_cache(maxsize=16)  # Every command brings the same resource again, and there is one of it in a driver's process.
def _read(name: str, fullname: str, model: str, items: tuple[tuple[str, str], ...]) -> ProviderResource:
    # A key is "<model>.<attribute>"; some attributes come without the model (docs/reference/wire.md §1.1).
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
        fault_rules=attributes["Fault Injection"].strip(),
    )
