"""The two deployment paths, typed: what an App asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Callable

from cloudshell.cp.core.request_actions.models import DeployApp

from heavenly_cloud.errors import UnknownName, quoted_list
from heavenly_cloud.models import Angel, Being, Man
from shell import values
from shell.errors import TooManyAddresses

Attributes = Mapping[str, object]


@dataclass(frozen=True)
class Deployment:
    """private_ips: the address for each interface in their order, empty where any will do."""

    being: Being
    image: str
    size: str
    private_ips: tuple[str, ...]
    auto_power_off: bool
    auto_delete: bool

    def addresses(self, nics: int) -> list[str]:
        """Return what each of so many interfaces asks for; raise TooManyAddresses."""
        if len(self.private_ips) > nics:
            raise TooManyAddresses(asked=len(self.private_ips), nics=nics)
        return [*self.private_ips, *[""] * (nics - len(self.private_ips))]


def read_deployment(action: DeployApp) -> Deployment:
    """Return what a deployApp action asks for; raise UnknownName for another path, InvalidValue for a wrong value."""
    path: str = action.actionParams.deployment.deploymentPath
    being = BEINGS.get(path.rpartition(".")[2])
    if being is None:
        raise UnknownName(kind="deployment path", name=path, known=quoted_list(BEINGS))
    # Without their namespace, which is the path: so each is found at once.
    attributes = {
        item.attributeName.rpartition(".")[2]: item.attributeValue for item in action.actionParams.deployment.attributes
    }
    private_ip = values.text(attributes, "Private IP")
    return Deployment(
        being=being(attributes),
        image=values.text(attributes, "cloud_image_id", "centos"),
        size=values.text(attributes, "cloud_size", "small"),
        private_ips=tuple(part.strip() for part in private_ip.split(";")) if private_ip else (),
        auto_power_off=values.truth(attributes, "Auto Power Off", True),
        auto_delete=values.truth(attributes, "Auto Delete", True),
    )


def _angel(attributes: Attributes) -> Being:
    return Angel(
        wing_count=values.whole_number(attributes, "wing_count", 2),
        flight_speed=values.number(attributes, "flight_speed", 10.5),
    )


def _man(attributes: Attributes) -> Being:
    return Man(weight=values.number(attributes, "weight", 70.5), height=values.number(attributes, "height", 180.1))


BEINGS: dict[str, Callable[[Attributes], Being]] = {
    "HeavenlyCloudAngelDeployment": _angel,
    "HeavenlyCloudManDeployment": _man,
}
