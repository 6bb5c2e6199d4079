from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cloudshell_local.errors import CommandFailed, ConnectionFixed, WrongCall
from cloudshell_local.services.networking.service_models import new_service
from cloudshell_local.storage.model import CONNECTED, DISCONNECTED, PARTIAL, Resource, VmDetails
from tests.cloudshell_local.services.diagrams import Services, actions, deploy, ends, lines, sandbox_of
from tests.cloudshell_local.toy import Toy, package

SUBNETS: Services = {"Gate": ("Subnet", {}), "Garden": ("Subnet", {"Public": "False", "Subnet Size": "64"})}


def test_without_subnets_there_is_one_default_subnet(l3_toy: Toy) -> None:
    sandbox = sandbox_of(l3_toy, {}, [], ["Web"])
    l3_toy.calls()
    l3_toy.services.subnets.prepare(sandbox.id)
    network, keys, subnet = actions(l3_toy, "PrepareSandboxInfra")
    assert [each["type"] for each in (network, keys, subnet)] == [
        "prepareCloudInfra",
        "createKeys",
        "prepareSubnet",
    ]
    cidr = network["actionParams"]["cidr"]
    assert subnet["actionParams"]["alias"] == "DefaultSubnet"
    assert (subnet["actionParams"]["cidr"], subnet["actionParams"]["isPublic"]) == (cidr, True)
    deploy(l3_toy, sandbox)


def test_the_key_of_the_network_is_stored_encrypted_and_given_to_commands_in_clear(l3_toy: Toy) -> None:
    sandbox = sandbox_of(l3_toy, {}, [], ["Web"])
    l3_toy.services.subnets.prepare(sandbox.id)
    sandbox = l3_toy.cloudshell.sandbox(sandbox)
    (network,) = sandbox.networks.values()
    assert "PEM" not in network.access_key
    answer = json.loads(l3_toy.services.commands.run(l3_toy.provider, "whoami", sandbox) or "")
    assert answer["key"] == "PEM"


def test_subnet_services_have_subnets_and_there_is_no_default_one(l3_toy: Toy) -> None:
    sandbox = sandbox_of(l3_toy, SUBNETS, [("Web", "Gate"), ("Db", "Garden")])
    l3_toy.calls()
    l3_toy.services.subnets.prepare(sandbox.id)
    gate, garden = actions(l3_toy, "PrepareSandboxInfra")[2:]
    assert (gate["actionParams"]["alias"], gate["actionParams"]["isPublic"]) == ("Gate", True)
    assert (garden["actionParams"]["alias"], garden["actionParams"]["isPublic"]) == ("Garden", False)
    assert (gate["actionParams"]["cidr"], garden["actionParams"]["cidr"]) == ("10.0.0.0/28", "10.0.0.64/26")
    stored = {each.alias: each.attributes for each in l3_toy.cloudshell.sandbox(sandbox).services}
    assert stored["Gate"]["Subnet Id"] == "net 10.0.0.0/28"
    assert stored["Garden"]["Allocated CIDR"] == "10.0.0.64/26"


def test_apps_are_connected_when_they_are_deployed(l3_toy: Toy) -> None:
    sandbox = sandbox_of(l3_toy, SUBNETS, [("Web", "Gate"), ("Web", "Garden"), ("Db", "Garden")])
    l3_toy.services.subnets.prepare(sandbox.id)
    l3_toy.calls()
    results = l3_toy.services.deployment.deploy(sandbox.id, ["Web", "Db"])
    requested = {
        request["driverRequest"]["actions"][-1]["actionParams"]["appName"]: request["driverRequest"]["actions"]
        for _, request in l3_toy.calls()
    }
    assert [each["type"] for each in requested["Web"]] == ["connectSubnet", "connectSubnet", "deployApp"]
    assert requested["Db"][0]["actionParams"]["subnetId"] == "net 10.0.0.64/26"
    assert requested["Db"][0]["actionParams"]["isPublic"] is False
    assert requested["Db"][0]["actionParams"]["vnicName"] is None
    assert {line.state for line in lines(l3_toy, sandbox)} == {CONNECTED}
    (web,) = (each.resource.name for each in results if each.app == "Web" and each.resource)
    mine = [line for line in lines(l3_toy, sandbox) if line.source == web]
    assert {line.attributes["Source Interface"] for line in mine} == {
        "nic on net 10.0.0.0/28",
        "nic on net 10.0.0.64/26",
    }


def test_a_connector_between_two_apps_is_a_small_subnet_and_no_default_one(l3_toy: Toy) -> None:
    sandbox = sandbox_of(l3_toy, {}, [("Web", "Db")])
    l3_toy.calls()
    l3_toy.services.subnets.prepare(sandbox.id)
    (subnet,) = actions(l3_toy, "PrepareSandboxInfra")[2:]
    assert subnet["actionParams"]["cidr"] == "10.0.0.0/28"
    l3_toy.services.deployment.deploy(sandbox.id, ["Web"])
    assert lines(l3_toy, sandbox)[0].state == PARTIAL
    l3_toy.services.deployment.deploy(sandbox.id, ["Db"])
    assert lines(l3_toy, sandbox)[0].state == CONNECTED


