"""Each failure of a command, injected into the driver's process: the state that comes of it, and what is left in the end.

What Quali's orchestration does with each was tried; the states are those that its help names.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudshell_local import CloudShellLocal
from tests.cloudshell_local.toy import app_package, until
from tests.end_to_end.conftest import SHELLS
from tests.end_to_end.instrumented import Noted

EMPTY = {"instances": 0, "networks": 0}
RED = '<font color="red">'


@pytest.fixture(scope="module")
def noted(packages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Noted]]:
    with CloudShellLocal() as cloudshell:
        found = {}
        for shell in SHELLS:
            found[shell[:2]] = made = Noted.of(packages[shell], cloudshell, tmp_path_factory.mktemp(shell))
            services: dict[str, Any] = {"Net": ("VLAN Auto" if shell == SHELLS[0] else "Subnet", {})}
            cloudshell.add_blueprint(shell[:2], ["Angel", "Man"], services, [("Angel", "Net"), ("Man", "Net")])
            assert made.left() == EMPTY
        yield found


@pytest.fixture(params=["L2", "L3"])
def shell(request: pytest.FixtureRequest, noted: dict[str, Noted]) -> Iterator[Noted]:
    made = noted[request.param]
    made.fail()
    made.calls()
    yield made
    made.fail()
    assert made.left() == EMPTY, "the next test would begin with this"


def status(shell: Noted, sandbox: str) -> tuple[str, str, str]:
    found = shell.cloudshell.session().GetReservationStatus(sandbox).ReservationSlimStatus
    return found.Status, found.ProvisioningStatus, found.SetupStage


BOTH, ONLY_L2, ONLY_L3 = ("L2", "L3"), ("L2",), ("L3",)
STEPS = [
    (ONLY_L3, "PrepareSandboxInfra", "Preparation", "injected into PrepareSandboxInfra"),
    (BOTH, "Deploy", "Provisioning", "Sandbox is Active with Errors - 'Deploy' command failed"),
    (ONLY_L2, "ApplyConnectivityChanges", "Connectivity", "injected into ApplyConnectivityChanges"),
    (BOTH, "PowerOn", "Connectivity", "Error powering on deployed app"),
    (BOTH, "remote_refresh_ip", "Connectivity", "Error refreshing IP deployed app"),
    (BOTH, "GetVmDetails", "Connectivity", "Failed to refresh VM Details"),
]


def cases() -> Iterator[Any]:
    """Orchestration sees the same failure before and after the effect; only Deploy's leaves something behind."""
    for shells, command, stage, text in STEPS:
        for shell in shells:
            yield pytest.param(shell, command, "before", stage, text)
            marks = [] if command == "Deploy" else [pytest.mark.only_soak]
            yield pytest.param(shell, command, "after", stage, text, marks=marks)


@pytest.mark.parametrize(("shell", "command", "when", "stage", "message"), list(cases()), indirect=["shell"])
def test_a_command_of_setup_fails_once(shell: Noted, command: str, when: str, stage: str, message: str) -> None:
    shell.fail(**{command: {"when": when, "times": 1}})
    sandbox = shell.cloudshell.reserve(shell.shell[:2])
    shell.fail()
    # "Active (with Error)": usable, its stage where setup has stopped, and red in the feed.
    assert sandbox.state == "Active (with Error)"
    assert status(shell, sandbox.id) == ("Started", "Error", stage)
    feed = shell.feed(sandbox)
    assert any(message in text for text in feed), feed
    assert any(text.startswith(RED) for text in feed)
    if command != "PrepareSandboxInfra":  # Orchestration does not catch that one: it says nothing itself.
        assert any(f'Error occurred during "{stage}" stage' in text for text in feed)
    # Teardown runs all the same. A VM that the driver made before it failed is nobody's: only its driver can delete it.
    orphan = 1 if (command, when) == ("Deploy", "after") else 0
    ended = shell.cloudshell.end(sandbox)
    if not orphan:
        assert (ended.state, shell.left()) == ("Completed", EMPTY)
    else:
        assert shell.left()["instances"] == 1
        shell.cloudshell.services.execution_server.end_driver(shell.provider.id)  # The cloud is in its memory.


@pytest.mark.parametrize(
    ("command", "icon"), [("PowerOn", "Powering on has failed"), ("remote_refresh_ip", "Obtaining IP has failed")]
)
def test_the_icon_of_the_app_tells_what_failed(shell: Noted, command: str, icon: str) -> None:
    shell.fail(**{command: {"times": 1}})
    sandbox = shell.cloudshell.reserve(shell.shell[:2])
    shell.fail()
    icons = [app.live_status for app in shell.cloudshell.deployed(sandbox).values()]
    assert ("Error", icon) in icons
    assert ("Online", "Active") in icons
    shell.cloudshell.end(sandbox)


