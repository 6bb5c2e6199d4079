from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from cloudshell.cp.core.request_actions import models

from cloudshell_local import testing as contexts
from shell.requests import ACTIONS, StrangeAction, read_actions
from shell.results import answer_each, as_json, failed, handler, refused

LOGGER = logging.getLogger("test")
TYPES = {
    "deployApp": "DeployApp",
    "connectSubnet": "ConnectToSubnet",
    "setVlan": "setVlan",
    "removeVlan": "removeVlan",
    "prepareCloudInfra": "PrepareNetwork",
    "prepareSubnet": "PrepareSubnet",
    "createKeys": "CreateKeys",
    "cleanupNetwork": "CleanupNetwork",
}


def action(kind: str, action_id: str = "1") -> Any:
    (read,) = read_actions(contexts.request([{"type": kind, "actionId": action_id}]))
    assert type(read) is ACTIONS[kind]
    return read


@pytest.mark.parametrize("kind", ACTIONS)
def test_a_result_has_the_type_that_servers_are_used_to(kind: str) -> None:
    result = failed(action(kind), "no")
    assert (result.type, result.actionId, result.success, result.errorMessage) == (TYPES[kind], "1", False, "no")
    # What operations answer has the type of its class; a removal of a VLAN answers like a setting, and names its own.
    assert kind == "removeVlan" or type(result)().type == TYPES[kind]


def test_actions_are_done_in_the_handlers_order_and_answered_in_the_requests() -> None:
    done: list[str] = []

    def note(each: Any) -> Any:
        done.append(each.actionId)
        return models.SetVlanResult(actionId=each.actionId)

    sent = [action("setVlan", "a"), action("removeVlan", "b"), StrangeAction("c", "x"), action("setVlan", "d")]
    text = answer_each(LOGGER, sent, [handler(models.RemoveVlan, note), handler(models.SetVlan, note)])
    results = json.loads(text)["driverResponse"]["actionResults"]
    assert done == ["b", "a", "d"]
    assert [(result["actionId"], result["success"]) for result in results] == [
        ("a", True), ("b", True), ("c", False), ("d", True)
    ]  # fmt: skip


def test_one_that_fails_is_logged_with_its_traceback_and_answered(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: object) -> models.SetVlanResult:
        raise ZeroDivisionError

    text = answer_each(LOGGER, [action("setVlan")], [handler(models.SetVlan, fail)])
    (result,) = json.loads(text)["driverResponse"]["actionResults"]
    assert not result["success"]
    assert "ZeroDivisionError" in result["errorMessage"]
    assert "Traceback" in caplog.text


def test_a_refusal_names_what_was_sent_and_what_is_known() -> None:
    known = [models.CreateKeys, models.PrepareSubnet]
    for sent, name in ((StrangeAction("1", "fly"), "fly"), (action("setVlan"), "setVlan")):
        message = refused(sent, known).errorMessage
        assert message == f"The action type '{name}' is not known here; known are 'prepareSubnet', 'createKeys'"


def test_an_object_that_stands_twice_is_written_twice() -> None:
    """jsonpickle, which cp-core's flows use, writes null for the second."""
    item = models.VmDetailsProperty("a", "b")
    assert json.loads(as_json([item, item])) == [{"key": "a", "value": "b", "hidden": False}] * 2
