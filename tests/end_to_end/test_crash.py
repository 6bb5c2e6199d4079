"""The server is killed, with a signal that it cannot hear: what it had answered is there again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cloudshell.api.cloudshell_api import AttributeNameValue, CloudShellAPISession, ResourceAttributesUpdateRequest
from cloudshell.rest.api import PackagingRestApiClient

from tests.cloudshell_local.rest_api.test_packages import META, blueprint, template
from tests.cloudshell_local.toy import Toy, own_address, package, until, zipped

COMMAND = [str(Path(sys.executable).with_name("cloudshell-local")), "serve"]


class Served:
    """`cloudshell-local serve` in a process of its own, on one data folder."""

    def __init__(self, address: str, data: Path) -> None:
        self.address = address
        self._arguments = [*COMMAND, "--host", address, "--data", str(data)]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._arguments, stdout=subprocess.PIPE, text=True, env={**os.environ})
        assert self._process.stdout
        while "Press Ctrl-C" not in self._process.stdout.readline():
            assert self._process.poll() is None

    def kill(self) -> None:
        assert self._process
        assert self._process.stdout
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()

    def api(self) -> Any:
        return CloudShellAPISession(host=self.address, username="admin", password="admin", domain="Global")

    def rest(self) -> Any:
        return PackagingRestApiClient.login(self.address, "admin", "admin")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(own_address(), tmp_path / "data")
    served.start()
    yield served
    served.kill()


def until_completed(api: Any, sandbox: str) -> None:
    until(lambda: status(api, sandbox)[0] == "Completed")


def status(api: Any, sandbox: str) -> tuple[str, str]:
    found = api.GetReservationStatus(sandbox).ReservationSlimStatus
    return found.Status, found.ProvisioningStatus


def test_all_is_there_again_and_a_sandbox_in_its_setup_says_so_and_can_be_ended(served: Served, tmp_path: Path) -> None:
    control = tmp_path / "control"
    control.mkdir()
    served.rest().add_shell_from_buffer(package())
    api = served.api()
    api.CreateResource("CS_CloudProvider", "Toy", "toys", "NA")
    api.SetAttributesValues(
        [ResourceAttributesUpdateRequest("toys", [AttributeNameValue("Toy.Control", str(control))])]
    )
    api.AutoLoad("toys")
    web = template("Web", "toys")
    diagram = blueprint("B", web).replace('Value="9"', 'Value=""')
    served.rest().import_package_from_buffer(
        zipped({"metadata.xml": META, "App Templates/Web.xml": web, "Topologies/B.xml": diagram})
    )
    ready = api.CreateImmediateTopologyReservation("Ready", "admin", 60, topologyFullPath="B").Reservation.Id
    until(lambda: status(api, ready)[1] == "Ready")
    toy = Toy(None, None, control)  # type: ignore[arg-type]
    toy.fail(PowerOn={"wait": 60})
    toy.calls()
    halfway = api.CreateImmediateTopologyReservation("Halfway", "admin", 60, topologyFullPath="B").Reservation.Id
    until(lambda: "PowerOn" in toy.commands())

    served.kill()
    toy.fail()
    served.start()

    api = served.api()
    assert served.rest().get_shell("Toy")["Version"] == "1.2.0"
    assert api.GetResourceDetails("toys").ResourceModelName == "Toy"
    assert list(api.GetTopologiesByCategory().Topologies) == ["B"]
    assert status(api, ready) == ("Started", "Ready")
    assert len(api.GetReservationDetails(ready, True).ReservationDescription.Resources) == 1
    assert status(api, halfway) == ("Started", "Error")
    (resource,) = api.GetReservationDetails(halfway, True).ReservationDescription.Resources
    for sandbox in (halfway, ready):
        api.EndReservation(sandbox)
        until_completed(api, sandbox)
        assert status(api, sandbox) == ("Completed", "Ready")
    assert resource.Name not in [each.Name for each in api.GetResourceList().Resources]


def test_nothing_that_was_answered_is_lost_however_often_it_is_killed(served: Served) -> None:
    served.rest().add_shell_from_buffer(package())
    expected = []
    for round_ in range(5):
        api = served.api()
        for number in range(20):
            name = f"r{round_}-{number}"
            api.CreateResource("CS_CloudProvider", "Toy", name, "NA")
            expected.append(name)
        served.kill()
        served.start()
        assert [each.Name for each in served.api().GetResourceList().Resources] == expected


def test_no_process_of_a_killed_server_is_left(served: Served, tmp_path: Path) -> None:
    served.rest().add_shell_from_buffer(package())
    api = served.api()
    api.CreateResource("CS_CloudProvider", "Toy", "toys", "NA")
    api.AutoLoad("toys")
    assert drivers_of(tmp_path)
    served.kill()
    until(lambda: not drivers_of(tmp_path))
    served.start()


def drivers_of(folder: Path) -> list[str]:
    """Return the command lines of the drivers' processes whose drivers lie in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # It has just ended.
            continue
        if "driver_host.py" in line and str(folder) in line:
            found.append(line)
    return found
