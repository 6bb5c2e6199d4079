from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

from cloudshell_local import testing as contexts
from cloudshell_local.testing import SandboxApp, vlan
from heavenly_cloud import FaultRule, Nic, Vlan
from tests.fakes import ShellHarness, contents_of, in_use


@pytest.fixture
def app(harness: ShellHarness) -> SandboxApp:
    app = harness.app()
    harness.deployed(app)
    return app


def nics(harness: ShellHarness, app: SandboxApp) -> list[Nic]:
    return list(contents_of(harness.heaven).instances[app.vm_id].nics)


def test_a_vlan_is_put_on_and_taken_off(harness: ShellHarness, app: SandboxApp) -> None:
    (put,) = harness.connect(vlan("setVlan", app, "11"))
    assert put["success"]
    assert [(nic.mac, nic.vlan) for nic in nics(harness, app)][1:] == [(put["updatedInterface"], Vlan("11", "Access"))]
    (again,) = harness.connect(vlan("setVlan", app, "11"))
    assert again["updatedInterface"] == put["updatedInterface"]
    (removed,) = harness.connect(vlan("removeVlan", app, "11", interface=put["updatedInterface"]))
    assert (removed["success"], removed["type"], removed["updatedInterface"]) == (
        True,
        "removeVlan",
        put["updatedInterface"],
    )
    assert nics(harness, app)[1].vlan is None


def test_a_point_to_point_connection_is_one_action_per_app(harness: ShellHarness, app: SandboxApp) -> None:
    other = harness.app()
    harness.deployed(other)
    answers = harness.connect(*(vlan("setVlan", each, "12", connection="p2p") for each in (app, other)))
    assert len({answer["updatedInterface"] for answer in answers}) == 2
    assert all(answer["success"] for answer in answers)


@pytest.mark.parametrize(
    ("ids", "mode"), [("100-110", "Trunk"), ("100-110,200", "Trunk"), ("4094", "Access"), ("1", "Trunk")]
)
def test_ids_ranges_and_lists_are_kept(harness: ShellHarness, app: SandboxApp, ids: str, mode: str) -> None:
    assert harness.connect(vlan("setVlan", app, ids, mode))[0]["success"]
    assert nics(harness, app)[1].vlan == Vlan(ids, mode)


@pytest.mark.parametrize("removed_as", ["100-105,106-110", "100-110", "106-110, 100-105"])
def test_ranges_that_touch_are_put_on_and_taken_off_as_one(
    harness: ShellHarness, app: SandboxApp, removed_as: str
) -> None:
    (put,) = harness.connect(nameless("setVlan", app, "100-105,106-110", "Trunk"))
    assert (put["success"], nics(harness, app)[1].vlan) == (True, Vlan("100-110", "Trunk"))
    (again,) = harness.connect(nameless("setVlan", app, "100-110", "Trunk"))
    assert again["updatedInterface"] == put["updatedInterface"]
    harness.connect(nameless("removeVlan", app, removed_as, "Trunk"))
    assert nics(harness, app)[1].vlan is None


def nameless(kind: str, app: SandboxApp, ids: str, mode: str = "Access", **service: str) -> contexts.Json:
    """Return an action of a server that sends no id of the connector, or of a request made by hand."""
    action = {**vlan(kind, app, ids, mode), "connectionId": ""}
    action["connectionParams"]["vlanServiceAttributes"] = contexts.attribute_list(service, "vlanServiceAttribute")
    return action


def test_two_lines_to_one_vlan_are_two_lines(harness: ShellHarness, app: SandboxApp) -> None:
    lines = [vlan("setVlan", app, "11", connection=connection) for connection in ("one", "two")]
    macs = [answer["updatedInterface"] for answer in harness.connect(*lines)]
    assert len({*macs}) == 2
    assert [answer["updatedInterface"] for answer in harness.connect(*reversed(lines))] == macs[::-1]
    (removed,) = harness.connect(vlan("removeVlan", app, "11", connection="one"))
    assert removed["updatedInterface"] == macs[0]
    assert [nic.mac for nic in nics(harness, app) if nic.vlan] == [macs[1]]
    harness.connect(vlan("removeVlan", app, "11", connection="one", interface=";".join(macs)))
    assert [nic.mac for nic in nics(harness, app) if nic.vlan] == [macs[1]]


ORDERS = list(itertools.permutations([("one", "", "11"), ("two", "1", "12"), ("three", "ETH02", "13")]))


@pytest.mark.parametrize("order", ORDERS)
def test_what_lines_get_does_not_depend_on_their_order(
    harness: ShellHarness, app: SandboxApp, order: Sequence[tuple[str, str, str]]
) -> None:
    answers = harness.connect(*(vlan("setVlan", app, ids, vnic=vnic, connection=line) for line, vnic, ids in order))
    assert [answer["success"] for answer in answers] == [True] * 3, answers
    assert {nic.name: nic.vlan.ids for nic in nics(harness, app) if nic.vlan} == {
        "eth1": "12",
        "eth2": "13",
        "eth3": "11",
    }


