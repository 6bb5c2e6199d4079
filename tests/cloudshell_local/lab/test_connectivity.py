from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from cloudshell_local.errors import CommandFailed, ConnectionNotFound, Exhausted, WrongCall
from cloudshell_local.kept.model import CONNECTED, DISCONNECTED, FAILED, PARTIAL, Connector, Sandbox
from cloudshell_local.lab.services import new_service
from tests.cloudshell_local.toy import Toy

Services = Mapping[str, tuple[str, Mapping[str, str]]]


def sandbox_of(
    toy: Toy, services: Services, lines: Sequence[tuple[str, str]], apps: Sequence[str] = ("Web", "Db")
) -> Sandbox:
    """Return a sandbox with such a diagram, which no orchestration touches; its Apps are not deployed."""
    sandbox = toy.server.sandboxes.new("s", "admin", 60)
    for name in apps:
        toy.app(name)
        toy.server.sandboxes.add_app(sandbox.id, toy.server.blueprints.app_of(name))
    for alias, (kind, values) in services.items():
        toy.server.sandboxes.add_service(sandbox.id, new_service(kind, alias, values))
    toy.server.sandboxes.set_connectors(sandbox.id, [Connector(*line) for line in lines])
    return toy.cloudshell.sandbox(sandbox)


def deploy(toy: Toy, sandbox: Sandbox) -> dict[str, str]:
    """Deploy all Apps; return their resources' names by theirs."""
    results = toy.server.deployment.deploy(sandbox.id, [app.name for app in sandbox.apps])
    assert not any(result.error for result in results)
    toy.calls()
    return {result.app: result.resource.name for result in results}


def actions(toy: Toy, command: str) -> list[Any]:
    return [
        action for name, request in toy.calls() if name == command for action in request["driverRequest"]["actions"]
    ]


def values(listed: list[dict[str, str]]) -> dict[str, str]:
    return {each["attributeName"]: each["attributeValue"] for each in listed}


def ends(toy: Toy, sandbox: Sandbox) -> list[str]:
    return [end for line in toy.cloudshell.sandbox(sandbox).connectors for end in (line.target, line.source)]


def lines(toy: Toy, sandbox: Sandbox) -> list[Connector]:
    return toy.cloudshell.sandbox(sandbox).connectors


VLAN: Services = {"V": ("VLAN Auto", {})}


