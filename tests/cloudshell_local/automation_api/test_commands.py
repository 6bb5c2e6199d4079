from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cloudshell.api.cloudshell_api import CommandExecutionCancelledResultInfo, InputNameValue
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from tests.cloudshell_local.toy import Toy, until


@pytest.fixture
def sandbox(toy: Toy) -> str:
    toy.app("Web")
    toy.cloudshell.add_blueprint("B", ["Web"])
    made = toy.services.lifecycle.reserve("B", "B", "admin", 60, set_up=False)
    toy.services.deployment.deploy(made.id, ["Web"])
    toy.calls()
    return made.id


def app(toy: Toy, sandbox: str) -> str:
    return str(next(iter(toy.services.sandboxes.get(sandbox).resources)))


def test_a_command_of_a_resource_is_run_with_its_inputs(toy: Toy, api: Any, sandbox: str) -> None:
    inputs = [InputNameValue("text", "hello"), InputNameValue("number", "1")]
    response = api.ExecuteCommand(sandbox, toy.provider.name, "Resource", "echo", inputs, True)
    assert response.Output == "hello1ResourceCommandContext"
    assert toy.services.sandboxes.feed(sandbox)[-1].text == response.Output


def test_an_output_in_the_feed_has_no_password_that_the_driver_was_sent(toy: Toy, api: Any, sandbox: str) -> None:
    api.SetAttributeValue(toy.provider.name, "Password", "s3cret-of-toys")
    inputs = [InputNameValue("text", "it is s3cret-of-toys ")]
    response = api.ExecuteCommand(sandbox, toy.provider.name, "Resource", "echo", inputs, True)
    assert response.Output == "it is s3cret-of-toys 7ResourceCommandContext"
    assert toy.services.sandboxes.feed(sandbox)[-1].text == "it is (hidden) 7ResourceCommandContext"


def test_a_deployed_app_has_the_commands_of_its_provider(toy: Toy, api: Any, sandbox: str) -> None:
    name = app(toy, sandbox)
    api.ExecuteCommand(sandbox, name, "Resource", "PowerOff", [])
    assert api.GetResourceLiveStatus(name).liveStatusName == "Offline"
    api.ExecuteResourceConnectedCommand(sandbox, name, "PowerOn", "power")
    assert api.GetResourceLiveStatus(name).liveStatusName == "Online"
    assert toy.commands() == ["PowerOff", "PowerOn"]
    assert "PowerOn" in [each.Name for each in api.GetResourceConnectedCommands(name).Commands]


def test_a_failed_command_is_an_error_with_the_exceptions_class(toy: Toy, api: Any, sandbox: str) -> None:
    toy.fail(PowerOn={"raise": "no power"})
    with pytest.raises(
        CloudShellAPIError, match="'PowerOn' command failed with 'RuntimeError' error. Description: no power"
    ):
        api.ExecuteResourceConnectedCommand(sandbox, app(toy, sandbox), "PowerOn", "power")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (
            ("ExecuteResourceConnectedCommand", "{app}", "PowerOn", "remote_connectivity"),
            "'PowerOn' with the tag 'remote_connectivity'",
        ),
        (("ExecuteResourceConnectedCommand", "{app}", "Deploy", ""), "does not contain the command 'Deploy'"),
        (("ExecuteCommand", "{app}", "Resource", "Dance"), "does not contain the command 'Dance'"),
        (
            ("ExecuteCommand", "{provider}", "Resource", "Dance"),
            "does not contain the command 'Dance'; it has: Deploy",
        ),
        (("ExecuteCommand", "{provider}", "Resource", "PowerOn"), "is a command of the deployed apps of"),
        (
            ("ExecuteResourceConnectedCommand", "{app}", "PowerOn", "power", ["1"]),
            "The command 'PowerOn' got 1 values, but it has: none",
        ),
        (("ExecuteCommand", "V", "Service", "Do"), "The target type 'Service' should be Resource"),
        (("ExecuteEnvironmentCommand", "Dance"), "it has: Setup, Teardown"),
    ],
)
def test_an_unknown_command_is_an_error(toy: Toy, api: Any, sandbox: str, call: tuple[Any, ...], error: str) -> None:
    names = {"provider": toy.provider.name, "app": app(toy, sandbox)}
    operation, *arguments = (each.format(**names) if isinstance(each, str) else each for each in call)
    with pytest.raises(CloudShellAPIError, match=error):
        getattr(api, operation)(sandbox, *arguments)


