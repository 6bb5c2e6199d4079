from __future__ import annotations

import pytest

from cloudshell_local.errors import CommandFailed, NotFound
from cloudshell_local.storage.model import CONNECTED, Sandbox
from tests.cloudshell_local.toy import OPTIONS, Toy, app_package, package

WHOLE = ["Deploy", "ApplyConnectivityChanges", "PowerOn", "remote_refresh_ip", "GetVmDetails"]


@pytest.fixture
def patient(toy: Toy) -> Toy:
    """A toy provider whose deployment type has the option to wait for the IP."""
    options = OPTIONS.replace("Auto Power On:", "Wait for IP: {type: boolean, default: true}\n      Auto Power On:")
    toy.services.catalog.update("Toy", package(options={"deployment.yaml": options, "brick.png": b""}), "admin")
    return toy


def active(toy: Toy, **options: str) -> Sandbox:
    """Return an active sandbox with an App on a VLAN."""
    toy.app("Web", **options)
    toy.cloudshell.add_blueprint("B", ["Web"], {"V": ("VLAN Auto", {})}, [("Web", "V")])
    return toy.services.lifecycle.reserve("B", "", "admin", 60, set_up=False)


def deploy(toy: Toy, sandbox: Sandbox, name: str = "Web") -> list[str]:
    """Deploy an App by hand, and return the commands that its driver got."""
    toy.services.commands.run(toy.provider, "left")
    toy.calls()
    toy.services.manual_deployment.deploy(sandbox.id, name)
    return toy.commands()


def test_an_app_goes_the_whole_way_of_a_setup(patient: Toy) -> None:
    sandbox = active(patient)
    assert deploy(patient, sandbox) == WHOLE
    (app,) = patient.cloudshell.deployed(sandbox).values()
    assert app.live_status == ("Online", "Active")
    assert patient.cloudshell.sandbox(sandbox).connectors[0].state == CONNECTED
    assert [message.text for message in patient.cloudshell.feed(sandbox)[1:]] == [
        "Deploying the App 'Web'",
        f"The App 'Web' was deployed as '{app.name}'",
        "'Power On' on Web: started",
        "'Power On' on Web: done",
        "'remote_refresh_ip' on Web: started",
        "'remote_refresh_ip' on Web: done",
        "The App 'Web' is ready",
    ]


def test_an_app_that_is_not_to_be_powered_on_stays_off(patient: Toy) -> None:
    options = {"Auto Power On": "False", "Wait for IP": "False"}
    sandbox = active(patient, **options)
    assert deploy(patient, sandbox) == ["Deploy", "ApplyConnectivityChanges", "GetVmDetails"]
    (app,) = patient.cloudshell.deployed(sandbox).values()
    assert app.live_status == ("Offline", "")


def test_an_app_is_not_connected_to_one_that_is_not_deployed_yet(toy: Toy) -> None:
    toy.app("Web")
    toy.cloudshell.add_blueprint("B", {"Web": "Web", "Db": "Web"}, connections=[("Web", "Db")])
    sandbox = toy.services.lifecycle.reserve("B", "", "admin", 60, set_up=False)
    assert "ApplyConnectivityChanges" not in deploy(toy, sandbox)
    assert "ApplyConnectivityChanges" in deploy(toy, sandbox, "Db")


def test_an_app_on_subnets_is_connected_by_its_deploy_alone(l3_toy: Toy) -> None:
    l3_toy.app("Web")
    l3_toy.cloudshell.add_blueprint("B", ["Web"], {"S": ("Subnet", {})}, [("Web", "S")])
    sandbox = l3_toy.services.lifecycle.reserve("B", "", "admin", 60, set_up=False)
    l3_toy.services.subnets.prepare(sandbox.id)
    assert deploy(l3_toy, sandbox) == ["Deploy", "PowerOn", "remote_refresh_ip", "GetVmDetails"]
    assert l3_toy.cloudshell.sandbox(sandbox).connectors[0].state == CONNECTED


def test_an_app_with_a_driver_of_its_own_is_discovered_and_its_failure_is_named(toy: Toy) -> None:
    toy.services.catalog.add(app_package(), "admin")
    toy.cloudshell.add_app("Good", "Toy.Brick", toy.provider.name, model="Puppet")
    toy.cloudshell.add_app("Bad", "Toy.Brick", toy.provider.name, attributes={"Strings": "0"}, model="Puppet")
    toy.cloudshell.add_blueprint("B", ["Good", "Bad"])
    sandbox = toy.services.lifecycle.reserve("B", "", "admin", 60, set_up=False)
    assert "PowerOn" in deploy(toy, sandbox, "Good")
    with pytest.raises(CommandFailed, match=r"^Discovery has failed: .*no strings attached"):
        deploy(toy, sandbox, "Bad")
    assert toy.cloudshell.deployed(sandbox)["Bad"].live_status == ("Error", "Discovery has failed")
    assert "PowerOn" not in toy.commands()


@pytest.mark.parametrize(
    ("command", "phrase"),
    [
        ("ApplyConnectivityChanges", "Connecting"),
        ("PowerOn", "Powering on"),
        ("remote_refresh_ip", "Obtaining an IP"),
        ("GetVmDetails", "Refreshing the VM details"),
    ],
)
def test_a_step_that_fails_is_named_and_no_later_one_is_done(patient: Toy, command: str, phrase: str) -> None:
    sandbox = active(patient)
    patient.fail(**{command: {"raise": "no hands"}})
    with pytest.raises(CommandFailed, match=f"^{phrase} has failed: .*no hands"):
        deploy(patient, sandbox)
    assert patient.commands() == WHOLE[: WHOLE.index(command) + 1]
    (app,) = patient.cloudshell.deployed(sandbox).values()
    assert app.live_status == ("Error", f"{phrase} has failed")


def test_a_deploy_that_fails_is_in_the_feed_and_nothing_else_is_done(patient: Toy) -> None:
    sandbox = active(patient)
    patient.fail(Deploy={"refuse": "no bricks left"})
    assert deploy(patient, sandbox) == ["Deploy"]
    assert "Deploying the App 'Web' failed: no bricks left" in patient.cloudshell.feed(sandbox)[-1].text
    with pytest.raises(NotFound):
        deploy(patient, sandbox, "Moon")
