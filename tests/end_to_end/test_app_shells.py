"""App shells and static VMs through Quali's client and orchestration: ports, VM details, connectors, subnets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cloudshell.api.cloudshell_api import AttributeNameValue, SetConnectorRequest
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from cloudshell_local import CloudShellLocal
from cloudshell_local.storage.model import Resource, Sandbox
from tests.cloudshell_local.app_shell import app_shell, attribute, details, part, static_vm
from tests.cloudshell_local.toy import Toy, package

PORT = "Puppet.GenericVPort"
FOUND = details(
    attribute("", "User", "ann"),
    part("Port eth0", "P1", identifier="u-1"),
    attribute("P1", f"{PORT}.Requested vNIC Name", "eth0"),
    part("", "P2"),
)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toy]:
    """A server with an L2 provider "Toy", an L3 provider "Deep" and the app shell "Puppet"."""
    with CloudShellLocal() as cloudshell:
        toy = Toy.on(cloudshell, tmp_path_factory.mktemp("control"))
        cloudshell.services.catalog.add(package(name="Deep", l3=True), "admin")
        cloudshell.services.catalog.add(app_shell(), "admin")
        cloudshell.create_resource("Deep", "deep")
        cloudshell.add_app("Web", "Toy.Brick", toy.provider.name, {}, {"Inventory": FOUND}, "Puppet")
        cloudshell.add_app("Sea", "Deep.Brick", "deep")
        yield toy


@pytest.fixture(scope="module")
def api(toy: Toy) -> Any:
    return toy.cloudshell.session()


def new_sandbox(toy: Toy) -> Sandbox:
    """Return a sandbox of one App of the app shell, on a VLAN, when Quali's setup has run."""
    toy.cloudshell.add_blueprint("Ports", ["Web"], {"V": ("VLAN Auto", {})}, [("V", "Web")])
    return toy.cloudshell.reserve("Ports")


@pytest.fixture(scope="module")
def sandbox(toy: Toy) -> Sandbox:
    """A sandbox of all tests, none of which ends it."""
    return new_sandbox(toy)


@pytest.fixture(scope="module")
def web(toy: Toy, sandbox: Sandbox) -> Resource:
    return toy.cloudshell.deployed(sandbox)["Web"]


@pytest.fixture
def static(toy: Toy, api: Any) -> Iterator[str]:
    """A static VM: a VM of the provider that no sandbox has deployed. It is deleted when the test has ended."""
    maker = toy.services.sandboxes.create("maker", "admin", 60)
    toy.services.sandboxes.add_app(maker.id, toy.services.blueprints.new_app("Web"))
    (made,) = toy.services.deployment.deploy(maker.id, ["Web"])
    assert made.resource
    assert made.resource.vm_details
    toy.services.store.resources.remove(made.resource.name)
    api.CreateResource("CS_GenericAppFamily", "Puppet", "static", "10.0.0.9")
    found = details(static_vm(toy.provider.name, made.resource.vm_details.uid, zone="a"), part("Port eth0", "P1"))
    api.SetAttributeValue("static", "Inventory", found)
    api.AutoLoad("static")
    yield "static"
    api.DeleteResource("static")


def texts(toy: Toy, sandbox: Sandbox) -> str:
    return "\n".join(message.text for message in toy.cloudshell.feed(sandbox))


def test_a_setup_keeps_the_ports_that_an_app_shell_discovers(
    toy: Toy, api: Any, sandbox: Sandbox, web: Resource
) -> None:
    assert sandbox.state == "Active", texts(toy, sandbox)
    found = api.GetResourceDetails(f"Deployed Apps/{web.name}")
    (port,) = found.ChildResources
    assert (port.Name, port.ResourceModelName, port.ResourceFamilyName) == (f"{web.name}/Port eth0", PORT, "CS_Port")
    assert (port.UniqeIdentifier, port.FullAddress) == ("u-1", f"{web.address}/P1")
    assert [(each.Name, each.Value) for each in port.ResourceAttributes] == [(f"{PORT}.Requested vNIC Name", "eth0")]
    assert api.GetAttributeValue(web.name, "User").Value == "ann"
    reserved = api.GetReservationDetails(sandbox.id, True).ReservationDescription.Resources
    assert [each.Name for each in reserved] == [web.name, f"{web.name}/Port eth0"]
    assert "The sub-resource at the address 'P2' is left out: it has no name" in texts(toy, sandbox)


def test_a_command_of_the_app_shell_gets_the_connectors_of_its_app(api: Any, sandbox: Sandbox, web: Resource) -> None:
    ((kind, found),) = json.loads(api.ExecuteCommand(sandbox.id, web.name, "Resource", "connectors", []).Output)
    assert (kind, found["source"], found["target"]) == ("Connector", web.name, "V")
    assert (found["target_type"], found["target_model"]) == ("Service", "VLAN Auto")
    assert found["target_attributes"]["Virtual Network"].isdecimal()
    assert found["attributes"] == {"Target Interface": f"mac of {web.name}"}