class TestL2:
    def test_a_line_to_a_vlan_is_one_action_and_the_first_free_id(self, toy: Toy) -> None:
        sandbox = sandbox_of(toy, VLAN, [("Web", "V"), ("Db", "V")])
        names = deploy(toy, sandbox)
        toy.server.connectivity.connect(sandbox.id, ends(toy, sandbox))
        asked = actions(toy, "ApplyConnectivityChanges")
        assert [action["type"] for action in asked] == ["setVlan", "setVlan"]
        assert {action["connectionParams"]["vlanId"] for action in asked} == {"2"}
        assert [action["actionTarget"]["fullName"] for action in asked] == [names["Web"], names["Db"]]
        service = values(asked[0]["connectionParams"]["vlanServiceAttributes"])
        assert (service["Virtual Network"], service["QnQ"], service["CTag"], service["VLAN ID"]) == (
            "2",
            "False",
            "",
            "",
        )
        custom = values(asked[0]["customActionAttributes"])
        assert custom["VM_UUID"].startswith("vm-")
        assert custom["auto_delete"] == "True"
        assert "Vnic Name" not in custom
        assert [line.state for line in lines(toy, sandbox)] == [CONNECTED] * 2
        assert lines(toy, sandbox)[0].attributes["Source Interface"] == f"mac of {names['Web']}"
        assert toy.cloudshell.sandbox(sandbox).services[0].attributes["Virtual Network"] == "2"

    def test_a_line_between_two_apps_is_two_actions_of_one_connection(self, toy: Toy) -> None:
        sandbox = sandbox_of(toy, {}, [("Web", "Db")])
        deploy(toy, sandbox)
        toy.server.connectivity.connect(sandbox.id, ends(toy, sandbox))
        one, two = actions(toy, "ApplyConnectivityChanges")
        assert one["connectionId"] == two["connectionId"]
        assert one["actionId"] != two["actionId"]
        assert one["actionId"].startswith(one["connectionId"] + "_")
        (line,) = lines(toy, sandbox)
        assert {"Source Interface", "Target Interface"} <= set(line.attributes)

    def test_sandboxes_do_not_share_a_vlan_and_get_it_back(self, toy: Toy) -> None:
        sandboxes = [sandbox_of(toy, VLAN, [("Web", "V")], ["Web"]) for _ in range(3)]
        for sandbox in sandboxes:
            deploy(toy, sandbox)
            toy.server.connectivity.connect(sandbox.id, ends(toy, sandbox))
        assert [toy.cloudshell.sandbox(each).vlans["V"] for each in sandboxes] == ["2", "3", "4"]
        toy.server.connectivity.disconnect(sandboxes[1].id, ends(toy, sandboxes[1]))
        assert toy.cloudshell.sandbox(sandboxes[1]).vlans == {}
        assert toy.cloudshell.sandbox(sandboxes[1]).services[0].attributes["Virtual Network"] == ""
        toy.server.connectivity.connect(sandboxes[1].id, ends(toy, sandboxes[1]))
        assert toy.cloudshell.sandbox(sandboxes[1]).vlans["V"] == "3"

    def test_a_typed_vlan_a_mode_and_a_nic_are_passed_on(self, toy: Toy) -> None:
        typed = {"VLAN ID": "100-110", "Access Mode": "Trunk"}
        sandbox = sandbox_of(toy, {"V": ("VLAN Manual", typed)}, [("Web", "V")], ["Web"])
        deploy(toy, sandbox)
        (line,) = lines(toy, sandbox)
        toy.server.sandboxes.set_connector_attributes(sandbox.id, line.source, "V", {"Requested Source vNIC Name": "1"})
        toy.server.connectivity.connect(sandbox.id, ends(toy, sandbox))
        (action,) = actions(toy, "ApplyConnectivityChanges")
        assert (action["connectionParams"]["vlanId"], action["connectionParams"]["mode"]) == ("100-110", "Trunk")
        assert values(action["customActionAttributes"])["Vnic Name"] == "1"

    def test_an_exclusive_vlan_is_nobody_elses(self, toy: Toy) -> None:
        for values_of, fine in (
            ({"VLAN ID": "7"}, True),
            ({"VLAN ID": "5-9"}, False),
            ({"VLAN ID": "7", "Isolation Level": "Shared"}, True),
        ):
            sandbox = sandbox_of(toy, {"V": ("VLAN Manual", values_of)}, [("Web", "V")], ["Web"])
            deploy(toy, sandbox)
            if fine:
                toy.server.connectivity.connect(sandbox.id, ends(toy, sandbox))
            else:
                with pytest.raises(WrongCall, match=r"The VLAN 5-9 is used by another service \(7\)"):
                    toy.server.connectivity.connect(sandbox.id, ends(toy, sandbox))

    def test_when_no_vlan_is_left_it_is_told(self, toy: Toy) -> None:
        two = {"V": ("VLAN Auto", {"Allocation Ranges": "5"}), "W": ("VLAN Auto", {"Allocation Ranges": "5"})}
        sandbox = sandbox_of(toy, two, [("Web", "V"), ("Web", "W")], ["Web"])
        deploy(toy, sandbox)
        with pytest.raises(Exhausted, match="No VLAN of 5 is free"):
            toy.server.connectivity.connect(sandbox.id, ends(toy, sandbox))

    def test_a_failed_line_is_told_and_can_be_connected_again(self, toy: Toy) -> None:
        sandbox = sandbox_of(toy, {}, [("Web", "Db")])
        deploy(toy, sandbox)
        toy.fail(ApplyConnectivityChanges={"refuse": "no cable"})
        with pytest.raises(CommandFailed, match="no cable"):
            toy.server.connectivity.connect(sandbox.id, ends(toy, sandbox))
        assert lines(toy, sandbox)[0].state == FAILED
        toy.fail(ApplyConnectivityChanges={"raise": "no hands"})
        with pytest.raises(CommandFailed, match="Description: no hands"):
            toy.server.connectivity.connect(sandbox.id, ends(toy, sandbox))
        toy.fail()
        toy.server.connectivity.connect(sandbox.id, ends(toy, sandbox))
        assert lines(toy, sandbox)[0].state == CONNECTED

    def test_disconnecting_sends_the_interface_back(self, toy: Toy) -> None:
        sandbox = sandbox_of(toy, VLAN, [("Web", "V")], ["Web"])
        names = deploy(toy, sandbox)
        toy.server.connectivity.connect(sandbox.id, ends(toy, sandbox))
        toy.calls()
        toy.server.connectivity.disconnect(sandbox.id, ends(toy, sandbox))
        (action,) = actions(toy, "ApplyConnectivityChanges")
        assert action["type"] == "removeVlan"
        assert values(action["connectorAttributes"]) == {"Interface": f"mac of {names['Web']}"}
        assert lines(toy, sandbox)[0].state == DISCONNECTED
        assert lines(toy, sandbox)[0].attributes == {}
        with pytest.raises(ConnectionNotFound):
            toy.server.connectivity.disconnect(sandbox.id, ends(toy, sandbox))

    def test_a_line_that_cannot_be_disconnected_stays_connected(self, toy: Toy) -> None:
        sandbox = sandbox_of(toy, VLAN, [("Web", "V")], ["Web"])
        deploy(toy, sandbox)
        toy.server.connectivity.connect(sandbox.id, ends(toy, sandbox))
        toy.fail(ApplyConnectivityChanges={"refuse": "stuck"})
        with pytest.raises(CommandFailed, match="stuck"):
            toy.server.connectivity.disconnect(sandbox.id, ends(toy, sandbox))
        assert lines(toy, sandbox)[0].state == CONNECTED

    def test_a_vlan_is_removed_after_its_vm_was_deleted(self, toy: Toy) -> None:
        """As when a user deletes a connected App in an active sandbox."""
        sandbox = sandbox_of(toy, VLAN, [("Web", "V"), ("Web", "Db")])
        names = deploy(toy, sandbox)
        toy.server.connectivity.connect(sandbox.id, ends(toy, sandbox))
        toy.calls()
        toy.server.deployment.remove(sandbox.id, [names["Web"]])
        calls = toy.calls()
        assert [command for command, _ in calls] == ["DeleteInstance", "ApplyConnectivityChanges"]
        removed = calls[1][1]["driverRequest"]["actions"]
        assert [action["type"] for action in removed] == ["removeVlan"] * 3
        assert lines(toy, sandbox) == []
        assert toy.cloudshell.sandbox(sandbox).vlans == {}

    def test_an_app_that_is_not_deployed_cannot_be_connected(self, toy: Toy) -> None:
        sandbox = sandbox_of(toy, VLAN, [("Web", "V")], ["Web"])
        with pytest.raises(WrongCall, match="The App 'Web' is not deployed"):
            toy.server.connectivity.connect(sandbox.id, ["V", "Web"])
        with pytest.raises(ConnectionNotFound):
            toy.server.connectivity.connect(sandbox.id, ["V", "Db"])


