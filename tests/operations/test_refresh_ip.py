from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from cloudshell_local.testing import SandboxApp, connect_subnet
from operations import refresh_ip
from shell.errors import CommandError
from tests.doubles import Lab, data_with, l3, stop

WRITES = ("UpdateResourceAddress", "SetAttributeValue")


def running(lab: Lab, *subnets: Any, **deployment: str) -> SandboxApp:
    app = lab.app(**deployment)
    lab.deployed(app, *subnets)
    with lab.remote(app) as command:
        command.cloud.power_on(app.vm_id)
    return app


def refresh(lab: Lab, app: SandboxApp, cancellation: Any = None) -> list[tuple[str, ...]]:
    before = len(lab.api.calls)
    with lab.remote(app, cancellation) as command:
        refresh_ip.refresh_ip(command)
    return [call for call in lab.api.calls[before:] if call[0] in WRITES]


def on_public_subnet(lab: Lab) -> SandboxApp:
    public, _ = lab.subnets()
    return running(lab, connect_subnet(public, "10.0.3.0/28", True))


def test_what_cloudshell_knows_is_not_written_again(lab: Lab) -> None:
    assert refresh(lab, running(lab)) == []


def test_a_new_address_is_written(lab: Lab) -> None:
    app = running(lab)
    app.address = "1.1.1.1"
    assert refresh(lab, app) == [("UpdateResourceAddress", app.resource_name, "172.16.0.2")]


@l3
@pytest.mark.parametrize("attribute", ["Public IP", "Linux Server.Public IP"])
@pytest.mark.parametrize("value", ["", "9.9.9.9"])
def test_a_public_address_is_written_when_it_is_empty_or_differs(lab: Lab, attribute: str, value: str) -> None:
    app = on_public_subnet(lab)
    app.attributes = {"User": "u", attribute: value}
    assert refresh(lab, app) == [("SetAttributeValue", app.resource_name, attribute, "198.51.100.2")]


@l3
def test_a_known_public_address_or_no_attribute_for_it_is_left_alone(lab: Lab) -> None:
    app = on_public_subnet(lab)
    app.attributes = {"Public IP": "198.51.100.2"}
    assert refresh(lab, app) == []
    app.attributes = {}
    assert refresh(lab, app) == []


@pytest.mark.parametrize("value", ["", "9.9.9.9"])
def test_nothing_is_written_for_a_vm_without_a_public_address(lab: Lab, value: str) -> None:
    app = running(lab)
    app.attributes = {"Public IP": value}
    assert refresh(lab, app) == []


def test_a_vm_that_is_off_is_an_error(lab: Lab) -> None:
    app = lab.app()
    lab.deployed(app)
    with pytest.raises(CommandError, match="is off"):
        refresh(lab, app)


def booting(lab: Lab, seconds: float, **deployment: str) -> SandboxApp:
    lab.heaven.data = data_with(boot_seconds=seconds)
    app = running(lab, **deployment)
    app.address = ""
    return app


def test_it_waits_until_the_vm_has_booted(lab: Lab) -> None:
    app = booting(lab, 30)
    assert refresh(lab, app) == [("UpdateResourceAddress", app.resource_name, "172.16.0.2")]
    assert 30 <= lab.clock.time < 32
    statuses = [call[1] for call in lab.api.named("SetResourceLiveStatus")]
    assert statuses[0] == "Progress 0"
    assert statuses[-1] == "Online"


def test_it_gives_up_after_the_apps_timeout_and_says_so(lab: Lab) -> None:
    app = booting(lab, 1000, **{"Refresh IP Timeout": "20"})
    with pytest.raises(CommandError, match="no IP address after 20 seconds.*'Refresh IP Timeout'"):
        refresh(lab, app)
    assert lab.clock.time < 22


@pytest.mark.parametrize("timeout", ["nan", "inf", "-1", "soon"])
def test_a_timeout_that_would_never_end_is_refused_by_name(lab: Lab, timeout: str) -> None:
    app = booting(lab, 1000, **{"Refresh IP Timeout": timeout})
    with pytest.raises(CommandError, match="'Refresh IP Timeout' is"):
        refresh(lab, app)
    assert lab.clock.time == 0


def test_stop_is_noticed_while_it_waits_and_nothing_is_written(lab: Lab) -> None:
    app = booting(lab, 1000)
    cancellation = SimpleNamespace(is_cancelled=False)
    lab.clock.on_sleep = lambda: setattr(cancellation, "is_cancelled", lab.clock.time > 5)
    with pytest.raises(CommandError, match="cancelled"):
        refresh(lab, app, cancellation)
    assert lab.clock.time < 6
    assert not [call for call in lab.api.calls if call[0] in WRITES]


def test_stop_before_the_writing_is_noticed_too(lab: Lab) -> None:
    app = running(lab)
    app.address = ""
    with pytest.raises(CommandError, match="cancelled"):
        refresh(lab, app, stop())
    assert not [call for call in lab.api.calls if call[0] in WRITES]
