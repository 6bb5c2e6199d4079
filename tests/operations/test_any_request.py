"""Whatever is sent, every action has its one answer, and what was not answered with success changed nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local import testing as contexts
from operations.connectivity import apply_connectivity_changes
from operations.deploy import deploy
from operations.sandbox_infra import cleanup_sandbox_infra, prepare_sandbox_infra
from operations.security_groups import set_app_security_groups
from operations.vm_details import get_vm_details
from shell.requests import ACTIONS, read_actions
from tests.fakes import L2, L3, in_use, new_harness, results

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
attributes = st.lists(
    st.fixed_dictionaries(
        {
            "attributeName": st.sampled_from(["wing_count", "Private IP", "VM_UUID", "Vnic Name", "QnQ", "Interface"])
            | json_values,
            "attributeValue": st.sampled_from(["True", "1", "eth1", "10.0.0.5"]) | json_values,
        }
    ),
    max_size=3,
)
LISTS = (
    "attributes",
    "vlanServiceAttributes",
    "customActionAttributes",
    "connectorAttributes",
    "subnetServiceAttributes",
)
TEXTS = ("appName", "deploymentPath", "vlanId", "mode", "cidr", "alias", "subnetId", "vnicName", "isPublic", "actionId")
fields: dict[str, Any] = {name: attributes | json_values for name in LISTS}
fields |= {
    name: st.sampled_from(["True", "11", "Access", "10.0.3.0/24", "X.HeavenlyCloudAngelDeployment"]) | json_values
    for name in TEXTS
}
inner = st.fixed_dictionaries({}, optional=fields)
parameters = st.fixed_dictionaries({}, optional={**fields, "deployment": inner | json_values, "appResource": inner})
actions = st.fixed_dictionaries(
    {"type": st.sampled_from([*ACTIONS, "saveApp"]) | json_values},
    optional={"actionId": json_values, "actionParams": parameters, "connectionParams": parameters, **fields},
)
COMMANDS = {
    "deploy": deploy,
    "apply_connectivity_changes": apply_connectivity_changes,
    "prepare_sandbox_infra": prepare_sandbox_infra,
    "cleanup_sandbox_infra": cleanup_sandbox_infra,
}


@pytest.mark.parametrize("networking", [L2, L3])
@pytest.mark.parametrize("name", COMMANDS)
@given(sent=st.lists(actions | json_values, max_size=4))
def test_every_action_has_one_answer(name: str, networking: str, sent: list[Any]) -> None:
    harness = new_harness(networking)
    before = in_use(harness.heaven)
    with harness.command() as command:
        answers = results(COMMANDS[name](command, read_actions(contexts.request(sent))))
    assert len(answers) == len(sent)
    assert all(answer["success"] or answer["errorMessage"] for answer in answers)
    assert not any("unexpected" in answer["errorMessage"] for answer in answers)
    if not any(answer["success"] for answer in answers):
        assert in_use(harness.heaven) == before


apps = st.fixed_dictionaries(
    {},
    optional={
        "deployedAppJson": st.fixed_dictionaries({}, optional={"name": json_values, "vmdetails": json_values})
        | json_values,
        "appRequestJson": json_values,
        "deployedApp": st.fixed_dictionaries(
            {}, optional={"name": json_values, "vmdetails": st.builds(lambda: {"uid": "vm-1"})}
        ),
        "securityGroupsConfigurations": st.lists(
            st.fixed_dictionaries({}, optional={"subnetId": json_values, "rules": json_values})
        ),
    },
)


@given(sent=st.lists(apps | json_values, max_size=4))
def test_every_app_has_one_answer(sent: list[Any]) -> None:
    harness = new_harness(L3)
    with harness.command() as command:
        details = json.loads(get_vm_details(command, json.dumps({"items": sent})))
        groups = json.loads(set_app_security_groups(command, json.dumps(sent)))
    assert len(details) == len(groups) == len(sent)
    texts = [item["errorMessage"] for item in details] + [item["error"] for item in groups if not item["success"]]
    assert all(texts)
    assert not any("unexpected" in text for text in texts)
