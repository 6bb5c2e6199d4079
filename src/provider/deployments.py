"""The two deployment types of HeavenlyCloud, typed: what an App asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable, NamedTuple

from heavenly_cloud import Angel, Man
from heavenly_cloud.models import Being
from shell import values
from shell.deployments import DeploymentRequest
from shell.errors import MistakeError, quoted_list

Attributes = Mapping[str, object]


class UnknownDeploymentPath(MistakeError):
    template = "The deployment path '{name}' does not exist; known are {known}"


class Deployment(NamedTuple):
    """An angel or a man, and the image and size that it is made of."""

    being: Being
    image: str
    size: str


def read_deployment(request: DeploymentRequest) -> Deployment:
    """Return what an App asks for; raise UnknownDeploymentPath, InvalidValue or the cloud's InvalidValue."""
    read_being = BEINGS.get(request.type_name)
    if read_being is None:
        raise UnknownDeploymentPath(name=request.path, known=quoted_list(BEINGS))
    return Deployment(
        being=read_being(request.attributes),
        image=values.text(request.attributes, "cloud_image_id", "centos"),
        size=values.text(request.attributes, "cloud_size", "small"),
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
