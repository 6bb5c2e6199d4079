"""The life of sandboxes over the automation API, as Quali's own end-to-end runner uses it, and more."""

from __future__ import annotations

import time
from typing import Any

import pytest
from cloudshell.api.cloudshell_api import UpdateTopologyGlobalInputsRequest
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from tests.cloudshell_local.automation_api.conftest import details
from tests.cloudshell_local.toy import Toy


def wait(api: Any, sandbox: str, status: str = "", provisioning: str = "") -> Any:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        now = api.GetReservationStatus(sandbox).ReservationSlimStatus
        if now.Status == status or now.ProvisioningStatus == provisioning:
            return now
        time.sleep(0.02)
    raise AssertionError(f"{now.Status} {now.ProvisioningStatus}")


def test_a_sandbox_from_a_blueprint_is_polled_until_ready_and_until_completed(toy: Toy, api: Any) -> None:
    toy.app("Web")
    toy.cloudshell.add_blueprint("B", ["Web"])
    inputs = [UpdateTopologyGlobalInputsRequest("Target", "moon")]
    made = api.CreateImmediateTopologyReservation(
        "Mine", "admin", 60, topologyFullPath="B", globalInputs=inputs
    ).Reservation
    assert (made.Name, made.Owner, list(made.Topologies)) == ("Mine", "admin", ["B"])
    assert wait(api, made.Id, provisioning="Ready").SetupStage == "Ended"
    assert [each.Id for each in api.GetCurrentReservations("admin").Reservations] == [made.Id]
    assert [each.Value for each in api.GetReservationInputs(made.Id).GlobalInputs] == ["moon"]
    found = details(api, made.Id)
    (resource,) = found.Resources
    assert (resource.AppDetails.AppName, resource.CreatedInReservation) == ("Web", made.Id)
    assert (resource.VmDetails.CloudProviderFullName, resource.FolderFullPath) == (toy.provider.name, "Deployed Apps")
    assert {each.Name: each.Value for each in resource.VmDetails.VmCustomParams} == {"auto_delete": "True", "zone": "7"}
    assert {each.Name: each.Value for each in resource.VmDetails.InstanceData} == {"Image": "toy", "secret": "5"}
    (network,) = resource.VmDetails.NetworkData
    assert {each.Name: each.Value for each in network.AdditionalData} == {"MAC": "02", "private ip": "10.9.0.1"}
    with pytest.raises(CloudShellAPIError, match="must be ended before it can be deleted"):
        api.DeleteReservation(made.Id)
    api.EndReservation(made.Id)
    wait(api, made.Id, status="Completed")
    api.DeleteReservation(made.Id)
    with pytest.raises(CloudShellAPIError, match="not found"):
        api.GetReservationStatus(made.Id)


@pytest.mark.parametrize(("name", "value"), [("a=b", "1"), ("", "1"), ("Target", "x" * 32768)])
def test_an_input_that_no_script_could_have_is_refused_and_nothing_is_reserved(
    toy: Toy, api: Any, name: str, value: str
) -> None:
    toy.cloudshell.add_blueprint("B", [])
    with pytest.raises(CloudShellAPIError, match="input"):
        api.CreateImmediateTopologyReservation(
            "Mine", "admin", 60, topologyFullPath="B", globalInputs=[UpdateTopologyGlobalInputsRequest(name, value)]
        )
    assert api.GetCurrentReservations("admin").Reservations == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("s", "nobody", 5), "Entity 'nobody' not found"),
        (("s", "", 0), "The duration of 0 minutes should be 1 to"),
        (("s", "", -5), "The duration of -5 minutes"),
    ],
)
def test_a_sandbox_that_cannot_be_reserved_is_an_error(api: Any, arguments: tuple[Any, ...], error: str) -> None:
    with pytest.raises(CloudShellAPIError, match=error):
        api.CreateImmediateReservation(*arguments)
