from __future__ import annotations

import json

from cloudshell_local.services.commands.contexts import Contexts, app_request_json, reservation_json
from cloudshell_local.storage.model import App, DeploymentPath, Resource, Sandbox, VmDetails

STANDARD = "cloudshell_cloud_provider_standard_1_0_0.yaml"
PROVIDER = Resource("heaven", "CS_CloudProvider", "Toy", "NA", {"Toy.Region": "here"}, id="p")
DETAILS = VmDetails("d", "vm-1", "heaven", {"auto_delete": "True"})
ASKED = App(
    "Web",
    "Web",
    "Generic App Model",
    {"User": "u"},
    [DeploymentPath("path", "Toy.Brick", "heaven", {"Toy.Brick.Size": "1"})],
)
DEPLOYED = Resource(
    "Web-1", "Generic App Family", "Generic App Model", "10.0.0.1", {"User": "x"}, app=ASKED, vm_details=DETAILS
)
SANDBOX = Sandbox("s-1", "Mine", "eve", "", "", blueprint="B")
CONTEXTS = Contexts("127.0.0.9")


def test_the_classes_and_fields_are_those_of_cloudshell() -> None:
    reservation = reservation_json(SANDBOX, "bob", "PEM")
    context = CONTEXTS.command("t", PROVIDER, STANDARD, reservation)
    assert context["class"] == "ResourceCommandContext"
    assert context["connectivity"]["server_address"] == "127.0.0.9"
    assert context["connectivity"]["admin_auth_token"] == "t"
    assert all(isinstance(value, str) for value in context["connectivity"].values())
    resource = context["resource"]
    assert (resource["shell_standard"], resource["shell_standard_version"]) == (
        "cloudshell_cloud_provider_standard",
        "1.0.0",
    )
    assert (resource["attributes"], resource["address"]) == ({"Toy.Region": "here"}, "NA")
    assert resource["app_context"] == {"app_request_json": "", "deployed_app_json": ""}
    assert (reservation["reservation_id"], reservation["owner_user"], reservation["running_user"]) == (
        "s-1",
        "eve",
        "bob",
    )
    assert reservation["cloud_info_access_key"] == "PEM"
    assert CONTEXTS.discovery("t", PROVIDER, STANDARD)["class"] == "AutoLoadCommandContext"
    assert CONTEXTS.initialization("t", PROVIDER, STANDARD)["class"] == "InitCommandContext"


def test_a_remote_command_has_the_app_as_its_endpoint_and_outside_a_sandbox_no_reservation() -> None:
    context = CONTEXTS.remote("t", PROVIDER, STANDARD, None, DEPLOYED)
    assert context["class"] == "ResourceRemoteCommandContext"
    assert "remote_reservation" not in context
    (endpoint,) = context["remote_endpoints"]
    assert endpoint["fullname"] == "Web-1"
    text = endpoint["app_context"]["deployed_app_json"]
    assert "\r\n" in text
    deployed = json.loads(text)
    assert deployed["vmdetails"]["uid"] == "vm-1"
    assert [(each["name"], each["value"]) for each in deployed["vmdetails"]["vmCustomParams"]] == [
        ("auto_delete", "True")
    ]
    requested = json.loads(endpoint["app_context"]["app_request_json"])
    assert requested["deploymentService"]["model"] == "Toy.Brick"
    assert requested["logicalResource"]["attributes"] == [{"name": "User", "value": "u"}]


def test_a_static_vm_has_no_app_request() -> None:
    static = Resource("s", "f", "m", "", {}, vm_details=DETAILS)
    assert app_request_json(static) == {}
    endpoint = CONTEXTS.remote("t", PROVIDER, STANDARD, None, static)["remote_endpoints"][0]
    assert endpoint["app_context"]["app_request_json"] == ""
