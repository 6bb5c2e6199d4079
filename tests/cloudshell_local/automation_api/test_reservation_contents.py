"""The contents of a sandbox, changed and read over the automation API."""

from __future__ import annotations

from typing import Any

import pytest
from cloudshell.api.cloudshell_api import AttributeNameValue, SetConnectorRequest
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from tests.cloudshell_local.automation_api.conftest import details
from tests.cloudshell_local.toy import Toy


def test_components_are_added_connected_and_removed(toy: Toy, api: Any) -> None:
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
    positions = {
        each.ResourceName: (each.X, each.Y)
        for each in api.GetReservationResourcesPositions(sandbox).ResourceDiagramLayouts
    }
    assert positions[name] == (10, 20)
    api.DisconnectRoutesInReservation(sandbox, ["V", name])
    api.RemoveConnectorsFromReservation(sandbox, [name, "V"])
    api.RemoveServicesFromReservation(sandbox, ["V"])
    api.RemoveResourcesFromReservation(sandbox, [name])
    assert [each.Name for each in details(api, sandbox).Resources] == [toy.provider.name]
    assert toy.left()["vms"] == []


def test_attributes_states_and_positions_are_set(toy: Toy, api: Any) -> None:
    toy.app("Web")
    sandbox = api.CreateImmediateReservation("Mine", "", 60).Reservation.Id
    api.AddServiceToReservation(sandbox, "VLAN Manual", "S", [])
    api.SetServiceAttributesValues(sandbox, "S", [AttributeNameValue("VLAN ID", "32")])
    assert {each.Name: each.Value for each in details(api, sandbox).Services[0].Attributes}["VLAN ID"] == "32"
    api.AddAppToReservation(sandbox, "Web", f"{toy.provider.name} - Toy.Brick")
    api.SetConnectorsInReservation(sandbox, [SetConnectorRequest("Web", "S", "bi", "")])
    api.SetConnectorAttributes(sandbox, "Web", "S", [AttributeNameValue("Requested Source vNIC Name", "2")])
    assert details(api, sandbox).Connectors[0].Attributes[0].Value == "2"
    api.SetReservationLiveStatus(sandbox, "Busy", "really")
    assert details(api, sandbox).ReservationLiveStatus.ReservationLiveStatusName == "Busy"
    api.SetSetupStage("Provisioning", sandbox)
    assert details(api, sandbox).SetupStage == "Provisioning"
    with pytest.raises(
        CloudShellAPIError, match=f"Entity '{toy.provider.name}' not found. Resources of the sandbox: none"
    ):
        api.SetReservationResourcePosition(sandbox, toy.provider.name, 5, 6)
    api.AddResourcesToReservation(sandbox, [toy.provider.name])
    api.SetReservationResourcePosition(sandbox, toy.provider.name, 5, 6)
    assert toy.services.sandboxes.get(sandbox).resources == {toy.provider.name: (5, 6)}
    api.WriteMessageToReservationOutput(sandbox, "hello & <b>bye</b>")
    assert toy.services.sandboxes.feed(sandbox)[-1].text == "hello & <b>bye</b>"
    api.RemoveAppFromReservation(sandbox, "Web")
    assert len(api.GetReservationServicesPositions(sandbox).ResourceDiagramLayouts) == 1


def test_an_unknown_deployment_path_is_an_error_that_names_the_known_ones(toy: Toy, api: Any) -> None:
    toy.app("Web")
    sandbox = api.CreateImmediateReservation("Mine", "", 60).Reservation.Id
    with pytest.raises(CloudShellAPIError, match=f"has no deployment path 'cheap'; it has: {toy.provider.name} - "):
        api.AddAppToReservation(sandbox, "Web", "cheap")
