"""What Quali's own end-to-end runner does with sandboxes, and more."""

from __future__ import annotations

import time
from typing import Any

import pytest
from cloudshell.api.cloudshell_api import AttributeNameValue, SetConnectorRequest, UpdateTopologyGlobalInputsRequest
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from tests.cloudshell_local.toy import Toy


def wait(api: Any, sandbox: str, status: str = "", provisioning: str = "") -> Any:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        now = api.GetReservationStatus(sandbox).ReservationSlimStatus
        if now.Status == status or now.ProvisioningStatus == provisioning:
            return now
        time.sleep(0.02)
    raise AssertionError(f"{now.Status} {now.ProvisioningStatus}")


def details(api: Any, sandbox: str) -> Any:
    return api.GetReservationDetails(sandbox, True).ReservationDescription


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


def test_a_sandbox_is_filled_connected_and_emptied_by_hand(toy: Toy, api: Any) -> None:
    toy.app("Web")
    sandbox = api.CreateImmediateReservation("Mine", "admin", 60).Reservation.Id
    assert api.GetReservationStatus(sandbox).ReservationSlimStatus.ProvisioningStatus == "Not Run"
    api.AddResourcesToReservation(sandbox, [toy.provider.name])
    api.AddAppToReservation(sandbox, "Web", "", 10, 20)
    api.AddServiceToReservation(sandbox, "VLAN Manual", "V", [AttributeNameValue("VLAN ID", "7")])
    api.SetConnectorsInReservation(sandbox, [SetConnectorRequest("Web", "V", "bi", "cable")])
    found = details(api, sandbox)
    (app,) = found.Apps
    assert (app.Name, app.AppTemplateName, app.LogicalResource.Family) == ("Web", "Web", "Generic App Family")
    (path,) = app.DeploymentPaths
    assert (path.IsDefault, path.DeploymentService.Model, path.DeploymentService.CloudProvider) == (
        True,
        "Toy.Brick",
        toy.provider.name,
    )
    assert "Toy.Brick.Autoload" in [each.Name for each in path.DeploymentService.Attributes]
    assert [(each.Alias, each.ServiceName) for each in found.Services] == [("V", "VLAN Manual")]
    assert [(each.Source, each.Target, each.State, each.Alias) for each in found.Connectors] == [
        ("Web", "V", "Disconnected", "cable")
    ]

    deployed = api.DeployAppToCloudProvider(sandbox, "Web")
    name = details(api, sandbox).Resources[1].Name
    assert deployed
    route = api.ConnectRoutesInReservation(sandbox, ["V", name], "bi").Routes[0]
    assert (route.Source, route.Target) == (name, "V")
    assert details(api, sandbox).Connectors[0].State == "Connected"
    places = {
        each.ResourceName: (each.X, each.Y)
        for each in api.GetReservationResourcesPositions(sandbox).ResourceDiagramLayouts
    }
    assert places[name] == (10, 20)
    api.DisconnectRoutesInReservation(sandbox, ["V", name])
    api.RemoveConnectorsFromReservation(sandbox, [name, "V"])
    api.RemoveServicesFromReservation(sandbox, ["V"])
    api.RemoveResourcesFromReservation(sandbox, [name])
    assert [each.Name for each in details(api, sandbox).Resources] == [toy.provider.name]
    assert toy.left()["vms"] == []


def test_the_rest_of_a_sandbox_can_be_set(toy: Toy, api: Any) -> None:
    toy.app("Web")
    sandbox = api.CreateImmediateReservation("Mine", "", 60).Reservation.Id
    api.AddServiceToReservation(sandbox, "Subnet", "S", [])
    api.SetServiceAttributesValues(sandbox, "S", [AttributeNameValue("Subnet Size", "32")])
    assert {each.Name: each.Value for each in details(api, sandbox).Services[0].Attributes}["Subnet Size"] == "32"
    api.AddAppToReservation(sandbox, "Web", f"{toy.provider.name} - Toy.Brick")
    api.SetConnectorsInReservation(sandbox, [SetConnectorRequest("Web", "S", "bi", "")])
    api.SetConnectorAttributes(sandbox, "Web", "S", [AttributeNameValue("Requested Source vNIC Name", "2")])
    assert details(api, sandbox).Connectors[0].Attributes[0].Value == "2"
    api.SetReservationLiveStatus(sandbox, "Busy", "really")
    assert details(api, sandbox).ReservationLiveStatus.ReservationLiveStatusName == "Busy"
    api.SetSetupStage("Provisioning", sandbox)
    assert details(api, sandbox).SetupStage == "Provisioning"
    api.SetReservationResourcePosition(sandbox, toy.provider.name, 5, 6)
    api.WriteMessageToReservationOutput(sandbox, "hello & <b>bye</b>")
    assert toy.services.sandboxes.feed(sandbox)[-1].text == "hello & <b>bye</b>"
    api.RemoveAppFromReservation(sandbox, "Web")
    assert len(api.GetReservationServicesPositions(sandbox).ResourceDiagramLayouts) == 1


def test_blueprints_and_services_are_listed(toy: Toy, api: Any) -> None:
    toy.app("Web")
    toy.cloudshell.add_blueprint("B", ["Web"], {"V": ("VLAN Auto", {})}, [("Web", "V")])
    assert list(api.GetTopologiesByCategory().Topologies) == ["B"]
    found = api.GetTopologyDetails("B")
    assert (found.Name, found.Driver, [each.Name for each in found.Apps]) == ("B", "Python Setup & Teardown", ["Web"])
    assert [each.Alias for each in found.Services] == ["V"]
    assert [each.Name for each in api.GetServices().Services] == ["VLAN Auto", "VLAN Manual", "Subnet"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("s", "nobody", 5), "Entity 'nobody' not found"),
        (("s", "", 0), "The duration of 0 minutes should be 1 to"),
        (("s", "", -5), "The duration of -5 minutes"),
    ],
)
def test_a_sandbox_that_cannot_be_is_told(api: Any, arguments: tuple[Any, ...], told: str) -> None:
    with pytest.raises(CloudShellAPIError, match=told):
        api.CreateImmediateReservation(*arguments)


def test_an_app_without_that_path_is_told_with_those_it_has(toy: Toy, api: Any) -> None:
    toy.app("Web")
    sandbox = api.CreateImmediateReservation("Mine", "", 60).Reservation.Id
    with pytest.raises(CloudShellAPIError, match=f"has no deployment path 'cheap'; it has: {toy.provider.name} - "):
        api.AddAppToReservation(sandbox, "Web", "cheap")
