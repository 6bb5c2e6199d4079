from __future__ import annotations

import pytest

from cloudshell_local.errors import CommandFailed, ConnectionNotFound, Exhausted, WrongCall
from cloudshell_local.storage.model import CONNECTED, DISCONNECTED, FAILED
from tests.cloudshell_local.services.diagrams import Services, actions, deploy, ends, lines, sandbox_of, values
from tests.cloudshell_local.toy import Toy

VLAN: Services = {"V": ("VLAN Auto", {})}


def test_a_connector_to_a_vlan_is_one_action_with_the_first_free_id(toy: Toy) -> None:
    sandbox = sandbox_of(toy, VLAN, [("Web", "V"), ("Db", "V")])
    names = deploy(toy, sandbox)
    toy.services.vlans.connect(sandbox.id, ends(toy, sandbox))
    requested = actions(toy, "ApplyConnectivityChanges")
    assert [action["type"] for action in requested] == ["setVlan", "setVlan"]
    assert {action["connectionParams"]["vlanId"] for action in requested} == {"2"}
    assert [action["actionTarget"]["fullName"] for action in requested] == [names["Web"], names["Db"]]
    service = values(requested[0]["connectionParams"]["vlanServiceAttributes"])
    assert (service["Virtual Network"], service["QnQ"], service["CTag"], service["VLAN ID"]) == (
        "2",
        "False",
        "",
        "",
    )
    custom = values(requested[0]["customActionAttributes"])
    assert custom["VM_UUID"].startswith("vm-")
    assert custom["auto_delete"] == "True"
    assert "Vnic Name" not in custom
    assert [line.state for line in lines(toy, sandbox)] == [CONNECTED] * 2
    assert lines(toy, sandbox)[0].attributes["Source Interface"] == f"mac of {names['Web']}"
    assert toy.cloudshell.sandbox(sandbox).services[0].attributes["Virtual Network"] == "2"


def test_a_connector_between_two_apps_is_two_actions_of_one_connection(toy: Toy) -> None:
    sandbox = sandbox_of(toy, {}, [("Web", "Db")])
    deploy(toy, sandbox)
    toy.services.vlans.connect(sandbox.id, ends(toy, sandbox))
    one, two = actions(toy, "ApplyConnectivityChanges")
    assert one["connectionId"] == two["connectionId"]
    assert one["actionId"] != two["actionId"]
    assert one["actionId"].startswith(one["connectionId"] + "_")
    (line,) = lines(toy, sandbox)
    assert {"Source Interface", "Target Interface"} <= set(line.attributes)
    assert toy.services.vlans.connect(sandbox.id, ends(toy, sandbox)) == [line]
    assert actions(toy, "ApplyConnectivityChanges") == [], "what is connected is not connected again"


def test_sandboxes_have_different_vlans_which_are_free_again_afterwards(toy: Toy) -> None:
    sandboxes = [sandbox_of(toy, VLAN, [("Web", "V")], ["Web"]) for _ in range(3)]
    for sandbox in sandboxes:
        deploy(toy, sandbox)
        toy.services.vlans.connect(sandbox.id, ends(toy, sandbox))
    assert [toy.cloudshell.sandbox(each).vlans["V"] for each in sandboxes] == ["2", "3", "4"]
    toy.services.vlans.disconnect(sandboxes[1].id, ends(toy, sandboxes[1]))
    assert toy.cloudshell.sandbox(sandboxes[1]).vlans == {}
    assert toy.cloudshell.sandbox(sandboxes[1]).services[0].attributes["Virtual Network"] == ""
    toy.services.vlans.connect(sandboxes[1].id, ends(toy, sandboxes[1]))
    assert toy.cloudshell.sandbox(sandboxes[1]).vlans["V"] == "3"


def test_a_typed_vlan_a_mode_and_a_nic_are_passed_on(toy: Toy) -> None:
    typed = {"VLAN ID": "100-110", "Access Mode": "Trunk"}
    sandbox = sandbox_of(toy, {"V": ("VLAN Manual", typed)}, [("Web", "V")], ["Web"])
    deploy(toy, sandbox)
    (line,) = lines(toy, sandbox)
    toy.services.sandboxes.set_connector_attributes(sandbox.id, line.source, "V", {"Requested Source vNIC Name": "1"})
    toy.services.vlans.connect(sandbox.id, ends(toy, sandbox))
    (action,) = actions(toy, "ApplyConnectivityChanges")
    assert (action["connectionParams"]["vlanId"], action["connectionParams"]["mode"]) == ("100-110", "Trunk")
    assert values(action["customActionAttributes"])["Vnic Name"] == "1"


def test_an_exclusive_vlan_is_not_shared(toy: Toy) -> None:
    for values_of, fine in (
        ({"VLAN ID": "7"}, True),
        ({"VLAN ID": "5-9"}, False),
        ({"VLAN ID": "7", "Isolation Level": "Shared"}, True),
    ):
        sandbox = sandbox_of(toy, {"V": ("VLAN Manual", values_of)}, [("Web", "V")], ["Web"])
        deploy(toy, sandbox)
        if fine:
            toy.services.vlans.connect(sandbox.id, ends(toy, sandbox))
        else:
            with pytest.raises(WrongCall, match=r"The VLAN 5-9 is used by another service \(7\)"):
                toy.services.vlans.connect(sandbox.id, ends(toy, sandbox))


def test_no_free_vlan_is_an_error(toy: Toy) -> None:
    two = {"V": ("VLAN Auto", {"Allocation Ranges": "5"}), "W": ("VLAN Auto", {"Allocation Ranges": "5"})}
    sandbox = sandbox_of(toy, two, [("Web", "V"), ("Web", "W")], ["Web"])
    deploy(toy, sandbox)
    with pytest.raises(Exhausted, match="No VLAN of 5 is free"):
        toy.services.vlans.connect(sandbox.id, ends(toy, sandbox))


