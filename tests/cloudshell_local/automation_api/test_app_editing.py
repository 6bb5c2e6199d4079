"""EditAppsInReservation with the classes of Quali's own client."""

from __future__ import annotations

from typing import Any

import pytest
from cloudshell.api.cloudshell_api import (
    ApiEditAppRequest,
    AppDetails,
    DefaultDeployment,
    Deployment,
    NameValuePair,
    SetConnectorRequest,
)
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from cloudshell_local.storage.model import App, DeploymentPath
from tests.cloudshell_local.automation_api.conftest import details
from tests.cloudshell_local.automation_api.test_reservation_properties import end, user
from tests.cloudshell_local.toy import Toy, app_package


@pytest.fixture
def sandbox(toy: Toy) -> str:
    toy.app("Web", Size="2")
    made = toy.services.sandboxes.create("Mine", "admin", 60).id
    for name in ("Web", "Db"):
        toy.services.sandboxes.add_app(made, toy.services.blueprints.new_app("Web", name))
    return made


def pairs(**values: str) -> list[NameValuePair]:
    return [NameValuePair(name.replace("_", " "), value) for name, value in values.items()]


def path(name: str | None = None, **values: str) -> DefaultDeployment:
    return DefaultDeployment(name, Deployment(pairs(**values)))


def app(toy: Toy, sandbox: str, name: str) -> App:
    found = toy.services.sandboxes.get(sandbox).apps.get(name)
    assert found
    return found


def test_an_app_is_renamed_and_described_with_its_connectors(toy: Toy, api: Any, sandbox: str) -> None:
    api.AddServiceToReservation(sandbox, "VLAN Auto", "V", [])
    lines = [SetConnectorRequest(*ends, "bi", "") for ends in (("Web", "Db"), ("V", "Web"))]
    api.SetConnectorsInReservation(sandbox, lines)
    before = app(toy, sandbox, "Web")
    api.EditAppsInReservation(sandbox, [ApiEditAppRequest("Web", "Front", "Serves pages", None, None)])
    after = app(toy, sandbox, "Front")
    assert (after.description, after.attributes, after.paths) == ("Serves pages", before.attributes, before.paths)
    found = details(api, sandbox)
    assert {each.Name for each in found.Apps} == {"Front", "Db"}
    assert [(each.Source, each.Target) for each in found.Connectors] == [("Front", "Db"), ("V", "Front")]
    assert "The App 'Web' was edited" in [message.text for message in toy.services.sandboxes.feed(sandbox)]
    assert api.DeployAppToCloudProvider(sandbox, "Front")


def test_attributes_that_are_left_out_become_empty_and_passwords_are_encrypted(
    toy: Toy, api: Any, sandbox: str
) -> None:
    resource = AppDetails(None, pairs(Password="new"), None)
    api.EditAppsInReservation(sandbox, [ApiEditAppRequest("Web", None, None, resource, path(Size="3"))])
    found = app(toy, sandbox, "Web")
    assert toy.services.passwords.decrypt(found.attributes["Password"]) == "new"
    assert {name: value for name, value in found.attributes.items() if name != "Password"} == {
        "User": "",
        "Public IP": "",
    }
    assert {name: value for name, value in found.path.attributes.items() if value} == {"Toy.Brick.Size": "3"}
    assert "Toy.Brick.Auto Delete" in found.path.attributes
    # What the API has answered can be sent again, as automation does with what it leaves as it is.
    (again,) = [each for each in details(api, sandbox).Apps if each.Name == "Web"]
    same = [NameValuePair(each.Name, each.Value) for each in again.LogicalResource.Attributes]
    api.EditAppsInReservation(
        sandbox, [ApiEditAppRequest("Web", "Web", "", AppDetails("Generic App Model", same, ""), None)]
    )
    assert toy.services.passwords.decrypt(app(toy, sandbox, "Web").attributes["Password"]) == "new"


