from __future__ import annotations

import json

import pytest

from cloudshell_local.execution.answers import NO_RESULTS, failed_actions
from cloudshell_local.services.commands import actions

DEPLOY = actions.action("deployApp", actionParams={"appName": "Web"})
SUBNET = actions.action("connectSubnet", actionParams={"subnetId": "net-1"})
VLAN = actions.action("setVlan", actionTarget={"fullName": "Web-1"})
ODD = actions.action("odd")


def answer(*results: dict[str, object]) -> str:
    return json.dumps({"driverResponse": {"actionResults": results}})


def result(action: dict[str, object], success: bool = True, error: str = "") -> dict[str, object]:
    return {"actionId": action["actionId"], "success": success, "errorMessage": error}


def test_failed_actions_are_named_by_their_type_and_what_they_are_for() -> None:
    request = {"request": actions.request([DEPLOY, SUBNET, VLAN, ODD])}
    results = [result(DEPLOY, False, "no capacity"), result(VLAN, False), result(ODD)]
    assert failed_actions("Deploy", request, answer(*results)) == [
        "deployApp Web: no capacity",
        "connectSubnet net-1: the driver answered nothing to it",
        "setVlan Web-1: failed without a reason",
    ]
    assert failed_actions("Deploy", request, answer(*map(result, (DEPLOY, SUBNET, VLAN, ODD)))) == []


@pytest.mark.parametrize("text", [None, "", "done", "[]", '{"driverResponse": 5}'])
def test_an_answer_without_results_is_a_failure_of_all_actions(text: str | None) -> None:
    assert failed_actions("ApplyConnectivityChanges", {"request": actions.request([VLAN])}, text) == [NO_RESULTS]


def test_answers_with_an_entry_for_each_app_are_read_too() -> None:
    details = [{"appName": "a", "errorMessage": ""}, {"appName": "b", "errorMessage": "gone"}, {"error": "by AWS"}]
    assert failed_actions("GetVmDetails", {}, json.dumps(details)) == ["b: gone", "an App without a name: by AWS"]
    groups = [{"appName": "a", "success": True, "error": ""}, {"appName": "b", "success": False, "error": ""}]
    assert failed_actions("SetAppSecurityGroups", {}, json.dumps(groups)) == ["b: failed without a reason"]


@pytest.mark.parametrize("parameters", [{}, {"request": "{}"}, {"request": "not JSON"}, {"request": 5}])
def test_other_commands_have_no_actions(parameters: dict[str, object]) -> None:
    assert failed_actions("my_command", parameters, '[{"errorMessage": "what I was asked for"}]') == []