def test_preparing_again_sends_the_same_request(l3_toy: Toy) -> None:
    sandbox = sandbox_of(l3_toy, SUBNETS, [("Web", "Gate")])

    def requested() -> list[Any]:
        l3_toy.calls()
        l3_toy.services.subnets.prepare(sandbox.id)
        return [
            each.get("actionParams") and {**each["actionParams"], "subnetServiceAttributes": None}
            for each in actions(l3_toy, "PrepareSandboxInfra")
        ]

    before = requested()
    assert requested() == before
    l3_toy.services.deployment.deploy(sandbox.id, ["Web"])
    assert requested() == before


def test_networks_in_use_and_those_of_other_sandboxes_are_not_allocated(l3_toy: Toy) -> None:
    l3_toy.services.inventory.set_attributes(l3_toy.provider.name, {"Networks in use": "10.0.0.0/24, 10.0.2.0/26"})
    sandboxes = [sandbox_of(l3_toy, {}, [], ["Web"]) for _ in range(2)]
    for sandbox in sandboxes:
        l3_toy.services.subnets.prepare(sandbox.id)
    held = [l3_toy.cloudshell.sandbox(each).networks[l3_toy.provider.name].cidr for each in sandboxes]
    assert held == ["10.0.1.0/24", "10.0.3.0/24"]


def test_the_private_key_is_kept_encrypted_and_passed_on(l3_toy: Toy) -> None:
    sandbox = sandbox_of(l3_toy, {}, [], ["Web"])
    l3_toy.services.subnets.prepare(sandbox.id)
    stored = l3_toy.cloudshell.sandbox(sandbox).networks[l3_toy.provider.name].access_key
    assert stored != "PEM"
    assert l3_toy.services.passwords.decrypt(stored) == "PEM"


def test_a_preparation_that_fails_is_an_error_and_can_be_repeated(l3_toy: Toy) -> None:
    sandbox = sandbox_of(l3_toy, {}, [], ["Web"])
    l3_toy.fail(PrepareSandboxInfra={"refuse": "no land", "times": 1})
    with pytest.raises(CommandFailed, match="'PrepareSandboxInfra' on 'toys .*' failed: no land$"):
        l3_toy.services.subnets.prepare(sandbox.id)
    l3_toy.services.subnets.prepare(sandbox.id)


def test_cleaning_up_sends_one_action_and_releases_the_network(l3_toy: Toy) -> None:
    sandbox = sandbox_of(l3_toy, {}, [], ["Web"])
    l3_toy.services.subnets.prepare(sandbox.id)
    l3_toy.calls()
    l3_toy.services.subnets.cleanup(sandbox.id)
    (action,) = actions(l3_toy, "CleanupSandboxInfra")
    assert action["type"] == "cleanupNetwork"
    assert l3_toy.cloudshell.sandbox(sandbox).networks == {}


def test_nothing_is_connected_later_and_a_teardown_alone_disconnects(l3_toy: Toy) -> None:
    sandbox = sandbox_of(l3_toy, SUBNETS, [("Web", "Gate"), ("Web", "Db")])
    with pytest.raises(WrongCall, match="connects Apps to subnets when it deploys them; remove the connection, or"):
        l3_toy.services.vlans.connect(sandbox.id, ["Gate", "Web"])
    l3_toy.services.subnets.prepare(sandbox.id)
    deploy(l3_toy, sandbox)
    for line in lines(l3_toy, sandbox):
        for act in (l3_toy.services.vlans.disconnect, l3_toy.services.sandboxes.remove_connectors):
            with pytest.raises(ConnectionFixed, match="when it is deployed, and stays so; remove the App") as caught:
                act(sandbox.id, [line.source, line.target])
            assert caught.value.code == 123
    assert {line.state for line in lines(l3_toy, sandbox)} == {CONNECTED}
    with l3_toy.services.sandboxes.changing(sandbox.id) as changed:
        changed.provisioning = "Teardown"
    l3_toy.services.vlans.disconnect(sandbox.id, ends(l3_toy, sandbox))
    assert l3_toy.commands() == []
    assert {line.state for line in lines(l3_toy, sandbox)} == {DISCONNECTED}


def test_removing_a_deployed_app_takes_it_off_its_subnets(l3_toy: Toy) -> None:
    sandbox = sandbox_of(l3_toy, SUBNETS, [("Web", "Gate")], ["Web"])
    l3_toy.services.subnets.prepare(sandbox.id)
    name = deploy(l3_toy, sandbox)["Web"]
    l3_toy.services.deployment.remove(sandbox.id, [name])
    assert l3_toy.commands() == ["DeleteInstance"]
    assert lines(l3_toy, sandbox) == []