def test_a_static_vm_has_its_providers_commands_and_details(toy: Toy, api: Any, static: str) -> None:
    found = api.GetResourceDetails(static)
    vm = found.VmDetails
    assert (vm.CloudProviderFullName, [(each.Name, each.Value) for each in vm.VmCustomParams]) == (
        toy.provider.name,
        [("zone", "a")],
    )
    assert (found.ResourceLiveStatusName, found.Excluded, found.CreatedInReservation) == ("Online", False, "")
    assert [each.Name for each in found.ChildResources] == ["static/Port eth0"]
    commands = [each.Name for each in api.GetResourceConnectedCommands(static).Commands]
    assert {"PowerOn", "PowerOff", "remote_refresh_ip"} <= set(commands)


def test_a_static_vm_lives_in_a_sandbox_and_outlives_it(toy: Toy, api: Any, static: str) -> None:
    sandbox = new_sandbox(toy)
    web = toy.cloudshell.deployed(sandbox)["Web"]
    others = {*toy.left()["vms"]} - {web.vm_details.uid if web.vm_details else ""}
    uid = api.GetResourceDetails(static).VmDetails.UID
    toy.calls()
    api.AddResourcesToReservation(sandbox.id, [static])
    api.ExecuteResourceConnectedCommand(sandbox.id, static, "PowerOff", "power", [], [])
    assert api.GetResourceLiveStatus(static).liveStatusName == "Offline"
    api.RefreshVMDetails(sandbox.id, [static])
    power, (command, request) = toy.calls()
    assert (power[0], command) == ("PowerOff", "GetVmDetails")
    (item,) = request["items"]
    assert (item["appRequestJson"], item["deployedAppJson"]["vmdetails"]["uid"]) == (None, uid)
    instance = api.GetResourceDetails(static).VmDetails.InstanceData
    assert ("Image", "toy") in [(each.Name, each.Value) for each in instance]

    api.SetConnectorsInReservation(sandbox.id, [SetConnectorRequest(static, "V", "bi", "")])
    api.ConnectRoutesInReservation(sandbox.id, [static, "V"], "bi")
    api.RemoveResourcesFromReservation(sandbox.id, [static])
    assert [name for name, _ in toy.calls()] == ["ApplyConnectivityChanges"] * 2
    api.AddResourcesToReservation(sandbox.id, [static])
    ended = toy.cloudshell.end(sandbox)
    assert ended.state == "Completed", texts(toy, sandbox)
    assert toy.commands().count("DeleteInstance") == 1
    assert uid in others
    assert {*toy.left()["vms"]} == others
    names = [each.Name for each in api.GetResourceList().Resources]
    assert (static in names, web.name in names) == (True, False)
    with pytest.raises(CloudShellAPIError, match="EntityNotFound"):
        api.GetResourceDetails(f"{web.name}/Port eth0")
    api.CreateResource("CS_GenericAppFamily", "Puppet", "other", "10.0.0.9")
    api.SetAttributeValue("other", "Inventory", details(static_vm(toy.provider.name, uid)))
    api.AutoLoad("other")
    api.DeleteResource("other")
    assert "DeleteInstance" not in toy.commands()


@pytest.fixture(scope="module")
def deep(toy: Toy) -> Sandbox:
    """A sandbox of one App of the L3 provider on a subnet; Quali's setup has run."""
    toy.cloudshell.add_blueprint("Subnets", ["Sea"], {"Front": ("Subnet", {})}, [("Sea", "Front")])
    return toy.cloudshell.reserve("Subnets")


def test_an_app_stays_on_its_subnet_until_the_teardown(toy: Toy, api: Any, deep: Sandbox) -> None:
    assert deep.state == "Active", texts(toy, deep)
    sea = toy.cloudshell.deployed(deep)["Sea"].name
    refused: list[tuple[str, Any]] = [
        ("DisconnectRoutesInReservation", ([sea, "Front"],)),
        ("RemoveConnectorsFromReservation", ([sea, "Front"],)),
        ("AddServiceToReservation", ("Subnet", "New", [])),
        ("RemoveServicesFromReservation", (["Front"],)),
        ("SetServiceAttributesValues", ("Front", [AttributeNameValue("Public", "False")])),
    ]
    for operation, arguments in refused:
        with pytest.raises(
            CloudShellAPIError, match="cannot be (disconnected|added, edited or removed in a sandbox): "
        ):
            getattr(api, operation)(deep.id, *arguments)
    api.ConnectRoutesInReservation(deep.id, [sea, "Front"], "bi")
    api.ExecuteEnvironmentCommand(deep.id, "Teardown")
    assert list(toy.cloudshell.sandbox(deep).resources) == []
    toy.services.sandboxes.add_app(deep.id, toy.services.blueprints.new_app("Sea"))
    api.SetConnectorsInReservation(deep.id, [SetConnectorRequest("Sea", "Front", "bi", "")])
    assert toy.services.lifecycle.run_script(deep.id, "Setup") is not None
    assert toy.cloudshell.sandbox(deep).connectors[0].state == "Connected"
    assert toy.cloudshell.end(deep).state == "Completed"
    assert "Error" not in texts(toy, deep)