def test_commands_are_in_the_feed_with_their_display_name_and_the_apps_name(toy: Toy, api: Any, sandbox: str) -> None:
    before = len(toy.services.sandboxes.feed(sandbox))
    api.ExecuteResourceConnectedCommand(sandbox, app(toy, sandbox), "PowerOn", "power")
    toy.fail(PowerOff={"raise": "no hands"})
    with pytest.raises(CloudShellAPIError):
        api.ExecuteCommand(sandbox, app(toy, sandbox), "Resource", "PowerOff", [])
    api.ExecuteCommand(sandbox, toy.provider.name, "Resource", "echo", [InputNameValue("text", "hello")], True)
    toy.services.deployment.refresh(sandbox, [app(toy, sandbox)])
    assert [message.text for message in toy.services.sandboxes.feed(sandbox)[before:]] == [
        "'Power On' on Web: started",
        "'Power On' on Web: done",
        "'PowerOff' on Web: started",
        "<font color=\"red\">'PowerOff' on Web: failed: no hands (RuntimeError)</font>",
        f"'Echo' on {toy.provider.name}: started",
        f"'Echo' on {toy.provider.name}: done",
        "hello7ResourceCommandContext",
    ]


def test_why_a_command_is_not_started_is_in_the_feed(toy: Toy, api: Any, sandbox: str) -> None:
    """Quali's setup tells only that powering on has failed."""
    name = app(toy, sandbox)
    with pytest.raises(CloudShellAPIError):
        api.ExecuteResourceConnectedCommand(sandbox, name, "PowerOn", "power", ["1"])
    with pytest.raises(CloudShellAPIError):
        api.ExecuteCommand(sandbox, toy.provider.name, "Resource", "echo", [])
    with pytest.raises(CloudShellAPIError):
        api.EnqueueCommand(sandbox, name, "Resource", "Dance", [])
    power, echo, dance = (message.text for message in toy.services.sandboxes.feed(sandbox)[-3:])
    assert "'PowerOn' on Web: not started: The command 'PowerOn' got 1 values, but it has: none" in power
    assert f"'echo' on {toy.provider.name}: not started: The command 'echo' needs its parameter 'text'" in echo
    assert "'Dance' on Web: not started: " in dance


def test_a_stopped_command_is_answered_as_cancelled_and_not_as_an_error(toy: Toy, api: Any, sandbox: str) -> None:
    toy.fail(remote_refresh_ip={"wait": 30})
    arguments = (sandbox, app(toy, sandbox), "remote_refresh_ip", "remote_connectivity")
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(api.ExecuteResourceConnectedCommand, *arguments)
        until(lambda: toy.cloudshell.executions()[-1].command == "remote_refresh_ip")
        execution = toy.cloudshell.executions()[-1]
        until(lambda: execution.call)
        toy.cloudshell.stop(execution)
        result = answer.result()
    assert isinstance(result, CommandExecutionCancelledResultInfo)
    assert not hasattr(result, "Output")
    assert "it was cancelled" in str(result.Message)


def test_an_enqueued_command_is_not_waited_for_and_its_result_is_in_the_feed(toy: Toy, api: Any, sandbox: str) -> None:
    toy.fail(PowerOff={"wait": 0.2, "raise": "no hands"})
    begin = time.monotonic()
    api.EnqueueCommand(sandbox, app(toy, sandbox), "Resource", "PowerOff", [])
    assert time.monotonic() - begin < 0.2
    api.EnqueueCommand(sandbox, toy.provider.name, "Resource", "echo", [InputNameValue("text", "later")], True)
    until(lambda: any("no hands" in message.text for message in toy.services.sandboxes.feed(sandbox)))
    assert any(message.text.startswith("later7") for message in toy.services.sandboxes.feed(sandbox))


def test_an_enqueued_power_command_sets_the_live_status_too(toy: Toy, api: Any, sandbox: str) -> None:
    name = app(toy, sandbox)
    api.EnqueueCommand(sandbox, name, "Resource", "PowerOff", [])
    until(lambda: api.GetResourceLiveStatus(name).liveStatusName == "Offline")


def test_environment_commands_are_setup_and_teardown(toy: Toy, api: Any, sandbox: str) -> None:
    assert [each.Name for each in api.GetEnvironmentCommands(sandbox).Commands] == ["Setup", "Teardown"]
    api.ExecuteEnvironmentCommand(sandbox, "Teardown")
    assert toy.left()["vms"] == []


def test_a_sandbox_that_has_ended_runs_no_commands(toy: Toy, api: Any, sandbox: str) -> None:
    toy.cloudshell.end(toy.services.sandboxes.get(sandbox))
    with pytest.raises(CloudShellAPIError, match="has ended"):
        api.ExecuteCommand(sandbox, toy.provider.name, "Resource", "echo", [InputNameValue("text", "x")])