def test_one_app_that_cannot_be_deployed_leaves_the_other_until_teardown(shell: Noted) -> None:
    shell.fail(Deploy={"times": 1})
    sandbox = shell.cloudshell.reserve(shell.shell[:2])
    shell.fail()
    assert len(shell.cloudshell.deployed(sandbox)) == 1
    (app,) = shell.cloudshell.sandbox(sandbox).apps
    assert app.live_status[0] == "Error"
    assert "injected into Deploy" in app.live_status[1]
    assert shell.cloudshell.end(sandbox).state == "Completed"


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_app_that_cannot_be_deleted_at_once_is_deleted_in_the_end(shell: Noted, when: str) -> None:
    """Orchestration says nothing of it, not even of 153; in L3 its cleanup then fails on the VM that is left."""
    sandbox = shell.cloudshell.reserve(shell.shell[:2])
    shell.fail(DeleteInstance={"when": when, "times": 1})
    ended = shell.cloudshell.end(sandbox)
    shell.fail()
    feed = shell.feed(sandbox)
    assert any("Deleting what the teardown left" in text for text in feed)
    strict = shell.shell.startswith("L3") and when == "before"
    assert ended.state == ("Completed (with Error)" if strict else "Completed")
    assert shell.left() == EMPTY


def test_an_app_that_cannot_be_deleted_at_all_stays_in_inventory_and_can_be_deleted_there(
    noted: dict[str, Noted],
) -> None:
    shell = noted["L2"]
    sandbox = shell.cloudshell.reserve("L2")
    shell.fail(DeleteInstance={})
    ended = shell.cloudshell.end(sandbox)
    shell.fail()
    assert (ended.state, ended.resources) == ("Completed (with Error)", {})
    assert status(shell, sandbox.id)[:2] == ("Completed", "Error")
    left = [each for each in shell.cloudshell.services.store.resources if each.created_in == sandbox.id]
    assert len(left) == 2
    for each in left:
        shell.cloudshell.session().DeleteResource(each.name)
    assert shell.left() == EMPTY


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cleanup_that_fails_is_red_and_done_again(noted: dict[str, Noted], when: str) -> None:
    shell = noted["L3"]
    sandbox = shell.cloudshell.reserve("L3")
    shell.fail(CleanupSandboxInfra={"when": when, "times": 1})
    ended = shell.cloudshell.end(sandbox)
    shell.fail()
    assert ended.state == "Completed (with Error)"
    assert any('Error occurred during "Teardown" stage' in text for text in shell.feed(sandbox))
    assert shell.left() == EMPTY


def test_a_connection_that_cannot_be_undone_is_told_and_teardown_goes_on(noted: dict[str, Noted]) -> None:
    shell = noted["L2"]
    sandbox = shell.cloudshell.reserve("L2")
    shell.fail(ApplyConnectivityChanges={"times": 1})
    shell.cloudshell.end(sandbox)
    shell.fail()
    assert any(text.startswith("Error disconnecting apps") for text in shell.feed(sandbox))
    assert shell.left() == EMPTY


def test_a_discovery_of_the_app_itself_that_fails_stops_setup(noted: dict[str, Noted]) -> None:
    """The App becomes a resource of a shell of its own, whose driver is asked for its inventory."""
    shell, cloudshell = noted["L2"], noted["L2"].cloudshell
    cloudshell.services.catalog.add(app_package(), "admin")
    option = f"{shell.shell}.HeavenlyCloudAngelDeployment"
    for name, strings in (("Good", "4"), ("Bad", "0")):
        values = {"Strings": strings, "User": "u"}
        cloudshell.add_app(name, option, shell.provider.name, {}, values, "Puppet")
        cloudshell.add_blueprint(name, [name])
    good = cloudshell.reserve("Good")
    assert good.state == "Active"
    assert cloudshell.deployed(good)["Good"].attributes["Puppet.Strings"] == "4"
    cloudshell.end(good)
    bad = cloudshell.reserve("Bad")
    assert (bad.state, status(shell, bad.id)[2]) == ("Active (with Error)", "Provisioning")
    (app,) = cloudshell.deployed(bad).values()
    assert app.live_status == ("Error", "Discovery failed")
    assert any(f'Discovery failed on "{app.name}"' in text for text in shell.feed(bad))
    assert cloudshell.end(bad).state == "Completed"
    assert shell.left() == EMPTY


def test_a_driver_that_dies_mid_setup_is_an_error_and_the_next_sandbox_works(noted: dict[str, Noted]) -> None:
    shell, cloudshell = noted["L3"], noted["L3"].cloudshell
    sandbox = cloudshell.reserve("L3")
    (execution,) = [
        each for each in cloudshell.services.execution_server.executions() if each.command == "PrepareSandboxInfra"
    ][-1:]
    assert execution.state == "Completed"
    process = cloudshell.services.execution_server._instances[shell.provider.id].process
    assert process
    process.kill()
    until(lambda: not process.is_alive())
    # The cloud was in its memory: deleting what is gone is success.
    assert cloudshell.end(sandbox).state == "Completed"
    again = cloudshell.reserve("L3")
    assert again.state == "Active"
    cloudshell.end(again)
    assert shell.left() == EMPTY