def test_a_subnet_service_is_not_changed_in_a_sandbox_but_by_a_setup_that_has_not_prepared_it(l3_toy: Toy) -> None:
    sandboxes = l3_toy.services.sandboxes
    sandbox = sandbox_of(l3_toy, SUBNETS, [("Web", "Gate")], ["Web"])
    acts: list[Callable[[], None]] = [
        lambda: sandboxes.add_service(sandbox.id, new_service("Subnet", "New", {})),
        lambda: sandboxes.set_service_attributes(sandbox.id, "Garden", {"Public": "True"}),
        lambda: sandboxes.remove_services(sandbox.id, ["Garden"]),
    ]
    for act in acts:
        with pytest.raises(
            WrongCall, match="'(New|Garden)' cannot be added, edited or removed in a sandbox: subnets are"
        ):
            act()
    assert [each.alias for each in sandboxes.get(sandbox.id).services] == ["Gate", "Garden"]
    assert sandboxes.get(sandbox.id).services[1].attributes["Public"] == "False"
    sandboxes.rename_service(sandbox.id, "Garden", "Yard")  # As drivers do: docs/reference/server.md §2.
    sandboxes.rename_service(sandbox.id, "Yard", "Garden")
    with sandboxes.changing(sandbox.id) as changed:
        changed.provisioning = "Setup"
    for act in acts:
        act()
    assert [each.alias for each in sandboxes.get(sandbox.id).services] == ["Gate", "New"]
    l3_toy.services.subnets.prepare(sandbox.id)
    with pytest.raises(WrongCall, match="cannot be added"):
        sandboxes.add_service(sandbox.id, new_service("Subnet", "Late", {}))


def test_a_vlan_service_on_an_app_of_an_l3_provider_is_refused_by_its_name(l3_toy: Toy) -> None:
    sandbox = sandbox_of(l3_toy, {"V": ("VLAN Auto", {})}, [("Web", "V")], ["Web"])
    l3_toy.services.subnets.prepare(sandbox.id)
    (failed,) = l3_toy.services.deployment.deploy(sandbox.id, ["Web"])
    name = l3_toy.provider.name
    assert failed.error == (
        f"'Web' cannot be connected to the VLAN service 'V': its provider '{name}' connects Apps to Subnet services"
    )
    wrong = f"'V' is a VLAN service, and the provider '{name}' connects Apps to Subnet services"
    with pytest.raises(WrongCall, match=wrong):
        l3_toy.services.vlans.connect(sandbox.id, ["Web", "V"])


def test_an_app_of_another_provider_is_on_no_subnet(l3_toy: Toy) -> None:
    l3_toy.services.catalog.add(package(name="Flat"), "admin")
    l3_toy.cloudshell.create_resource("Flat", "flat", discover=False)
    l3_toy.services.inventory.set_excluded("flat", False)
    l3_toy.app("Web")
    l3_toy.cloudshell.add_app("Low", "Flat.Brick", "flat")
    l3_toy.cloudshell.add_blueprint("Two clouds", ["Web", "Low"], {}, [("Low", "Web")])
    sandbox = l3_toy.services.lifecycle.reserve("Two clouds", "S", "admin", 60, set_up=False)
    l3_toy.services.subnets.prepare(sandbox.id)
    (failed,) = l3_toy.services.deployment.deploy(sandbox.id, ["Web"])
    assert failed.error.startswith(
        "'Web' cannot be connected to 'Low', which is of another provider, 'flat': its provider "
    )
    assert l3_toy.left()["vms"] == []


def test_a_static_vm_needs_no_network(l3_toy: Toy) -> None:
    details = VmDetails("d", "vm-1", l3_toy.provider.name)
    l3_toy.services.store.resources.put("vm", Resource("vm", "f", "m", "", {}, vm_details=details))
    sandbox = sandbox_of(l3_toy, {}, [], [])
    l3_toy.services.sandboxes.add_resources(sandbox.id, ["vm"])
    l3_toy.calls()
    l3_toy.services.subnets.prepare(sandbox.id)
    assert l3_toy.commands() == []


def test_an_app_is_not_deployed_on_a_subnet_that_is_not_prepared(l3_toy: Toy) -> None:
    sandbox = sandbox_of(l3_toy, SUBNETS, [("Web", "Gate")], ["Web"])
    (failed,) = l3_toy.services.deployment.deploy(sandbox.id, ["Web"])
    assert failed.error == "The subnet between 'Web' and 'Gate' is not prepared"


def test_a_wrong_subnet_size_is_an_error(l3_toy: Toy) -> None:
    sandbox = sandbox_of(l3_toy, {"Gate": ("Subnet", {"Subnet Size": "big"})}, [("Web", "Gate")], ["Web"])
    with pytest.raises(WrongCall, match="The subnet size 'big' should be one of"):
        l3_toy.services.subnets.prepare(sandbox.id)


def test_l2_providers_are_not_prepared(toy: Toy) -> None:
    sandbox = sandbox_of(toy, {}, [], ["Web"])
    toy.calls()
    toy.services.subnets.prepare(sandbox.id)
    toy.services.subnets.cleanup(sandbox.id)
    assert toy.commands() == []
