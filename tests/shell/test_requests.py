from __future__ import annotations

import json
from typing import Any

import pytest
from cloudshell.cp.core.request_actions import models
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local import testing as contexts
from shell.errors import BadRequest
from shell.requests import ACTIONS, StrangeAction, attributes, read_actions

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
known_keys = st.sampled_from(
    [
        "actionParams",
        "connectionParams",
        "actionTarget",
        "customActionAttributes",
        "connectorAttributes",
        "cidr",
        "vlanId",
    ]
)
actions = st.fixed_dictionaries(
    {"type": st.sampled_from([*ACTIONS, "saveApp"]) | json_values},
    optional={"actionId": json_values, "actionParams": st.dictionaries(known_keys, json_values) | json_values},
)


@given(st.lists(actions | json_values, max_size=4))
def test_every_action_is_read_whatever_is_in_it(sent: list[Any]) -> None:
    assert len(read_actions(contexts.request(sent))) == len(sent)


@pytest.mark.parametrize("request_", [None, "", "{", "[]", "7", '"x"', "{}", '{"driverRequest": null}', b"\xff"])
def test_what_is_no_request_is_one_clear_error(request_: Any) -> None:
    with pytest.raises(BadRequest, match="not what CloudShell sends"):
        read_actions(request_)


def test_actions_that_are_no_list_are_one_clear_error() -> None:
    with pytest.raises(BadRequest, match="not a list"):
        read_actions('{"driverRequest": {"actions": {"a": 1}}}')
    assert read_actions('{"driverRequest": {"actions": null}}') == []


def test_text_stays_text_and_unknown_words_are_left_out() -> None:
    app = contexts.SandboxApp("True", "L2.Path", {"L2.Path.Autoload": "true"}, {"User": "false"})
    sent = {**contexts.deploy_app(app), "news": 1, "actionTarget": None}
    (action,) = read_actions(contexts.request([sent]))
    assert isinstance(action, models.DeployApp)
    assert action.actionParams.appName == "True"
    assert attributes(action.actionParams.deployment.attributes) == {"L2.Path.Autoload": "true"}
    assert attributes(action.actionParams.appResource.attributes) == {"User": "false"}


def test_nulls_have_defaults() -> None:
    (action,) = read_actions(contexts.request([{"type": "deployApp", "actionId": "1", "actionParams": None}]))
    assert isinstance(action, models.DeployApp)
    assert action.actionParams.deployment.attributes == []
    (action,) = read_actions(
        contexts.request([{"type": "setVlan", "connectionParams": None, "customActionAttributes": None}])
    )
    assert isinstance(action, models.SetVlan)
    assert (action.connectionParams.vlanId, action.customActionAttributes, action.actionTarget.fullName) == ("", [], "")
    sent = [{"type": kind, "actionParams": {"isPublic": None}} for kind in ("prepareSubnet", "connectSubnet")]
    for action in read_actions(contexts.request(sent)):
        assert isinstance(action, (models.PrepareSubnet, models.ConnectSubnet))
        assert action.actionParams.isPublic is True


def test_an_object_in_place_of_a_text_is_no_text() -> None:
    (action,) = read_actions(contexts.request([{"type": "setVlan", "connectionParams": {"vlanId": {"id": 7}}}]))
    assert isinstance(action, models.SetVlan)
    assert action.connectionParams.vlanId == ""


def test_an_unknown_type_is_an_action_too() -> None:
    sent: list[Any] = [{"type": "saveApp", "actionId": "1"}, {"type": ["deployApp"], "actionId": 2}, None]
    read = read_actions(contexts.request(sent))
    assert read == [StrangeAction("1", "saveApp"), StrangeAction("2", "deployApp"), StrangeAction("", "")]


def test_an_old_servers_list_of_vlans_is_a_text() -> None:
    (action,) = read_actions(json.dumps({"driverRequest": {"actions": [
        {"type": "removeVlan", "connectionParams": {"vlanId": ["2", 3], "mode": "Access"}}
    ]}}))  # fmt: skip
    assert isinstance(action, models.RemoveVlan)
    assert action.connectionParams.vlanId == "2,3"
