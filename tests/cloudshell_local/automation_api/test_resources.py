from __future__ import annotations

from typing import Any

import pytest
from cloudshell.api.cloudshell_api import AttributeNameValue, ResourceAttributesUpdateRequest, ResourceInfoDto
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from cloudshell_local.storage.model import Resource, SubResource
from tests.cloudshell_local.toy import Toy


def test_a_resource_is_created_discovered_changed_and_deleted(toy: Toy, api: Any) -> None:
    created = api.CreateResource("CS_CloudProvider", "Toy", "r", "NA", "", "", "A toy")
    assert (created.Name, created.ResourceModelName, created.ResourceFamilyName) == ("r", "Toy", "CS_CloudProvider")
    assert (created.Description, created.DriverName, created.Excluded) == ("A toy", "ToyDriver", False)
    api.SetAttributesValues(
        [
            ResourceAttributesUpdateRequest(
                "r", [AttributeNameValue("Toy.Color", "blue"), AttributeNameValue("Toy.Password", "x")]
            )
        ]
    )
    api.AutoLoad("r")
    api.UpdateResourceAddress("r", "10.0.0.1")
    api.UpdateResourceDriver("r", "ToyDriver")
    api.RenameResource("r", "s")
    found = api.GetResourceDetails("s")
    attributes = {each.Name: each.Value for each in found.ResourceAttributes}
    assert (attributes["Toy.Color"], attributes["Toy.Region"], found.Address) == ("blue", "here", "10.0.0.1")
    assert api.DecryptPassword(attributes["Toy.Password"]).Value == "x"
    kinds = {each.Name: each.Type for each in found.ResourceAttributes}
    assert (kinds["Toy.Password"], kinds["Toy.Limit"], kinds["Toy.Color"], kinds["Toy.User"]) == (
        "Password", "Numeric", "Lookup", "String"
    )  # fmt: skip
    assert [each.Name for each in api.GetResourceList().Resources] == [toy.provider.name, "s"]
    api.DeleteResource("s")
    with pytest.raises(CloudShellAPIError):
        api.GetResourceDetails("s")


def test_an_ordinary_resource_does_not_look_like_a_deployed_app(toy: Toy, api: Any) -> None:
    """Orchestration takes a resource that has VmDetails with a UID for a deployed App (docs/reference/server.md §2)."""
    assert not hasattr(api.GetResourceDetails(toy.provider.name).VmDetails, "UID")


def test_sub_resources_are_in_the_details_of_their_resource_and_have_details_of_their_own(toy: Toy, api: Any) -> None:
    chassis = SubResource("Chassis", "CH1", "App.GenericChassis", "CS_Chassis")
    port = SubResource("Chassis/Port 1", "CH1/P1", "App.GenericPort", "CS_Port", "u-1", {"App.GenericPort.Speed": "9"})
    resource = Resource("vm", "f", "Toy", "10.0.0.7", {}, folder="Deployed Apps", sub_resources=[chassis, port])
    toy.services.store.resources.put("vm", resource)
    (found,) = api.GetResourceDetails("vm").ChildResources
    assert (found.Name, found.ResourceModelName, found.ResourceFamilyName) == (
        "vm/Chassis",
        "App.GenericChassis",
        "CS_Chassis",
    )
    (nested,) = found.ChildResources
    own = api.GetResourceDetails("Deployed Apps/vm/Chassis/Port 1")
    for each in (nested, own):
        assert (each.Name, each.UniqeIdentifier, each.ChildResources) == ("vm/Chassis/Port 1", "u-1", [])
        assert (each.Address, each.FullAddress, each.RootAddress) == ("P1", "10.0.0.7/CH1/P1", "10.0.0.7")
        assert [(item.Name, item.Value) for item in each.ResourceAttributes] == [("App.GenericPort.Speed", "9")]
        assert not hasattr(each.VmDetails, "UID")
    api.SetAttributeValue("vm/Chassis/Port 1", "Speed", "10")
    assert api.GetAttributeValue("vm/Chassis/Port 1", "Speed").Value == "10"
    assert "vm/Chassis" not in [each.Name for each in api.GetResourceList().Resources]
    with pytest.raises(CloudShellAPIError, match="is a sub-resource; it comes and goes with its resource"):
        api.DeleteResource("vm/Chassis")


def test_several_are_created_and_deleted_at_once(toy: Toy, api: Any) -> None:
    api.CreateResources([ResourceInfoDto("CS_CloudProvider", "Toy", name, "NA", "", "", "") for name in ("a", "b")])
    api.DeleteResources(["a", "b"])
    assert len(api.GetResourceList().Resources) == 1


def test_a_folder_is_refused_and_then_nothing_is_created(toy: Toy, api: Any) -> None:
    with pytest.raises(CloudShellAPIError, match="The folder 'Clouds' should be empty"):
        api.CreateResource("CS_CloudProvider", "Toy", "a", "NA", folderFullPath="Clouds")
    good, bad = (ResourceInfoDto("CS_CloudProvider", "Toy", "a", "NA", folder, "", "") for folder in ("", "Clouds"))
    with pytest.raises(CloudShellAPIError, match="The folder 'Clouds' should be empty"):
        api.CreateResources([good, bad])
    assert len(api.GetResourceList().Resources) == 1


def test_single_attributes_and_live_status_are_set_and_read(toy: Toy, api: Any) -> None:
    name = toy.provider.name
    api.SetAttributeValue(name, "Toy.Color", "blue")
    assert api.GetAttributeValue(name, "Toy.Color").Value == "blue"
    assert api.GetAttributeValue(name, "Color").Name == "Toy.Color"
    api.SetResourceLiveStatus(name, "Progress 20", "half <way>")
    status = api.GetResourceLiveStatus(name)
    assert (status.liveStatusName, status.liveStatusDescription) == ("Progress 20", "half <way>")
    api.ExcludeResource(name)
    assert api.GetResourceDetails(name).Excluded
    api.IncludeResource(name)
    assert not api.GetResourceDetails(name).Excluded


def test_commands_are_listed_with_what_the_user_types(toy: Toy, api: Any) -> None:
    commands = {each.Name: each for each in api.GetResourceCommands(toy.provider.name).Commands}
    assert {"echo", "left"} <= set(commands)
    assert "Deploy" in commands, "it is hidden in the portal alone"
    assert "PowerOn" not in commands, "it is a deployed App's"
    text, number = commands["echo"].Parameters
    assert (text.Name, text.Mandatory, text.DefaultValue) == ("text", True, "")
    assert (number.Name, number.Mandatory, number.DefaultValue) == ("number", False, "7")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (("CreateResource", "CS_Switch", "Toy", "x", "NA"), "is of the family 'CS_CloudProvider', not 'CS_Switch'"),
        (("CreateResource", "", "Toy", "x", "NA", "", "parent"), "within another resource cannot be created"),
        (("CreateResource", "", "Ball", "x", "NA"), "Models of installed shells: Toy"),
        (("UpdateResourceDriver", "{provider}", "OtherDriver"), "The driver of the model 'Toy' is 'ToyDriver'"),
        (("SetAttributeValue", "{provider}", "Colour", "x"), r"has the attributes Toy\.Model Name"),
    ],
)
def test_an_invalid_call_is_an_error(toy: Toy, api: Any, call: tuple[str, ...], error: str) -> None:
    operation, *arguments = (each.format(provider=toy.provider.name) for each in call)
    with pytest.raises(CloudShellAPIError, match=error):
        getattr(api, operation)(*arguments)