def test_a_connection_that_fails_is_an_error_and_can_be_repeated(toy: Toy) -> None:
    sandbox = sandbox_of(toy, {}, [("Web", "Db")])
    deploy(toy, sandbox)
    toy.fail(ApplyConnectivityChanges={"refuse": "no cable"})
    with pytest.raises(CommandFailed, match="no cable"):
        toy.services.vlans.connect(sandbox.id, ends(toy, sandbox))
    assert lines(toy, sandbox)[0].state == FAILED
    toy.fail(ApplyConnectivityChanges={"raise": "no hands"})
    with pytest.raises(CommandFailed, match="Description: no hands"):
        toy.services.vlans.connect(sandbox.id, ends(toy, sandbox))
    toy.fail()
    toy.services.vlans.connect(sandbox.id, ends(toy, sandbox))
    assert lines(toy, sandbox)[0].state == CONNECTED


def test_disconnecting_sends_the_interface_back(toy: Toy) -> None:
    sandbox = sandbox_of(toy, VLAN, [("Web", "V")], ["Web"])
    names = deploy(toy, sandbox)
    toy.services.vlans.connect(sandbox.id, ends(toy, sandbox))
    toy.calls()
    toy.services.vlans.disconnect(sandbox.id, ends(toy, sandbox))
    (action,) = actions(toy, "ApplyConnectivityChanges")
    assert action["type"] == "removeVlan"
    assert values(action["connectorAttributes"]) == {"Interface": f"mac of {names['Web']}"}
    assert lines(toy, sandbox)[0].state == DISCONNECTED
    assert lines(toy, sandbox)[0].attributes == {}
    with pytest.raises(ConnectionNotFound):
        toy.services.vlans.disconnect(sandbox.id, ends(toy, sandbox))


def test_a_connector_that_cannot_be_disconnected_stays_connected(toy: Toy) -> None:
    sandbox = sandbox_of(toy, VLAN, [("Web", "V")], ["Web"])
    deploy(toy, sandbox)
    toy.services.vlans.connect(sandbox.id, ends(toy, sandbox))
    toy.fail(ApplyConnectivityChanges={"refuse": "stuck"})
    with pytest.raises(CommandFailed, match="stuck"):
        toy.services.vlans.disconnect(sandbox.id, ends(toy, sandbox))
    assert lines(toy, sandbox)[0].state == CONNECTED


def test_a_vlan_is_removed_after_its_vm_was_deleted(toy: Toy) -> None:
    """As when a user deletes a connected App in an active sandbox."""
    sandbox = sandbox_of(toy, VLAN, [("Web", "V"), ("Web", "Db")])
    names = deploy(toy, sandbox)
    toy.services.vlans.connect(sandbox.id, ends(toy, sandbox))
    toy.calls()
    toy.services.deployment.remove(sandbox.id, [names["Web"]])
    calls = toy.calls()
    assert [command for command, _ in calls] == ["DeleteInstance", "ApplyConnectivityChanges"]
    removed = calls[1][1]["driverRequest"]["actions"]
    assert [action["type"] for action in removed] == ["removeVlan"] * 3
    assert lines(toy, sandbox) == []
    assert toy.cloudshell.sandbox(sandbox).vlans == {}


def test_an_app_that_is_not_deployed_cannot_be_connected(toy: Toy) -> None:
    sandbox = sandbox_of(toy, VLAN, [("Web", "V")], ["Web"])
    with pytest.raises(WrongCall, match="The App 'Web' is not deployed"):
        toy.services.vlans.connect(sandbox.id, ["V", "Web"])
    with pytest.raises(ConnectionNotFound):
        toy.services.vlans.connect(sandbox.id, ["V", "Db"])


def test_a_subnet_service_on_an_app_of_an_l2_provider_is_refused_by_its_name(toy: Toy) -> None:
    sandbox = sandbox_of(toy, {"Front": ("Subnet", {})}, [("Web", "Front")], ["Web"])
    deploy(toy, sandbox)
    with pytest.raises(
        WrongCall, match="'Front' is a Subnet service, and the provider 'toys .*' connects Apps to VLAN"
    ):
        toy.services.vlans.connect(sandbox.id, ends(toy, sandbox))
    assert toy.commands() == []
    assert toy.cloudshell.sandbox(sandbox).vlans == {}


def test_a_connector_between_two_services_cannot_be_connected(toy: Toy) -> None:
    sandbox = sandbox_of(toy, {"V": ("VLAN Auto", {}), "W": ("VLAN Auto", {})}, [("V", "W")], [])
    with pytest.raises(WrongCall, match="'V' and 'W' cannot be connected: neither is an App"):
        toy.services.vlans.connect(sandbox.id, ["V", "W"])


@pytest.mark.parametrize(("typed", "after"), [({"VLAN ID": "7"}, ""), ({"Virtual Network": "net-a"}, "net-a")])
def test_a_network_that_a_user_typed_stays_and_an_allocated_one_is_cleared(
    toy: Toy, typed: dict[str, str], after: str
) -> None:
    sandbox = sandbox_of(toy, {"V": ("VLAN Manual", typed)}, [("Web", "V")], ["Web"])
    deploy(toy, sandbox)
    toy.services.vlans.connect(sandbox.id, ends(toy, sandbox))
    assert toy.cloudshell.sandbox(sandbox).services[0].attributes["Virtual Network"] == next(iter(typed.values()))
    toy.services.vlans.disconnect(sandbox.id, ends(toy, sandbox))
    assert toy.cloudshell.sandbox(sandbox).services[0].attributes["Virtual Network"] == after