SUBNETS: Services = {"Gate": ("Subnet", {}), "Garden": ("Subnet", {"Public": "False", "Subnet Size": "64"})}


class TestL3:
    def test_without_subnets_there_is_one_default_subnet(self, l3_toy: Toy) -> None:
        sandbox = sandbox_of(l3_toy, {}, [], ["Web"])
        l3_toy.calls()
        l3_toy.server.connectivity.prepare(sandbox.id)
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

    def test_subnet_services_have_subnets_and_there_is_no_default_one(self, l3_toy: Toy) -> None:
        sandbox = sandbox_of(l3_toy, SUBNETS, [("Web", "Gate"), ("Db", "Garden")])
        l3_toy.calls()
        l3_toy.server.connectivity.prepare(sandbox.id)
        gate, garden = actions(l3_toy, "PrepareSandboxInfra")[2:]
        assert (gate["actionParams"]["alias"], gate["actionParams"]["isPublic"]) == ("Gate", True)
        assert (garden["actionParams"]["alias"], garden["actionParams"]["isPublic"]) == ("Garden", False)
        assert (gate["actionParams"]["cidr"], garden["actionParams"]["cidr"]) == ("10.0.0.0/28", "10.0.0.64/26")
        kept = {each.alias: each.attributes for each in l3_toy.cloudshell.sandbox(sandbox).services}
        assert kept["Gate"]["Subnet Id"] == "net 10.0.0.0/28"
        assert kept["Garden"]["Allocated CIDR"] == "10.0.0.64/26"

    def test_apps_are_connected_when_they_are_deployed(self, l3_toy: Toy) -> None:
        sandbox = sandbox_of(l3_toy, SUBNETS, [("Web", "Gate"), ("Web", "Garden"), ("Db", "Garden")])
        l3_toy.server.connectivity.prepare(sandbox.id)
        l3_toy.calls()
        results = l3_toy.server.deployment.deploy(sandbox.id, ["Web", "Db"])
        asked = {
            request["driverRequest"]["actions"][-1]["actionParams"]["appName"]: request["driverRequest"]["actions"]
            for _, request in l3_toy.calls()
        }
        assert [each["type"] for each in asked["Web"]] == ["connectSubnet", "connectSubnet", "deployApp"]
        assert asked["Db"][0]["actionParams"]["subnetId"] == "net 10.0.0.64/26"
        assert asked["Db"][0]["actionParams"]["isPublic"] is False
        assert asked["Db"][0]["actionParams"]["vnicName"] is None
        assert {line.state for line in lines(l3_toy, sandbox)} == {CONNECTED}
        web = next(each for each in results if each.app == "Web").resource.name
        mine = [line for line in lines(l3_toy, sandbox) if line.source == web]
        assert {line.attributes["Source Interface"] for line in mine} == {
            "nic on net 10.0.0.0/28",
            "nic on net 10.0.0.64/26",
        }

    def test_a_line_between_two_apps_is_a_small_subnet_and_no_default_one(self, l3_toy: Toy) -> None:
        sandbox = sandbox_of(l3_toy, {}, [("Web", "Db")])
        l3_toy.calls()
        l3_toy.server.connectivity.prepare(sandbox.id)
        (subnet,) = actions(l3_toy, "PrepareSandboxInfra")[2:]
        assert subnet["actionParams"]["cidr"] == "10.0.0.0/28"
        l3_toy.server.deployment.deploy(sandbox.id, ["Web"])
        assert lines(l3_toy, sandbox)[0].state == PARTIAL
        l3_toy.server.deployment.deploy(sandbox.id, ["Db"])
        assert lines(l3_toy, sandbox)[0].state == CONNECTED

    def test_preparing_again_asks_for_the_same(self, l3_toy: Toy) -> None:
        sandbox = sandbox_of(l3_toy, SUBNETS, [("Web", "Gate")])

        def asked() -> list[Any]:
            l3_toy.calls()
            l3_toy.server.connectivity.prepare(sandbox.id)
            return [
                each.get("actionParams") and {**each["actionParams"], "subnetServiceAttributes": None}
                for each in actions(l3_toy, "PrepareSandboxInfra")
            ]

        before = asked()
        assert asked() == before
        l3_toy.server.deployment.deploy(sandbox.id, ["Web"])
        assert asked() == before

    def test_networks_in_use_and_those_of_other_sandboxes_are_left_alone(self, l3_toy: Toy) -> None:
        l3_toy.server.inventory.set_attributes(l3_toy.provider.name, {"Networks in use": "10.0.0.0/24, 10.0.2.0/26"})
        sandboxes = [sandbox_of(l3_toy, {}, [], ["Web"]) for _ in range(2)]
        for sandbox in sandboxes:
            l3_toy.server.connectivity.prepare(sandbox.id)
        held = [l3_toy.cloudshell.sandbox(each).networks[l3_toy.provider.name].cidr for each in sandboxes]
        assert held == ["10.0.1.0/24", "10.0.3.0/24"]

    def test_the_private_key_is_kept_encrypted_and_passed_on(self, l3_toy: Toy) -> None:
        sandbox = sandbox_of(l3_toy, {}, [], ["Web"])
        l3_toy.server.connectivity.prepare(sandbox.id)
        kept = l3_toy.cloudshell.sandbox(sandbox).networks[l3_toy.provider.name].access_key
        assert kept != "PEM"
        assert l3_toy.server.passwords.decrypt(kept) == "PEM"

    def test_a_failed_preparation_is_told_and_can_be_done_again(self, l3_toy: Toy) -> None:
        sandbox = sandbox_of(l3_toy, {}, [], ["Web"])
        l3_toy.fail(PrepareSandboxInfra={"refuse": "no land", "times": 1})
        with pytest.raises(CommandFailed, match="'PrepareSandboxInfra' on 'toys .*' failed: no land$"):
            l3_toy.server.connectivity.prepare(sandbox.id)
        l3_toy.server.connectivity.prepare(sandbox.id)

    def test_cleaning_up_sends_one_action_and_gives_the_network_back(self, l3_toy: Toy) -> None:
        sandbox = sandbox_of(l3_toy, {}, [], ["Web"])
        l3_toy.server.connectivity.prepare(sandbox.id)
        l3_toy.calls()
        l3_toy.server.connectivity.cleanup(sandbox.id)
        (action,) = actions(l3_toy, "CleanupSandboxInfra")
        assert action["type"] == "cleanupNetwork"
        assert l3_toy.cloudshell.sandbox(sandbox).networks == {}

    def test_nothing_is_connected_or_disconnected_later(self, l3_toy: Toy) -> None:
        sandbox = sandbox_of(l3_toy, SUBNETS, [("Web", "Gate")], ["Web"])
        with pytest.raises(WrongCall, match="connects Apps to subnets when it deploys them"):
            l3_toy.server.connectivity.connect(sandbox.id, ["Gate", "Web"])
        l3_toy.server.connectivity.prepare(sandbox.id)
        deploy(l3_toy, sandbox)
        l3_toy.server.connectivity.disconnect(sandbox.id, ends(l3_toy, sandbox))
        assert l3_toy.commands() == []
        assert lines(l3_toy, sandbox)[0].state == DISCONNECTED

    def test_an_app_is_not_deployed_on_a_subnet_that_is_not_prepared(self, l3_toy: Toy) -> None:
        sandbox = sandbox_of(l3_toy, SUBNETS, [("Web", "Gate")], ["Web"])
        (failed,) = l3_toy.server.deployment.deploy(sandbox.id, ["Web"])
        assert failed.error == "The subnet between 'Web' and 'Gate' is not prepared"

    def test_a_size_that_is_none_is_told(self, l3_toy: Toy) -> None:
        sandbox = sandbox_of(l3_toy, {"Gate": ("Subnet", {"Subnet Size": "big"})}, [("Web", "Gate")], ["Web"])
        with pytest.raises(WrongCall, match="The subnet size 'big' should be one of"):
            l3_toy.server.connectivity.prepare(sandbox.id)

    def test_l2_providers_are_not_prepared(self, toy: Toy) -> None:
        sandbox = sandbox_of(toy, {}, [], ["Web"])
        toy.calls()
        toy.server.connectivity.prepare(sandbox.id)
        toy.server.connectivity.cleanup(sandbox.id)
        assert toy.commands() == []
