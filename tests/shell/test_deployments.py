from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from cloudshell_local import testing as contexts
from cloudshell_local.testing import SandboxApp
from heavenly_cloud import Angel, Man
from heavenly_cloud.errors import InvalidValue, UnknownName
from shell.deployments import read_deployment
from shell.errors import TooManyAddresses
from shell.requests import read_actions
from tests.test_architecture import PROJECT


def read(path: str, **attributes: str) -> Any:
    full = f"L2HeavenlyCloudShell.{path}"
    app = SandboxApp("web", full, {f"{full}.{name}": value for name, value in attributes.items()}, {})
    (action,) = read_actions(contexts.request([contexts.deploy_app(app)]))
    return read_deployment(action)


def test_what_is_asked_for_is_typed() -> None:
    angel = read("HeavenlyCloudAngelDeployment", wing_count="6", flight_speed="11.5", cloud_size="large")
    assert (angel.being, angel.size) == (Angel(6, 11.5), "large")
    man = read("HeavenlyCloudManDeployment", weight="70.5", height="180.1", **{"Auto Delete": "False"})
    assert (man.being, man.auto_delete) == (Man(weight=70.5, height=180.1), False)


@pytest.mark.parametrize("path", ["HeavenlyCloudAngelDeployment", "HeavenlyCloudManDeployment"])
def test_what_is_not_said_has_the_default_of_the_deployment_type(path: str) -> None:
    nodes = YAML(typ="safe").load(PROJECT / "deployments" / "deployment-paths.yaml")["node_types"]
    defaults = {name: entry["default"] for name, entry in nodes[f"vendor.resource.{path}"]["properties"].items()}
    found = read(path)
    assert (found.image, found.size) == (defaults["cloud_image_id"], defaults["cloud_size"])
    assert (found.auto_power_off, found.auto_delete) == (defaults["Auto Power Off"], defaults["Auto Delete"])
    assert found == read(path, **{name: str(value) for name, value in defaults.items()})
    for name, value in vars(found.being).items():
        assert value == defaults[name]


def test_the_addresses_are_one_for_each_interface() -> None:
    deployment = read("HeavenlyCloudAngelDeployment", **{"Private IP": "10.0.0.5; ;10.0.1.2"})
    assert deployment.addresses(4) == ["10.0.0.5", "", "10.0.1.2", ""]
    with pytest.raises(TooManyAddresses, match="asks for 3 addresses.*has 2 interfaces"):
        deployment.addresses(2)


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(InvalidValue, match="'height' is 'tall'"):
        read("HeavenlyCloudManDeployment", height="tall")
    with pytest.raises(UnknownName, match="HeavenlyCloudDevilDeployment"):
        read("HeavenlyCloudDevilDeployment")
