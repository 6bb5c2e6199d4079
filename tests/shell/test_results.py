from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from cloudshell.cp.core.request_actions import models

from shell.requests import ACTIONS, StrangeAction
from shell.results import answer_each, as_json, failed, refused, succeeded

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
    extra = (
        {"actionParams": models.DeployAppParams("a", None, models.AppResourceInfo([]))} if kind == "deployApp" else {}
    )
    if extra:
        extra["actionParams"].deployment = models.DeployAppDeploymentInfo("p", [])
    return ACTIONS[kind](actionId=action_id, **extra)


@pytest.mark.parametrize("kind", ACTIONS)
def test_a_result_has_the_type_that_servers_are_used_to(kind: str) -> None:
    for result in (succeeded(action(kind)), failed(action(kind), "no")):
        assert (result.type, result.actionId) == (TYPES[kind], "1")
    assert failed(action(kind), "no").errorMessage == "no"


def test_actions_are_done_in_the_handlers_order_and_answered_in_the_requests() -> None:
    done: list[str] = []

    def note(each: Any) -> Any:
        done.append(each.actionId)
        return succeeded(each)

    sent = [action("setVlan", "a"), action("removeVlan", "b"), StrangeAction("c", "x"), action("setVlan", "d")]
    text = answer_each(LOGGER, sent, {models.RemoveVlan: note, models.SetVlan: note})
    results = json.loads(text)["driverResponse"]["actionResults"]
    assert done == ["b", "a", "d"]
    assert [(result["actionId"], result["success"]) for result in results] == [
        ("a", True), ("b", True), ("c", False), ("d", True)
    ]  # fmt: skip


def test_one_that_fails_is_logged_with_its_traceback_and_answered(caplog: pytest.LogCaptureFixture) -> None:
    text = answer_each(LOGGER, [action("setVlan")], {models.SetVlan: lambda _: 1 // 0})
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
