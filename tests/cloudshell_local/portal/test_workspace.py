from __future__ import annotations

from pathlib import Path

import pytest

from cloudshell_local.portal.status import BAD, GOOD, IDLE
from cloudshell_local.portal.workspace import Workspaces
from cloudshell_local.storage.model import Resource, VmDetails
from tests.cloudshell_local.services.diagrams import deploy, sandbox_of
from tests.cloudshell_local.toy import Toy, package


@pytest.fixture
def workspaces(toy: Toy) -> Workspaces:
    return Workspaces(toy.services)


def test_an_app_keeps_its_place_and_its_key_when_it_is_deployed(toy: Toy, workspaces: Workspaces) -> None:
    sandbox = sandbox_of(toy, {"V": ("VLAN Auto", {})}, [("Web", "V")])
    before = workspaces.of(sandbox, "Web", True)
    assert [each.key for each in before.components.values()] == ["Db", "Web", "V"]
    assert before.chosen
    assert (before.chosen.kind, before.chosen.status and before.chosen.status.tone) == ("App", IDLE)
    names = deploy(toy, sandbox)
    after = workspaces.of(toy.cloudshell.sandbox(sandbox), "Web", True)
    assert [each.key for each in after.components.values()] == ["Db", "Web", "V"]
    assert after.chosen
    assert (after.chosen.name, after.chosen.kind) == (names["Web"], "deployed App")
    assert after.layout.boxes[names["Web"]].x == before.layout.boxes["Web"].x
    assert [line.connector.source for line in after.layout.lines] == [names["Web"]]


def test_its_live_status_is_that_of_its_resource(toy: Toy, workspaces: Workspaces) -> None:
    sandbox = sandbox_of(toy, {}, [])
    name = deploy(toy, sandbox)["Web"]
    for live_status, tone in (("Online", GOOD), ("Error", BAD), ("Offline", IDLE)):
        toy.services.inventory.set_live_status(name, live_status, "why")
        status = workspaces.of(toy.cloudshell.sandbox(sandbox), "Web", True).components[name].status
        assert status
        assert (status.tone, status.name, status.info) == (tone, live_status, "why")


def test_commands_that_are_hidden_or_the_administrators_are_not_offered(toy: Toy, workspaces: Workspaces) -> None:
    sandbox = sandbox_of(toy, {}, [])
    deploy(toy, sandbox)
    chosen = workspaces.of(toy.cloudshell.sandbox(sandbox), "Web", False).chosen
    assert chosen
    assert [command.name for command in chosen.commands] == ["PowerOn", "PowerOff", "remote_refresh_ip"]


def test_a_connector_to_a_subnet_is_fixed_and_one_to_a_vlan_is_not(l3_toy: Toy, tmp_path: Path) -> None:
    sandbox = sandbox_of(
        l3_toy, {"S": ("Subnet", {}), "V": ("VLAN Auto", {})}, [("Web", "S"), ("Web", "Db"), ("S", "V")]
    )
    workspaces = Workspaces(l3_toy.services)
    fixed = [line.id for line in sandbox.connectors][:2]
    assert workspaces.of(sandbox, "", True).fixed_lines == set(fixed)
    (tmp_path / "l2").mkdir()
    l2 = Toy.on(l3_toy.cloudshell, tmp_path / "l2")
    assert workspaces.of(sandbox_of(l2, {"V": ("VLAN Auto", {})}, [("Web", "V")]), "", True).fixed_lines == set()


def test_a_static_vm_is_shown_as_one_with_the_commands_of_its_provider(toy: Toy, workspaces: Workspaces) -> None:
    details = VmDetails("d", "vm-1", toy.provider.name)
    toy.services.store.resources.put("vm", Resource("vm", "f", "m", "10.0.0.7", {}, vm_details=details))
    sandbox = sandbox_of(toy, {}, [], [])
    toy.services.sandboxes.add_resources(sandbox.id, ["vm"])
    chosen = workspaces.of(toy.services.sandboxes.get(sandbox.id), "vm", False).chosen
    assert chosen
    assert (chosen.kind, chosen.subtitle, chosen.icon) == ("static VM", "10.0.0.7", "")
    assert [command.name for command in chosen.commands] == ["PowerOn", "PowerOff", "remote_refresh_ip"]


def test_without_a_choice_the_first_app_is_chosen_and_nothing_of_an_empty_sandbox(
    toy: Toy, workspaces: Workspaces
) -> None:
    sandbox = sandbox_of(toy, {"A service": ("VLAN Auto", {})}, [])
    for chosen in ("", "Moon"):
        first = workspaces.of(sandbox, chosen, True).chosen
        assert first
        assert first.key == "Db"
    service = workspaces.of(sandbox, "A service", True).chosen
    assert service
    assert (service.kind, service.subtitle) == ("service", "VLAN Auto")
    empty = workspaces.of(toy.services.sandboxes.create("empty", "admin", 60), "", True)
    assert (empty.chosen, empty.components) == (None, {})


def test_attributes_whose_tags_lack_setting_are_not_shown(toy: Toy, workspaces: Workspaces) -> None:
    sandbox = toy.services.sandboxes.create("S", "admin", 60)
    toy.services.sandboxes.add_resources(sandbox.id, [toy.provider.name])
    tagged = package(
        lambda text: text.replace("Limit: {type: integer,", "Limit: {type: integer, tags: [configuration],").replace(
            "Color: {type: string,", "Color: {type: string, tags: [setting, search_filter],"
        )
    )
    toy.services.catalog.update("Toy", tagged, "admin")
    chosen = workspaces.of(toy.cloudshell.sandbox(sandbox), "", True).chosen
    assert chosen
    assert "Limit" not in chosen.attributes
    assert {"Color", "User", "Region"} <= set(chosen.attributes)
