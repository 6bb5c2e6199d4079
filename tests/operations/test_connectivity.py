from __future__ import annotations

import pytest

from cloudshell_local import testing as contexts
from cloudshell_local.testing import SandboxApp, vlan
from heavenly_cloud import Fault, Nic, Vlan
from tests.doubles import Lab, held, holdings


@pytest.fixture
def app(lab: Lab) -> SandboxApp:
    app = lab.app()
    lab.deployed(app)
    return app


def nics(lab: Lab, app: SandboxApp) -> list[Nic]:
    return list(held(lab.heaven).instances[app.vm_id].nics)


def test_a_vlan_is_put_on_and_taken_off(lab: Lab, app: SandboxApp) -> None:
    (put,) = lab.connect(vlan("setVlan", app, "11"))
    assert put["success"]
    assert [(nic.mac, nic.vlan) for nic in nics(lab, app)][1:] == [(put["updatedInterface"], Vlan("11", "Access"))]
    (again,) = lab.connect(vlan("setVlan", app, "11"))
    assert again["updatedInterface"] == put["updatedInterface"]
    (removed,) = lab.connect(vlan("removeVlan", app, "11", interface=put["updatedInterface"]))
    assert (removed["success"], removed["type"], removed["updatedInterface"]) == (
        True,
        "removeVlan",
        put["updatedInterface"],
    )
    assert nics(lab, app)[1].vlan is None


def test_a_point_to_point_connection_is_one_action_per_app(lab: Lab, app: SandboxApp) -> None:
    other = lab.app()
    lab.deployed(other)
    answers = lab.connect(*(vlan("setVlan", each, "12", connection="p2p") for each in (app, other)))
    assert len({answer["updatedInterface"] for answer in answers}) == 2
    assert all(answer["success"] for answer in answers)


@pytest.mark.parametrize(
    ("ids", "mode"), [("100-110", "Trunk"), ("100-110,200", "Trunk"), ("4094", "Access"), ("1", "Trunk")]
)
def test_ids_ranges_and_lists_are_kept(lab: Lab, app: SandboxApp, ids: str, mode: str) -> None:
    assert lab.connect(vlan("setVlan", app, ids, mode))[0]["success"]
    assert nics(lab, app)[1].vlan == Vlan(ids, mode)


@pytest.mark.parametrize(
    ("ids", "mode"),
    [
        ("4095", "Access"),
        ("0", "Access"),
        ("10-20", "Access"),
        ("", "Access"),
        ("prod-net", "Access"),
        ("5", "access"),
        ("5000", "Trunk"),
    ],
)
def test_a_wrong_vlan_is_refused_by_name_and_changes_nothing(lab: Lab, app: SandboxApp, ids: str, mode: str) -> None:
    (answer,) = lab.connect(vlan("setVlan", app, ids, mode))
    assert not answer["success"]
    assert f"VLAN '{ids}'" in answer["errorMessage"]
    assert len(nics(lab, app)) == 1


def test_vxlan_ids_are_ordinary_on_a_vxlan_provider(lab: Lab, app: SandboxApp) -> None:
    lab.sandbox.attributes[f"{lab.sandbox.model}.VLAN Type"] = "VXLAN"
    assert lab.connect(vlan("setVlan", app, "16000000"))[0]["success"]


def test_qnq_tunnels_its_inner_tags(lab: Lab, app: SandboxApp) -> None:
    action = vlan("setVlan", app, "11")
    service = {"QnQ": "True", "CTag": "20-30"}
    action["connectionParams"]["vlanServiceAttributes"] = contexts.attribute_list(service, "vlanServiceAttribute")
    assert lab.connect(action)[0]["success"]
    assert nics(lab, app)[1].vlan == Vlan("11", "Access", "20-30")
    action["connectionParams"]["vlanServiceAttributes"] = contexts.attribute_list(
        {"QnQ": "True"}, "vlanServiceAttribute"
    )
    assert "'CTag'" in lab.connect(action)[0]["errorMessage"]


@pytest.mark.parametrize(("asked", "name"), [("1", "eth1"), ("eth1", "eth1"), ("7", "eth7"), ("Data NIC", "Data NIC")])
def test_the_interface_that_the_designer_asked_for_is_used(lab: Lab, app: SandboxApp, asked: str, name: str) -> None:
    (answer,) = lab.connect(vlan("setVlan", app, "11", vnic=asked))
    assert answer["success"]
    assert [nic.name for nic in nics(lab, app)] == ["eth0", name]