@pytest.mark.parametrize(
    ("ids", "mode", "vnic", "name"),
    [("12", "Access", "", "eth1"), ("11", "Trunk", "", "eth1"), ("11", "Access", "5", "eth5")],
)
def test_a_line_that_is_asked_for_again_is_changed(
    harness: ShellHarness, app: SandboxApp, ids: str, mode: str, vnic: str, name: str
) -> None:
    harness.connect(vlan("setVlan", app, "11", connection="one"))
    (answer,) = harness.connect(vlan("setVlan", app, ids, mode, vnic=vnic, connection="one"))
    assert answer["success"]
    assert [(nic.name, nic.vlan) for nic in nics(harness, app) if nic.vlan] == [(name, Vlan(ids, mode))]


def test_several_interfaces_that_are_asked_for_again_are_those_alone(harness: ShellHarness, app: SandboxApp) -> None:
    harness.connect(vlan("setVlan", app, "11", vnic="1,2", connection="one"))
    harness.connect(vlan("setVlan", app, "11", vnic="2,3", connection="one"))
    assert [nic.name for nic in nics(harness, app) if nic.vlan] == ["eth2", "eth3"]


@pytest.mark.parametrize("asked", ["data nic", "DATA NIC"])
def test_names_of_interfaces_are_the_same_in_any_case(harness: ShellHarness, app: SandboxApp, asked: str) -> None:
    (put,) = harness.connect(vlan("setVlan", app, "11", vnic="Data NIC", connection="one"))
    (again,) = harness.connect(vlan("setVlan", app, "11", vnic=asked, connection="one"))
    assert again["updatedInterface"] == put["updatedInterface"]
    (refused,) = harness.connect(vlan("setVlan", app, "12", vnic=asked, connection="two"))
    assert "'Data NIC'" in refused["errorMessage"]
    (removed,) = harness.connect(vlan("removeVlan", app, "11", vnic=asked, connection="one"))
    assert removed["updatedInterface"] == put["updatedInterface"]


def test_tunnels_of_one_outer_vlan_are_told_apart_by_their_inner_tags(harness: ShellHarness, app: SandboxApp) -> None:
    five, six = ({"QnQ": "True", "CTag": tags} for tags in ("5", "6"))
    put = harness.connect(nameless("setVlan", app, "100", **five), nameless("setVlan", app, "100", **six))
    assert all(answer["success"] for answer in put)
    (removed,) = harness.connect(nameless("removeVlan", app, "100", **five))
    assert removed["updatedInterface"] == put[0]["updatedInterface"]
    assert [nic.vlan.inner for nic in nics(harness, app) if nic.vlan] == ["6"]


def test_inner_tags_that_are_wrong_are_named_as_such(harness: ShellHarness, app: SandboxApp) -> None:
    (answer,) = harness.connect(nameless("setVlan", app, "100", QnQ="True", CTag="5000"))
    assert answer["errorMessage"].startswith("The inner tags '5000' in 'CTag' are wrong")


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
def test_a_wrong_vlan_is_refused_by_name_and_changes_nothing(
    harness: ShellHarness, app: SandboxApp, ids: str, mode: str
) -> None:
    (answer,) = harness.connect(vlan("setVlan", app, ids, mode))
    assert not answer["success"]
    assert f"VLAN '{ids}'" in answer["errorMessage"]
    assert len(nics(harness, app)) == 1


def test_vxlan_ids_are_ordinary_on_a_vxlan_provider(harness: ShellHarness, app: SandboxApp) -> None:
    harness.sandbox.attributes[f"{harness.sandbox.model}.VLAN Type"] = "VXLAN"
    assert harness.connect(vlan("setVlan", app, "16000000"))[0]["success"]


@pytest.mark.parametrize("kind", ["setVlan", "removeVlan"])
def test_a_type_of_vlan_that_does_not_exist_is_named(harness: ShellHarness, app: SandboxApp, kind: str) -> None:
    """An attribute can be edited after the discovery that checks it."""
    harness.sandbox.attributes[f"{harness.sandbox.model}.VLAN Type"] = "vxlan"
    (answer,) = harness.connect(vlan(kind, app, "11"))
    assert answer["errorMessage"] == "'VLAN Type' is 'vxlan' but should be one of VLAN, VXLAN"


def test_qnq_tunnels_its_inner_tags(harness: ShellHarness, app: SandboxApp) -> None:
    action = vlan("setVlan", app, "11")
    service = {"QnQ": "True", "CTag": "20-30"}
    action["connectionParams"]["vlanServiceAttributes"] = contexts.attribute_list(service, "vlanServiceAttribute")
    assert harness.connect(action)[0]["success"]
    assert nics(harness, app)[1].vlan == Vlan("11", "Access", "20-30")
    action["connectionParams"]["vlanServiceAttributes"] = contexts.attribute_list(
        {"QnQ": "True"}, "vlanServiceAttribute"
    )
    assert "'CTag'" in harness.connect(action)[0]["errorMessage"]


