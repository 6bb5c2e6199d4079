"""The properties, users, time and data of sandboxes over the automation API, with Quali's own client."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cloudshell.api.cloudshell_api import CloudShellAPISession, SandboxDataKeyValue, UpdateTopologyGlobalInputsRequest
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from cloudshell_local.access import Access
from cloudshell_local.errors import WrongCall
from cloudshell_local.execution.environments import ensure_environment
from cloudshell_local.orchestration.runner import REQUIREMENTS
from cloudshell_local.services.sandboxes.properties import SandboxProperties
from cloudshell_local.services.sandboxes.sandbox_data import SandboxData
from cloudshell_local.services.sandboxes.sandboxes import Sandboxes
from cloudshell_local.storage.store import Store
from heavenly.pack import ENVIRONMENTS
from tests.cloudshell_local.automation_api.conftest import details
from tests.cloudshell_local.conftest import OpenStore
from tests.cloudshell_local.toy import Toy


@pytest.fixture
def sandbox(toy: Toy) -> str:
    return toy.services.sandboxes.create("Mine", "admin", 60, {"Target": "moon"}).id


def user(toy: Toy, name: str) -> Any:
    """Return the session of a new user who is no administrator."""
    toy.services.access.add_user(name, "secret", is_admin=False)
    return CloudShellAPISession(toy.cloudshell.address, name, "secret", "Global")


def feed(toy: Toy, sandbox: str) -> list[str]:
    return [message.text for message in toy.services.sandboxes.feed(sandbox)]


def end(toy: Toy, sandbox: str) -> None:
    toy.services.lifecycle.end(sandbox)
    toy.services.lifecycle.wait(sandbox)


def test_a_sandbox_is_renamed_and_described(toy: Toy, api: Any, sandbox: str) -> None:
    api.UpdateReservationName(sandbox, "Yours")
    api.UpdateReservationDescription(sandbox, "What <it> is for")
    found = details(api, sandbox)
    assert (found.Name, found.Description) == ("Yours", "What <it> is for")
    assert feed(toy, sandbox)[-1] == "The sandbox was renamed to 'Yours'"
    with pytest.raises(CloudShellAPIError, match="The sandbox name '<>' should be"):
        api.UpdateReservationName(sandbox, "<>")
    assert details(api, sandbox).Name == "Yours"


def test_inputs_are_set_that_the_sandbox_was_reserved_with(toy: Toy, api: Any, sandbox: str) -> None:
    api.UpdateReservationGlobalInputs(sandbox, [UpdateTopologyGlobalInputsRequest("Target", "sun")])
    inputs = [("Target", "mars"), ("Speed", "9")]
    with pytest.raises(CloudShellAPIError, match=r"Entity 'Speed' not found. Inputs of the sandbox: Target\."):
        api.UpdateReservationGlobalInputs(sandbox, [UpdateTopologyGlobalInputsRequest(*each) for each in inputs])
    with pytest.raises(CloudShellAPIError, match="value of the input 'Target' should be up to 32767 characters"):
        api.UpdateReservationGlobalInputs(sandbox, [UpdateTopologyGlobalInputsRequest("Target", "x" * 32768)])
    found = api.GetReservationInputs(sandbox).GlobalInputs
    assert [(each.ParamName, each.Value) for each in found] == [("Target", "sun")]


def test_a_sandbox_is_extended_and_says_what_time_is_left(toy: Toy, api: Any, sandbox: str) -> None:
    before = toy.services.sandboxes.get(sandbox).end
    assert 59 < api.GetReservationRemainingTime(sandbox).RemainingTimeInMinutes <= 60
    api.ExtendReservation(sandbox, 30)
    assert 89 < api.GetReservationRemainingTime(sandbox).RemainingTimeInMinutes <= 90
    assert toy.services.sandboxes.get(sandbox).end > before
    assert feed(toy, sandbox)[-1] == "The sandbox was extended by 30 minutes"


@pytest.mark.parametrize(
    ("minutes", "error"),
    [
        (0, "by 1 or more minutes, not by 0"),
        (-5, "by 1 or more minutes, not by -5"),
        (10**12, "The sandbox 'Mine' can last 525600 minutes in all, until"),
        (525600, "can last 525600 minutes in all"),
    ],
)
def test_a_sandbox_is_not_extended_by_nothing_or_beyond_the_longest(
    toy: Toy, api: Any, sandbox: str, minutes: int, error: str
) -> None:
    before = toy.services.sandboxes.get(sandbox)
    with pytest.raises(CloudShellAPIError, match=error):
        api.ExtendReservation(sandbox, minutes)
    assert toy.services.sandboxes.get(sandbox) == before


def test_overtime_and_a_sandbox_that_has_ended_have_no_time_left(toy: Toy, api: Any, sandbox: str) -> None:
    with toy.services.store.lock:  # The clock ends a sandbox whose time is over.
        with toy.services.sandboxes.changing(sandbox) as changed:
            changed.end, changed.provisioning = "2020-01-01T00:00:00", "Teardown"
        assert toy.services.properties.remaining_minutes(sandbox) == -1
        with pytest.raises(WrongCall, match="is in its teardown and cannot be extended"):
            toy.services.properties.extend(sandbox, 5)
    end(toy, sandbox)
    assert api.GetReservationRemainingTime(sandbox).RemainingTimeInMinutes == 0


def test_a_permitted_user_works_in_the_sandbox_until_the_permission_is_withdrawn(
    toy: Toy, api: Any, sandbox: str
) -> None:
    eve, mallory = user(toy, "eve"), user(toy, "mallory")
    for operation in (eve.GetReservationDetails, eve.GetReservationRemainingTime, eve.EndReservation):
        with pytest.raises(CloudShellAPIError, match="may use a sandbox of another user") as error:
            operation(sandbox)
        assert error.value.code == "100"
    api.AddPermittedUsersToReservation(sandbox, ["eve", "admin", "eve"])
    assert list(details(eve, sandbox).PermittedUsers) == ["admin", "eve"]
    eve.UpdateReservationDescription(sandbox, "seen")
    eve.AddPermittedUsersToReservation(sandbox, ["mallory"])
    assert details(mallory, sandbox).Description == "seen"
    api.RemovePermittedUsersFromReservation(sandbox, ["eve"])
    with pytest.raises(CloudShellAPIError, match="may use a sandbox of another user"):
        eve.GetReservationStatus(sandbox)
    assert list(details(mallory, sandbox).PermittedUsers) == ["admin", "mallory"]
    assert [line for line in feed(toy, sandbox) if "ermitted" in line] == [
        "Permitted users were added: eve",
        "Permitted users were added: mallory",
        "Permitted users were removed: eve",
    ]


def test_users_who_are_unknown_or_not_permitted_change_nothing(toy: Toy, api: Any, sandbox: str) -> None:
    user(toy, "eve")
    with pytest.raises(CloudShellAPIError, match="Entity 'nobody' not found. Users: admin, eve"):
        api.AddPermittedUsersToReservation(sandbox, ["eve", "nobody"])
    assert list(details(api, sandbox).PermittedUsers) == ["admin"]
    api.AddPermittedUsersToReservation(sandbox, ["eve"])
    with pytest.raises(
        CloudShellAPIError, match="'nobody' is not a permitted user of the sandbox 'Mine'; those are: eve"
    ):
        api.RemovePermittedUsersFromReservation(sandbox, ["eve", "nobody"])
    with pytest.raises(CloudShellAPIError, match="'admin' owns the sandbox 'Mine'"):
        api.RemovePermittedUsersFromReservation(sandbox, ["eve", "admin"])
    assert list(details(api, sandbox).PermittedUsers) == ["admin", "eve"]


def test_data_is_set_by_keys_read_and_cleared(api: Any, sandbox: str) -> None:
    def data() -> dict[str, str]:
        return {each.Key: each.Value for each in api.GetSandboxData(sandbox).SandboxDataKeyValues}

    assert data() == {}
    api.SetSandboxData(sandbox, [SandboxDataKeyValue("a", "1"), SandboxDataKeyValue("b", "<2>\n")])
    api.SetSandboxData(sandbox, [SandboxDataKeyValue("a", "3"), SandboxDataKeyValue("c", "")])
    assert data() == {"a": "3", "b": "<2>\n", "c": ""}
    with pytest.raises(CloudShellAPIError, match="has a key without a letter"):
        api.SetSandboxData(sandbox, [SandboxDataKeyValue("d", "4"), SandboxDataKeyValue(" ", "5")])
    assert "d" not in data()
    api.ClearSandboxData(sandbox)
    assert data() == {}


def test_data_is_for_administrators_and_is_kept_when_the_sandbox_has_ended(toy: Toy, api: Any, sandbox: str) -> None:
    eve = user(toy, "eve")
    api.AddPermittedUsersToReservation(sandbox, ["eve"])
    api.SetSandboxData(sandbox, [SandboxDataKeyValue("a", "1")])
    for operation, *arguments in (
        (eve.SetSandboxData, [SandboxDataKeyValue("a", "2")]),
        (eve.GetSandboxData,),
        (eve.ClearSandboxData,),
    ):
        with pytest.raises(CloudShellAPIError, match=r"Only an administrator may \w+ the data of a sandbox"):
            operation(sandbox, *arguments)
    end(toy, sandbox)
    with pytest.raises(CloudShellAPIError, match="The sandbox 'Mine' has ended"):
        api.SetSandboxData(sandbox, [SandboxDataKeyValue("a", "2")])
    with pytest.raises(CloudShellAPIError, match="The sandbox 'Mine' has ended"):
        api.ClearSandboxData(sandbox)
    assert [each.Value for each in api.GetSandboxData(sandbox).SandboxDataKeyValues] == ["1"]


CHANGES: list[Callable[[Any, str], object]] = [
    lambda api, sandbox: api.UpdateReservationName(sandbox, "Yours"),
    lambda api, sandbox: api.UpdateReservationDescription(sandbox, "text"),
    lambda api, sandbox: api.UpdateReservationGlobalInputs(
        sandbox, [UpdateTopologyGlobalInputsRequest("Target", "sun")]
    ),
    lambda api, sandbox: api.AddPermittedUsersToReservation(sandbox, ["admin"]),
    lambda api, sandbox: api.RemovePermittedUsersFromReservation(sandbox, []),
    lambda api, sandbox: api.ExtendReservation(sandbox, 5),
]


def test_a_sandbox_that_has_ended_is_not_changed(toy: Toy, api: Any, sandbox: str) -> None:
    end(toy, sandbox)
    before = toy.services.sandboxes.get(sandbox)
    for change in CHANGES:
        with pytest.raises(CloudShellAPIError, match="The sandbox 'Mine' has ended"):
            change(api, sandbox)
        with pytest.raises(CloudShellAPIError, match="Entity 'moon' not found"):
            change(api, "moon")
    assert toy.services.sandboxes.get(sandbox) == before


def test_users_and_data_are_there_after_a_restart(tmp_path: Path, store: Store, open_store: OpenStore) -> None:
    Access(store).add_user("eve", "secret", is_admin=False)
    sandboxes = Sandboxes(store)
    sandbox = sandboxes.create("Mine", "admin", 60).id
    SandboxProperties(store, sandboxes).permit(sandbox, ["eve"])
    SandboxData(sandboxes).set(sandbox, {"a": "1"})
    store.close()
    found = open_store(tmp_path / "db").sandboxes.get(sandbox)
    assert (found.users, found.data) == (["admin", "eve"], {"a": "1"})


SCRIPT = """
import sys
from cloudshell.api.cloudshell_api import *
address, sandbox = sys.argv[1:]
api = CloudShellAPISession(address, "admin", "admin", "Global")
api.UpdateReservationName(sandbox, "Yours")
api.UpdateReservationDescription(sandbox, "text")
api.UpdateReservationGlobalInputs(sandbox, [UpdateTopologyGlobalInputsRequest("Target", "sun")])
api.AddPermittedUsersToReservation(sandbox, ["eve", "adam"])
api.RemovePermittedUsersFromReservation(sandbox, ["adam"])
api.ExtendReservation(sandbox, 30)
api.SetSandboxData(sandbox, [SandboxDataKeyValue("a", "1")])
edit = DefaultDeployment(None, Deployment([NameValuePair("Size", "7")]))
api.EditAppsInReservation(sandbox, [ApiEditAppRequest("Web", "Front", "", None, edit)])
print(89 < api.GetReservationRemainingTime(sandbox).RemainingTimeInMinutes <= 90)
print([(each.Key, each.Value) for each in api.GetSandboxData(sandbox).SandboxDataKeyValues])
print([each.ReservedStatus for each in api.FindResources(resourceModel="Toy").Resources])
api.ClearSandboxData(sandbox)
try:
    api.TerminateReservation(sandbox)
except Exception as error:
    print(error)
"""


@pytest.mark.slow
def test_the_client_of_2024_does_the_same(toy: Toy, sandbox: str) -> None:
    toy.app("Web")
    toy.services.sandboxes.add_app(sandbox, toy.services.blueprints.new_app("Web"))
    for name in ("eve", "adam"):
        toy.services.access.add_user(name, "secret", is_admin=False)
    python = ensure_environment(REQUIREMENTS, ENVIRONMENTS)
    assert "cloudshell-automation-api==2024.1." in REQUIREMENTS.read_text()
    command = [str(python), "-c", SCRIPT, toy.cloudshell.address, sandbox]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert printed == [
        "True",
        "[('a', '1')]",
        "['Not In Reservation']",
        "CloudShell API error 100: The sandbox 'Yours' is not in its teardown, so that it cannot be terminated; end it",
    ]
    found = toy.services.sandboxes.get(sandbox)
    assert (found.name, found.description, found.inputs, found.data) == ("Yours", "text", {"Target": "sun"}, {})
    app = found.apps.get("Front")
    assert app
    assert (found.users, app.path.attributes["Toy.Brick.Size"]) == (["admin", "eve"], "7")
