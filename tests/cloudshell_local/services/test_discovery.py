"""What discovery takes over into a resource: sub-resources, and the VM details of a static VM. No driver runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from cloudshell_local.errors import CommandFailed, InUse, NotFound, WrongCall
from cloudshell_local.services.commands.service import CommandService
from cloudshell_local.services.inventory import Inventory
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.storage.data_folder import DataFolder, open_data_folder
from cloudshell_local.storage.model import App, Resource, Sandbox, SubResource, VmDetails
from cloudshell_local.storage.store import Store
from tests.cloudshell_local.app_shell import app_shell, attribute, details, part, static_vm
from tests.cloudshell_local.toy import package

PORT = "Puppet.GenericVPort"


class FakeCommands:
    """Answers a discovery with the resource's attribute Inventory, and records the commands on deployed Apps."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.on_apps: list[tuple[str, str]] = []

    def require_discovery(self, resource: Resource) -> None:
        pass

    def discover(self, resource: Resource) -> str:
        return resource.attributes[f"{resource.model}.Inventory"]

    def provider(self, name: str) -> Resource:
        return CommandService.provider(cast(CommandService, self), name)

    def run_on_app(self, app: Resource, command: str) -> None:
        self.on_apps.append((app.name, command))

    def end_driver(self, resource: Resource) -> None:
        pass


@dataclass
class DiscoveryCase:
    """An inventory with the provider "cloud" and the resource "vm" of an app shell."""

    data: DataFolder
    inventory: Inventory
    commands: FakeCommands

    def discover(self, *found: Any, name: str = "vm") -> Resource:
        self.inventory.set_attributes(name, {"Inventory": details(*found)})
        self.inventory.discover(name)
        return self.data.store.resources.get(name)

    def sandbox_with(self, name: str) -> Sandbox:
        sandbox = Sandbox("s", "s", "admin", "", "", resources={name: (0, 0)})
        return self.data.store.sandboxes.put("s", sandbox)

    def feed(self) -> list[str]:
        return [each.text for each in self.data.store.feed("s")]


@pytest.fixture
def case(tmp_path: Path) -> Iterator[DiscoveryCase]:
    with open_data_folder(tmp_path) as data:
        catalog, commands = Catalog(data.store, data.shells), FakeCommands(data.store)
        inventory = Inventory(data, catalog, cast(CommandService, commands))
        catalog.add(app_shell(), "admin")
        catalog.add(package(), "admin")
        inventory.create("Toy", "cloud")
        inventory.create("Puppet", "vm", "10.0.0.7")
        yield DiscoveryCase(data, inventory, commands)


def test_sub_resources_are_kept_with_their_resource(case: DiscoveryCase) -> None:
    found = case.discover(
        part("Port 1", "P1", identifier="u"), attribute("P1", "Speed", 9), attribute("", "User", "ann")
    )
    assert found.sub_resources == [SubResource("Port 1", "P1", PORT, "CS_Port", "u", {f"{PORT}.Speed": "9"})]
    assert (found.attributes["Puppet.User"], found.excluded, found.live_status) == ("ann", False, ("Online", ""))
    case.inventory.rename("vm", "new")
    assert case.inventory.attribute("new/Port 1", "Speed") == (f"{PORT}.Speed", "9")
    case.inventory.delete("new")
    with pytest.raises(NotFound):
        case.inventory.split("new/Port 1")


def test_a_new_discovery_replaces_the_sub_resources_and_leaves_what_it_does_not_answer(case: DiscoveryCase) -> None:
    case.discover(part("Port 1", "P1"), attribute("P1", "Speed", 9), attribute("P1", "Kind", "a"), part("Port 2", "P2"))
    case.inventory.set_attributes("vm/Port 1", {"Kind": "b"})
    found = case.discover(part("Uplink", "P1"), attribute("P1", "Speed", 10))
    (port,) = found.sub_resources
    assert (port.name, port.attributes) == ("Uplink", {f"{PORT}.Kind": "b", f"{PORT}.Speed": "10"})


def test_a_failed_discovery_leaves_the_sub_resources(case: DiscoveryCase) -> None:
    before = case.discover(part("Port 1", "P1")).sub_resources
    with pytest.raises(CommandFailed, match="synchronization failed"):
        case.discover(part("Port 2", "P2"), attribute("", "Nonsense", "1"))
    assert case.data.store.resources.get("vm").sub_resources == before


def test_what_is_left_out_is_told_in_the_feed_of_the_resources_sandboxes(case: DiscoveryCase) -> None:
    case.sandbox_with("vm")
    case.discover(part("Port 1", "P1"), part("", "P2"))
    assert case.feed() == ["Discovery of 'vm': The sub-resource at the address 'P2' is left out: it has no name"]


