from __future__ import annotations

import pytest
from cloudshell.cp.core.request_actions import models
from ruamel.yaml import YAML

from cloudshell_local import testing as contexts
from cloudshell_local.testing import SandboxApp
from heavenly_cloud import Angel, Man
from provider.deployments import Deployment, UnknownDeploymentPath, read_deployment
from shell.deployments import DeploymentRequest, read_deployment_request
from shell.errors import InvalidValue
from shell.requests import read_actions
from tests.test_architecture import PROJECT


def request(path: str, **attributes: str) -> DeploymentRequest:
    full = f"L2HeavenlyCloudShell.{path}"
    app = SandboxApp("web", full, {f"{full}.{name}": value for name, value in attributes.items()}, {})
    (action,) = read_actions(contexts.request([contexts.deploy_app(app)]))
    assert isinstance(action, models.DeployApp)
    return read_deployment_request(action)


def read(path: str, **attributes: str) -> Deployment:
    return read_deployment(request(path, **attributes))


def test_what_is_asked_for_is_typed() -> None:
    angel = read("HeavenlyCloudAngelDeployment", wing_count="6", flight_speed="11.5", cloud_size="large")
    assert (angel.being, angel.size) == (Angel(6, 11.5), "large")
    man = read("HeavenlyCloudManDeployment", weight="70.5", height="180.1")
    assert man.being == Man(weight=70.5, height=180.1)


@pytest.mark.parametrize("path", ["HeavenlyCloudAngelDeployment", "HeavenlyCloudManDeployment"])
def test_what_is_not_said_has_the_default_of_the_deployment_type(path: str) -> None:
    nodes = YAML(typ="safe").load(PROJECT / "deployments" / "deployment-paths.yaml")["node_types"]
    defaults = {name: entry["default"] for name, entry in nodes[f"vendor.resource.{path}"]["properties"].items()}
    found, standard = read(path), request(path)
    assert (found.image, found.size) == (defaults["cloud_image_id"], defaults["cloud_size"])
    assert (standard.auto_power_off, standard.auto_delete) == (defaults["Auto Power Off"], defaults["Auto Delete"])
    assert found == read(path, **{name: str(value) for name, value in defaults.items()})
    for name, value in vars(found.being).items():
        assert value == defaults[name]


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(InvalidValue, match="'height' is 'tall'"):
        read("HeavenlyCloudManDeployment", height="tall")
    with pytest.raises(UnknownDeploymentPath, match="HeavenlyCloudDevilDeployment"):
        read("HeavenlyCloudDevilDeployment")
