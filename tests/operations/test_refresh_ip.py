from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from cloudshell_local.testing import SandboxApp, connect_subnet
from operations import refresh_ip
from shell.errors import CommandError
from tests.fakes import ShellHarness, data_with, l3, stop

WRITES = ("UpdateResourceAddress", "SetAttributeValue")


def running(harness: ShellHarness, *subnets: Any, **deployment: str) -> SandboxApp:
    app = harness.app(**deployment)
    harness.deployed(app, *subnets)
    with harness.remote(app) as command:
        command.cloud.power_on(app.vm_id)
    return app


def refresh(harness: ShellHarness, app: SandboxApp, cancellation: Any = None) -> list[tuple[str, ...]]:
    before = len(harness.api.calls)
    with harness.remote(app, cancellation) as command:
        refresh_ip.refresh_ip(command)
    return [call for call in harness.api.calls[before:] if call[0] in WRITES]


def on_public_subnet(harness: ShellHarness) -> SandboxApp:
    public, _ = harness.subnets()
    return running(harness, connect_subnet(public, "10.0.3.0/28", True))


def test_what_cloudshell_knows_is_not_written_again(harness: ShellHarness) -> None:
    assert refresh(harness, running(harness)) == []


def test_a_new_address_is_written(harness: ShellHarness) -> None:
    app = running(harness)
    app.address = "1.1.1.1"
    assert refresh(harness, app) == [("UpdateResourceAddress", app.resource_name, "172.16.0.2")]


@l3
@pytest.mark.parametrize("attribute", ["Public IP", "Linux Server.Public IP"])
@pytest.mark.parametrize("value", ["", "9.9.9.9"])
def test_a_public_address_is_written_when_it_is_empty_or_differs(
    harness: ShellHarness, attribute: str, value: str
) -> None:
    app = on_public_subnet(harness)
    app.attributes = {"User": "u", attribute: value}
    assert refresh(harness, app) == [("SetAttributeValue", app.resource_name, attribute, "198.51.100.2")]


@l3
def test_a_known_public_address_or_no_attribute_for_it_is_left_alone(harness: ShellHarness) -> None:
    app = on_public_subnet(harness)
    app.attributes = {"Public IP": "198.51.100.2"}
    assert refresh(harness, app) == []
    app.attributes = {}
    assert refresh(harness, app) == []


@pytest.mark.parametrize("value", ["", "9.9.9.9"])
def test_nothing_is_written_for_a_vm_without_a_public_address(harness: ShellHarness, value: str) -> None:
    app = running(harness)
    app.attributes = {"Public IP": value}
    assert refresh(harness, app) == []


def test_a_vm_that_is_off_is_an_error(harness: ShellHarness) -> None:
    app = harness.app()
    harness.deployed(app)
    with pytest.raises(CommandError, match="is off"):
        refresh(harness, app)


def booting(harness: ShellHarness, seconds: float, **deployment: str) -> SandboxApp:
    harness.heaven.config = data_with(boot_seconds=seconds)
    app = running(harness, **deployment)
    app.address = ""
    return app


def test_it_waits_until_the_vm_has_booted(harness: ShellHarness) -> None:
    app = booting(harness, 30)
    assert refresh(harness, app) == [("UpdateResourceAddress", app.resource_name, "172.16.0.2")]
    assert 30 <= harness.clock.time < 32
    statuses = [call[1] for call in harness.api.named("SetResourceLiveStatus")]
    assert statuses[0] == "Progress 0"
    assert statuses[-1] == "Online"


def test_it_gives_up_after_the_apps_timeout_and_says_so(harness: ShellHarness) -> None:
    app = booting(harness, 1000, **{"Refresh IP Timeout": "20"})
    with pytest.raises(CommandError, match="no IP address after 20 seconds.*'Refresh IP Timeout'"):
        refresh(harness, app)
    assert harness.clock.time < 22


@pytest.mark.parametrize("timeout", ["nan", "inf", "-1", "soon"])
def test_a_timeout_that_would_never_end_is_refused_by_name(harness: ShellHarness, timeout: str) -> None:
    app = booting(harness, 1000, **{"Refresh IP Timeout": timeout})
    with pytest.raises(CommandError, match="'Refresh IP Timeout' is"):
        refresh(harness, app)
    assert harness.clock.time == 0


def test_stop_is_noticed_while_it_waits_and_nothing_is_written(harness: ShellHarness) -> None:
    app = booting(harness, 1000)
    cancellation = SimpleNamespace(is_cancelled=False)
    harness.clock.on_sleep = lambda: setattr(cancellation, "is_cancelled", harness.clock.time > 5)
    with pytest.raises(CommandError, match="cancelled"):
        refresh(harness, app, cancellation)
    assert harness.clock.time < 6
    assert not [call for call in harness.api.calls if call[0] in WRITES]


def test_stop_before_the_writing_is_noticed_too(harness: ShellHarness) -> None:
    app = running(harness)
    app.address = ""
    with pytest.raises(CommandError, match="cancelled"):
        refresh(harness, app, stop())
    assert not [call for call in harness.api.calls if call[0] in WRITES]