def test_passwords_of_sub_resources_are_encrypted_whether_the_shell_defines_them_or_not(case: DiscoveryCase) -> None:
    names = ("Console Password", "Enable Password")
    found = case.discover(part("Port 1", "P1"), *(attribute("P1", name, "s3cret") for name in names))
    assert "s3cret" not in json.dumps(found.sub_resources[0].attributes)
    for name in names:
        full, value = case.inventory.attribute("vm/Port 1", name)
        assert (full, case.data.passwords.decrypt(value)) == (f"{PORT}.{name}", "s3cret")


def test_attributes_of_sub_resources_are_those_that_it_has_and_that_its_shell_defines(case: DiscoveryCase) -> None:
    case.discover(part("Port 1", "P1"))
    case.inventory.set_attributes("vm/Port 1", {"Requested vNIC Name": "eth3"})
    assert case.inventory.attribute("vm/Port 1", "Requested vNIC Name") == (f"{PORT}.Requested vNIC Name", "eth3")
    assert case.data.store.resources.get("vm").attributes[f"{PORT}.Requested vNIC Name"] == ""
    with pytest.raises(NotFound, match=r"'vm/Port 1' has the attributes Puppet\.GenericVPort"):
        case.inventory.set_attributes("vm/Port 1", {"Speed": "1"})


def test_a_path_names_a_resource_or_a_sub_resource_of_it_in_its_own_folder_alone(case: DiscoveryCase) -> None:
    case.discover(part("Chassis", "C"), part("Port 1", "C/P1"))
    assert case.inventory.split("vm") == ("vm", "")
    assert case.inventory.split("vm/Chassis/Port 1") == ("vm", "Chassis/Port 1")
    assert case.inventory.name_at("vm") == "vm"
    with pytest.raises(WrongCall, match="'vm/Chassis' is a sub-resource"):
        case.inventory.name_at("vm/Chassis")
    for path in ("vm/Port 1", "A/vm", "A/B", "nothing"):
        with pytest.raises(NotFound):
            case.inventory.split(path)


def test_an_attribute_of_the_standard_may_be_named_by_the_family(case: DiscoveryCase) -> None:
    found = case.discover(attribute("", "CS_GenericAppFamily.Model Name", "X1"))
    assert found.attributes["Puppet.Model Name"] == "X1"


def test_vm_details_link_a_static_vm_with_its_provider(case: DiscoveryCase) -> None:
    found = case.discover(static_vm("cloud", zone="a"))
    vm = found.vm_details
    assert vm
    assert (vm.uid, vm.provider, vm.custom_parameters) == ("vm-7", "cloud", {"zone": "a"})
    assert (found.is_static_vm, found.live_status, found.created_in) == (True, ("Online", ""), "")
    with pytest.raises(InUse, match="the static VM vm"):
        case.inventory.delete("cloud")
    case.inventory.delete("vm")
    assert case.commands.on_apps == []


def test_a_static_vm_that_is_discovered_again_keeps_what_is_known_of_the_same_vm(case: DiscoveryCase) -> None:
    first = case.discover(static_vm("cloud")).vm_details
    same = case.discover(static_vm("cloud", zone="b")).vm_details
    assert first
    assert same
    assert (same.id, same.custom_parameters) == (first.id, {"zone": "b"})
    assert case.discover(attribute("", "User", "ann")).vm_details == same
    other = case.discover(static_vm("cloud", uid="vm-8")).vm_details
    assert other
    assert other.uid == "vm-8"
    assert other.id != first.id


@pytest.mark.parametrize(
    ("provider", "why"), [("gone", "'gone' not found"), ("vm", "The resource 'vm' is no cloud provider")]
)
def test_vm_details_that_name_no_provider_fail_discovery(case: DiscoveryCase, provider: str, why: str) -> None:
    with pytest.raises(CommandFailed, match=why):
        case.discover(static_vm(provider))
    found = case.data.store.resources.get("vm")
    assert (found.vm_details, found.excluded) == (None, True)


def test_vm_details_from_the_shell_of_a_deployed_app_are_left_out(case: DiscoveryCase) -> None:
    case.sandbox_with("vm")
    deployed = VmDetails("d", "vm-1", "cloud")
    with case.data.store.resources.changing("vm") as resource:
        resource.app, resource.vm_details = App("Web", "Web", "Puppet", {}, []), deployed
    assert case.discover(static_vm("cloud")).vm_details == deployed
    assert case.feed() == ["Discovery of 'vm': The attribute VmDetails is left out: Deploy has answered the VM details"]
