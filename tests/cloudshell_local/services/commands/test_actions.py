from __future__ import annotations

import json

import pytest

from cloudshell_local.errors import CommandFailed
from cloudshell_local.services.commands import actions


def answer(*results: dict[str, object]) -> str:
    return json.dumps({"driverResponse": {"actionResults": results}})


def test_results_are_matched_by_the_actions_id_whatever_their_type() -> None:
    one, two = actions.action("setVlan"), actions.action("setVlan")
    found = actions.results(
        "X", [one, two], answer({"actionId": two["actionId"], "success": True}, {"actionId": one["actionId"]})
    )
    assert actions.problem(found, two) == ""
    assert actions.problem(found, one) == "The action 'setVlan' failed, and the driver does not say why"


def test_an_action_without_result_has_failed() -> None:
    one = actions.action("setVlan")
    assert (
        actions.problem(actions.results("X", [one], answer()), one)
        == "The driver answered nothing to the action 'setVlan'"
    )


def test_the_drivers_reason_is_the_problem() -> None:
    one = actions.action("setVlan")
    failed = {"actionId": one["actionId"], "success": False, "errorMessage": "no such VLAN"}
    assert actions.problem(actions.results("X", [one], answer(failed)), one) == "no such VLAN"


@pytest.mark.parametrize(
    "text", [None, "", "x", "{}", "[]", '{"driverResponse": {"actionResults": [{}]}}', '{"driverResponse": null}']
)
def test_an_answer_of_another_shape_is_refused(text: str | None) -> None:
    with pytest.raises(
        CommandFailed, match="'X' answered no driverResponse with actionResults, each with its actionId"
    ):
        actions.results("X", [], text)


def test_a_result_for_an_unknown_action_is_refused() -> None:
    with pytest.raises(CommandFailed, match="an actionId that was not requested: 7"):
        actions.results("X", [], answer({"actionId": 7, "success": True}))


def test_a_default_subnet_has_no_service_attributes_and_another_has() -> None:
    assert (
        actions.prepare_subnet("10.0.0.0/24", "DefaultSubnet", True)["actionParams"]["subnetServiceAttributes"] is None
    )
    params = actions.prepare_subnet("10.0.0.0/28", "a", False, {"Public": "False"})["actionParams"]
    assert params["subnetServiceAttributes"] == [
        {"attributeName": "Public", "attributeValue": "False", "type": "attribute"}
    ]


def test_the_information_of_successful_results_is_for_people_and_said_once() -> None:
    results: list[actions.Json] = [
        {"success": True, "infoMessage": "from the cache"},
        {"success": True, "infoMessage": None},
        {"success": True},
        {"success": True, "infoMessage": "from the cache"},
        {"success": False, "infoMessage": "not this"},
        {"success": True, "infoMessage": "slowly"},
    ]
    assert actions.information(results) == "from the cache; slowly"