@pytest.mark.parametrize(("asked", "name"), [("1", "eth1"), ("eth1", "eth1"), ("7", "eth7"), ("Data NIC", "Data NIC")])
def test_the_interface_that_the_designer_asked_for_is_used(
    harness: ShellHarness, app: SandboxApp, asked: str, name: str
) -> None:
    (answer,) = harness.connect(vlan("setVlan", app, "11", vnic=asked))
    assert answer["success"]
    assert [nic.name for nic in nics(harness, app)] == ["eth0", name]


@pytest.mark.parametrize("asked", ["1,2", "1;2"])
def test_several_interfaces_are_answered_together_and_taken_off_together(
    harness: ShellHarness, app: SandboxApp, asked: str
) -> None:
    (answer,) = harness.connect(vlan("setVlan", app, "11", vnic=asked))
    macs = answer["updatedInterface"].split(";")
    assert macs == [nic.mac for nic in nics(harness, app)][1:]
    (removed,) = harness.connect(vlan("removeVlan", app, "11", interface=answer["updatedInterface"]))
    assert removed["updatedInterface"].split(";") == macs
    assert [nic.vlan for nic in nics(harness, app)] == [None] * 3


def test_several_interfaces_are_connected_all_or_none(harness: ShellHarness, app: SandboxApp) -> None:
    harness.connect(vlan("setVlan", app, "12", vnic="2"))
    before, macs = nics(harness, app), in_use(harness.heaven)["macs"]
    (answer,) = harness.connect(vlan("setVlan", app, "11", vnic="1,2"))
    assert "'eth2' of the VM" in answer["errorMessage"]
    assert (nics(harness, app), in_use(harness.heaven)["macs"]) == (before, macs)


def test_removals_come_first_and_answers_in_the_order_of_the_request(harness: ShellHarness, app: SandboxApp) -> None:
    (put,) = harness.connect(vlan("setVlan", app, "11", vnic="1"))
    actions = [
        vlan("setVlan", app, "12", vnic="1"),
        vlan("removeVlan", app, "11", interface=put["updatedInterface"], vnic="1"),
    ]
    answers = harness.connect(*actions)
    assert [answer["actionId"] for answer in answers] == [action["actionId"] for action in actions]
    assert all(answer["success"] for answer in answers)
    assert nics(harness, app)[1].vlan == Vlan("12", "Access")


def test_what_is_gone_is_removed_already(harness: ShellHarness, app: SandboxApp) -> None:
    gone = harness.app()
    gone.resource_name, gone.vm_id = "gone-1", "vm-gone"
    answers = harness.connect(
        vlan("removeVlan", gone, "11", interface="02:00:00:00:00:01"),
        vlan("removeVlan", app, "11"),
        vlan("removeVlan", app, "an old network's name", interface="02:00:00:00:00:01"),
    )
    assert all(answer["success"] for answer in answers)


def test_a_removal_that_names_nothing_takes_nothing_off(harness: ShellHarness, app: SandboxApp) -> None:
    harness.connect(vlan("setVlan", app, "11"))
    answers = harness.connect(vlan("removeVlan", app, ""), vlan("removeVlan", app, "an old network's name"))
    assert all(answer["success"] for answer in answers)
    assert nics(harness, app)[1].vlan == Vlan("11", "Access")


def test_one_bad_action_does_not_spoil_the_others(harness: ShellHarness, app: SandboxApp) -> None:
    gone, port = harness.app(), vlan("setVlan", app, "11")
    gone.resource_name, gone.vm_id = "gone-1", "vm-gone"
    port["customActionAttributes"], port["actionTarget"]["fullName"] = None, "sw/Chassis 1/Port 7"
    strange = contexts.action("clearVlan")
    actions = [vlan("setVlan", gone, "11"), port, strange, vlan("setVlan", app, "9999"), vlan("setVlan", app, "11")]
    answers = harness.connect(*actions)
    assert [answer["actionId"] for answer in answers] == [action["actionId"] for action in actions]
    assert [answer["success"] for answer in answers] == [False, False, False, False, True]
    assert "'vm-gone' was not found" in answers[0]["errorMessage"]
    assert "sw/Chassis 1/Port 7" in answers[1]["errorMessage"]
    assert (
        answers[2]["errorMessage"] == "The action type 'clearVlan' is not known here; known are 'setVlan', 'removeVlan'"
    )
    assert answers[2]["type"] == "clearVlan"


def test_an_action_of_the_other_shell_is_unknown_here(harness: ShellHarness) -> None:
    (answer,) = harness.connect(contexts.action("createKeys"))
    assert (answer["success"], "known are 'setVlan', 'removeVlan'" in answer["errorMessage"]) == (False, True)


def test_a_cloud_that_fails_fails_the_action_it_was_asked_for(harness: ShellHarness, app: SandboxApp) -> None:
    harness.heaven.faults.add(FaultRule("connect_vlan", error="CloudUnavailable", times=4))
    answers = harness.connect(vlan("setVlan", app, "11"), vlan("setVlan", app, "12"))
    assert [answer["success"] for answer in answers] == [False, True]
