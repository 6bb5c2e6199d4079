"""The attributes that every deployment type may have, typed: CloudShell and its standard give them their meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from cloudshell.cp.core.request_actions import models

from shell import values
from shell.errors import InvalidValue, TooManyAddresses
from shell.requests import attributes

_RIGHT = "an address like 10.0.3.5, or one for each interface with ';' between them"


@dataclass(frozen=True)
class DeploymentRequest:
    """A deployment path as a deployApp action asks for it.

    path: "<Model>.<deployment type>"; attributes: all of its attributes, by their short names; private_ips: the address for
    each interface in their order, empty where any will do; auto_power_off, auto_delete: what teardown shall do.
    """

    path: str
    attributes: Mapping[str, str]
    private_ips: tuple[str, ...]
    auto_power_off: bool
    auto_delete: bool

    @property
    def type_name(self) -> str:
        """The deployment type's name, without the model before it."""
        return self.path.rpartition(".")[2]

    def addresses(self, nics: int) -> list[str]:
        """Return what each of so many interfaces asks for; raise TooManyAddresses."""
        if len(self.private_ips) > nics:
            raise TooManyAddresses(asked=len(self.private_ips), nics=nics)
        return [*self.private_ips, *[""] * (nics - len(self.private_ips))]


def read_deployment_request(action: models.DeployApp) -> DeploymentRequest:
    """Return the deployment that an action asks for; raise InvalidValue for a wrong value."""
    deployment = action.actionParams.deployment
    # Names come with their namespace, which is the path.
    short = {name.rpartition(".")[2]: value for name, value in attributes(deployment.attributes).items()}
    return DeploymentRequest(
        path=deployment.deploymentPath,
        attributes=short,
        private_ips=_addresses(values.text(short, "Private IP")),
        auto_power_off=values.truth(short, "Auto Power Off", True),
        auto_delete=values.truth(short, "Auto Delete", True),
    )


def _addresses(text: str) -> tuple[str, ...]:
    """Return the parts of "10.0.3.5; ;10.0.3.21"; an empty text asks for nothing."""
    parts = tuple(part.strip() for part in text.split(";")) if text else ()
    for part in filter(None, parts):
        try:
            IPv4Address(part)
        except ValueError:
            raise InvalidValue(name="'Private IP'", value=part, right=_RIGHT) from None
    return parts