def test_another_path_or_model_is_chosen(toy: Toy, api: Any, sandbox: str) -> None:
    toy.services.catalog.add(app_package(), "admin")
    other = DeploymentPath("Other", "Toy.Brick", toy.provider.name, {"Toy.Brick.Size": "9"})
    with toy.services.sandboxes.changing(sandbox) as changed:
        for each in changed.apps:
            each.paths.append(other)
    resource = AppDetails("Puppet", None, "PuppetDriver")
    api.EditAppsInReservation(
        sandbox, [ApiEditAppRequest("Web", None, None, resource, DefaultDeployment("Other", None))]
    )
    found = app(toy, sandbox, "Web")
    assert (found.path.name, found.path.attributes) == ("Other", {"Toy.Brick.Size": "9"})
    assert (found.model, found.attributes["Puppet.Strings"]) == ("Puppet", "4")
    assert [each.default for each in found.paths] == [False, True]


WRONG = [
    (ApiEditAppRequest("Moon", "x", None, None, None), r"Entity 'Moon' not found. Apps to deploy: Web, Db\."),
    (ApiEditAppRequest("Web", "Db", None, None, None), "Two things of the diagram are named 'Db'"),
    (ApiEditAppRequest("Web", "<>", None, None, None), "The App name '<>' should be"),
    (ApiEditAppRequest("Web", None, None, AppDetails("Moon", None, None), None), "Entity 'Moon' not found"),
    (ApiEditAppRequest("Web", None, None, AppDetails(None, pairs(Color="x"), None), None), "Entity 'Color' not found"),
    (
        ApiEditAppRequest("Web", None, None, AppDetails(None, None, "Moon"), None),
        "The driver of the model 'Generic App Model' is '', not 'Moon'",
    ),
    (ApiEditAppRequest("Web", None, None, None, path("Moon")), "Entity 'Moon' not found. Deployment paths of 'Web': "),
    (ApiEditAppRequest("Web", None, None, None, path(Size="big")), "should be of the type integer"),
    (ApiEditAppRequest("Web", None, None, "text", None), "should have a list 'AppDetails'"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "error"), WRONG)
def test_what_does_not_fit_changes_no_app(
    toy: Toy, api: Any, sandbox: str, wrong: ApiEditAppRequest, error: str
) -> None:
    before = toy.services.sandboxes.get(sandbox)
    with pytest.raises(CloudShellAPIError, match=error):
        api.EditAppsInReservation(sandbox, [ApiEditAppRequest("Db", "Data", "x", None, path(Size="7")), wrong])
    assert toy.services.sandboxes.get(sandbox) == before


def test_an_app_that_is_being_deployed_is_not_edited(
    toy: Toy, api: Any, sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = [ApiEditAppRequest("Web", "Front", None, None, None)]
    with monkeypatch.context() as patch:
        patch.setattr(toy.services.deployment, "is_deploying", lambda sandbox, name: name == "Web")
        with pytest.raises(CloudShellAPIError, match="The App 'Web' is being deployed and cannot be edited"):
            api.EditAppsInReservation(sandbox, request)
    api.DeployAppToCloudProvider(sandbox, "Web")
    with pytest.raises(CloudShellAPIError, match="Entity 'Web' not found. Apps to deploy: Db"):
        api.EditAppsInReservation(sandbox, request)
    end(toy, sandbox)
    with pytest.raises(CloudShellAPIError, match="has ended"):
        api.EditAppsInReservation(sandbox, [ApiEditAppRequest("Db", "Front", None, None, None)])


def test_users_change_what_the_tags_let_them_change(toy: Toy, api: Any, sandbox: str) -> None:
    eve = user(toy, "eve")
    api.AddPermittedUsersToReservation(sandbox, ["eve"])
    eve.EditAppsInReservation(sandbox, [ApiEditAppRequest("Web", None, None, None, path(Size="5", Auto_Delete="True"))])
    found = app(toy, sandbox, "Web").path.attributes
    assert (found["Toy.Brick.Size"], found["Toy.Brick.Auto Delete"]) == ("5", "True")
    assert found["Toy.Brick.Auto Power On"] == "True"  # It is left out, but is not the user's to empty.
    with pytest.raises(
        CloudShellAPIError, match=r"Only an administrator may change the attribute 'Toy.Brick.Auto Delete'"
    ):
        eve.EditAppsInReservation(sandbox, [ApiEditAppRequest("Web", None, None, None, path(Auto_Delete="False"))])
    assert app(toy, sandbox, "Web").path.attributes == found
