from __future__ import annotations

import pytest

from cloudshell_local.storage.model import App, Connector, DeploymentPath, Sandbox, SandboxState


@pytest.mark.parametrize(
    ("status", "provisioning", "failed", "state"),
    [
        ("Started", "Setup", False, "Setup"),
        ("Started", "Ready", False, "Active"),
        ("Started", "Not Run", False, "Active"),
        ("Started", "Error", True, "Active (with Error)"),
        ("Started", "Teardown", True, "Teardown"),
        ("Completed", "Ready", False, "Completed"),
        ("Completed", "Error", True, "Completed (with Error)"),
    ],
)
def test_a_sandboxes_state_is_what_the_portal_calls_it(
    status: str, provisioning: str, failed: bool, state: str
) -> None:
    sandbox = Sandbox("1", "s", "admin", "", "", status=status, provisioning=provisioning, failed=failed)
    assert sandbox.state == state
    assert isinstance(sandbox.state, SandboxState)
    assert f"{sandbox.state}" == state


def test_the_default_deployment_path_is_chosen_else_the_first() -> None:
    one, two = DeploymentPath("1", "T.B", "p", {}), DeploymentPath("2", "T.B", "p", {}, default=True)
    assert App("a", "a", "m", {}, [one, two]).path is two
    assert App("a", "a", "m", {}, [one]).path is one


def test_a_connector_joins_its_ends_in_either_direction() -> None:
    line = Connector("a", "b")
    assert line.joins("b", "a")
    assert not line.joins("a", "c")
