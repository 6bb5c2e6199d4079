from __future__ import annotations

import pytest
from cloudshell.cp.core.request_actions import models

from cloudshell_local import testing as contexts
from cloudshell_local.testing import SandboxApp
from shell.deployments import DeploymentRequest, read_deployment_request
from shell.errors import InvalidValue, TooManyAddresses
from shell.requests import read_actions


def read(**attributes: str) -> DeploymentRequest:
    path = "Model.Deployment"
    app = SandboxApp("web", path, {f"{path}.{name}": value for name, value in attributes.items()}, {})
    (action,) = read_actions(contexts.request([contexts.deploy_app(app)]))
    assert isinstance(action, models.DeployApp)
    return read_deployment_request(action)


def test_attributes_are_read_by_their_short_names() -> None:
    request = read(wing_count="6", **{"Auto Delete": "False", "Auto Power Off": "true"})
    assert (request.path, request.type_name, request.attributes["wing_count"]) == (
        "Model.Deployment",
        "Deployment",
        "6",
    )
    assert (request.auto_delete, request.auto_power_off) == (False, True)


def test_what_teardown_does_is_true_where_it_is_not_said() -> None:
    assert (read().auto_delete, read().auto_power_off, read().private_ips) == (True, True, ())


def test_the_addresses_are_one_for_each_interface() -> None:
    request = read(**{"Private IP": "10.0.0.5; ;10.0.1.2"})
    assert request.addresses(4) == ["10.0.0.5", "", "10.0.1.2", ""]
    with pytest.raises(TooManyAddresses, match="asks for 3 addresses.*has 2 interfaces"):
        request.addresses(2)


def test_a_wrong_value_is_named() -> None:
    with pytest.raises(InvalidValue, match="'Auto Delete' is 'perhaps' but should be True or False"):
        read(**{"Auto Delete": "perhaps"})
    with pytest.raises(InvalidValue, match="'Private IP' is 'somewhere' but should be an address like 10.0.3.5"):
        read(**{"Private IP": "10.0.3.5;somewhere"})