@pytest.mark.parametrize("asked", ["1,2", "1;2"])
def test_several_interfaces_are_answered_together_and_taken_off_together(lab: Lab, app: SandboxApp, asked: str) -> None:
    (answer,) = lab.connect(vlan("setVlan", app, "11", vnic=asked))
    macs = answer["updatedInterface"].split(";")
    assert macs == [nic.mac for nic in nics(lab, app)][1:]
    (removed,) = lab.connect(vlan("removeVlan", app, "11", interface=answer["updatedInterface"]))
    assert removed["updatedInterface"].split(";") == macs
    assert [nic.vlan for nic in nics(lab, app)] == [None] * 3


def test_several_interfaces_are_connected_all_or_none(lab: Lab, app: SandboxApp) -> None:
    lab.connect(vlan("setVlan", app, "12", vnic="2"))
    before, macs = nics(lab, app), holdings(lab.heaven)["macs"]
    (answer,) = lab.connect(vlan("setVlan", app, "11", vnic="1,2"))
    assert "'eth2' of the VM" in answer["errorMessage"]
    assert (nics(lab, app), holdings(lab.heaven)["macs"]) == (before, macs)


def test_removals_come_first_and_answers_in_the_order_of_the_request(lab: Lab, app: SandboxApp) -> None:
    (put,) = lab.connect(vlan("setVlan", app, "11", vnic="1"))
    actions = [
        vlan("setVlan", app, "12", vnic="1"),
        vlan("removeVlan", app, "11", interface=put["updatedInterface"], vnic="1"),
    ]
    answers = lab.connect(*actions)
    assert [answer["actionId"] for answer in answers] == [action["actionId"] for action in actions]
    assert all(answer["success"] for answer in answers)
    assert nics(lab, app)[1].vlan == Vlan("12", "Access")


def test_what_is_gone_is_removed_already(lab: Lab, app: SandboxApp) -> None:
    gone = lab.app()
    gone.resource_name, gone.vm_id = "gone-1", "vm-gone"
    answers = lab.connect(
        vlan("removeVlan", gone, "11", interface="02:00:00:00:00:01"),
        vlan("removeVlan", app, "11"),
        vlan("removeVlan", app, "an old network's name", interface="02:00:00:00:00:01"),
    )
    assert all(answer["success"] for answer in answers)


def test_a_removal_that_names_nothing_takes_nothing_off(lab: Lab, app: SandboxApp) -> None:
    lab.connect(vlan("setVlan", app, "11"))
    answers = lab.connect(vlan("removeVlan", app, ""), vlan("removeVlan", app, "an old network's name"))
    assert all(answer["success"] for answer in answers)
    assert nics(lab, app)[1].vlan == Vlan("11", "Access")


def test_one_bad_action_does_not_spoil_the_others(lab: Lab, app: SandboxApp) -> None:
    gone, port = lab.app(), vlan("setVlan", app, "11")
    gone.resource_name, gone.vm_id = "gone-1", "vm-gone"
    port["customActionAttributes"], port["actionTarget"]["fullName"] = None, "sw/Chassis 1/Port 7"
    strange = contexts.action("clearVlan")
    actions = [vlan("setVlan", gone, "11"), port, strange, vlan("setVlan", app, "9999"), vlan("setVlan", app, "11")]
    answers = lab.connect(*actions)
    assert [answer["actionId"] for answer in answers] == [action["actionId"] for action in actions]
    assert [answer["success"] for answer in answers] == [False, False, False, False, True]
    assert "'vm-gone' was not found" in answers[0]["errorMessage"]
    assert "sw/Chassis 1/Port 7" in answers[1]["errorMessage"]
    assert (
        answers[2]["errorMessage"] == "The action type 'clearVlan' is not known here; known are 'setVlan', 'removeVlan'"
    )
    assert answers[2]["type"] == "clearVlan"


def test_an_action_of_the_other_shell_is_unknown_here(lab: Lab) -> None:
    (answer,) = lab.connect(contexts.action("createKeys"))
    assert (answer["success"], "known are 'setVlan', 'removeVlan'" in answer["errorMessage"]) == (False, True)


def test_a_cloud_that_fails_fails_the_action_it_was_asked_for(lab: Lab, app: SandboxApp) -> None:
    lab.heaven.faults.add(Fault("connect_vlan", error="CloudUnavailable", times=4))
    answers = lab.connect(vlan("setVlan", app, "11"), vlan("setVlan", app, "12"))
    assert [answer["success"] for answer in answers] == [False, True]
