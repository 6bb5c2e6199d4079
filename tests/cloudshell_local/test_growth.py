"""What an answer costs grows with what a sandbox holds, and no faster: it is counted here, and timed by the benchmarks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from cloudshell_local.automation_api.api import AutomationApi, operation_groups
from cloudshell_local.portal.workspace import Workspaces
from cloudshell_local.services.networking.service_models import new_service
from cloudshell_local.storage import parts
from cloudshell_local.storage.model import CONNECTED, Connector, DetailField, NetworkInterface, Resource, VmDetails
from cloudshell_local.storage.parts import Parts
from cloudshell_local.storage.passwords import Passwords
from tests.cloudshell_local.toy import Toy


def sandbox_of(toy: Toy, number: int) -> str:
    """Return the id of a sandbox with so many Apps, deployed Apps and connectors of each to one service."""
    apps = [toy.services.blueprints.new_app("Web", f"App {number} {each}") for each in range(number)]
    resources = [_deployed(toy, f"VM {number} {each}") for each in range(number)]
    names = [*(each.name for each in apps), *(each.name for each in resources)]
    sandbox = toy.services.sandboxes.create("s", "admin", 60)
    with toy.services.sandboxes.changing(sandbox.id) as changed:
        changed.apps, changed.resources = Parts(apps), {each.name: (0, 0) for each in resources}
        changed.services = Parts([new_service("VLAN Auto", "V", {})])
        changed.connectors = Parts(Connector(name, "V", state=CONNECTED) for name in names)
        changed.vlans = {"V": "7"}
    return sandbox.id


def _deployed(toy: Toy, name: str) -> Resource:
    app = toy.services.blueprints.new_app("Web")
    details = VmDetails("1", name, toy.provider.name, {"auto_delete": "true"}, [DetailField("Image", "toy")])
    details.networks = [NetworkInterface("1", "2", True, [DetailField("MAC", "02")], "10.0.0.1")]
    made = Resource(name, "CS_GenericAppFamily", app.model, "10.0.0.1", app.attributes, app=app, vm_details=details)
    return toy.services.store.resources.put(name, made)


def calls(work: Callable[[], object]) -> int:
    """Return how many functions are called, of Python and of C, while work is done in this thread."""
    found = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal found
        found += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return found


def require_linear(work: Callable[[str], object], sandboxes: list[str]) -> None:
    """Fail the test unless the second ten of each kind cost what the third and fourth ten cost. sandboxes: of 10, 20, 40."""
    for each in sandboxes:
        work(each)  # What is made once for all, as a converter, is made now.
    ten, twenty, forty = (calls(partial(work, each)) for each in sandboxes)
    assert forty - twenty <= 2.1 * (twenty - ten)


@pytest.fixture
def sandboxes(toy: Toy) -> list[str]:
    toy.app("Web")
    return [sandbox_of(toy, number) for number in (10, 20, 40)]


def test_a_step_per_pair_is_noticed() -> None:
    pairs = {str(number): range(number) for number in (10, 20, 40)}
    with pytest.raises(AssertionError):
        require_linear(lambda key: [abs(one - other) for one in pairs[key] for other in pairs[key]], list(pairs))


def test_the_details_of_a_sandbox_take_no_step_per_pair(toy: Toy, sandboxes: list[str]) -> None:
    api = AutomationApi(toy.services.access, toy.services.permissions, operation_groups(toy.services))
    token = toy.services.access.log_on("admin", "admin", "Global").token

    def details(sandbox: str) -> None:
        body = f"<GetReservationDetails><reservationId>{sandbox}</reservationId></GetReservationDetails>".encode()
        assert b'Success="true"' in api.respond("GetReservationDetails", f"Token={token}", body)

    require_linear(details, sandboxes)


def test_the_details_of_a_sandbox_are_answered_without_a_query_or_a_copy(
    toy: Toy, sandboxes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    api = toy.cloudshell.session()
    sandbox = toy.services.sandboxes.get(sandboxes[0])
    monkeypatch.setattr(toy.services.store, "read", None)
    monkeypatch.setattr(parts, "copied", None)
    found = api.GetReservationDetails(sandbox.id).ReservationDescription
    assert (len(found.Apps), len(found.Resources), len(found.Connectors)) == (10, 10, 20)


def test_the_workspace_takes_no_step_per_pair(toy: Toy, sandboxes: list[str]) -> None:
    workspaces = Workspaces(toy.services)
    require_linear(lambda each: workspaces.of(toy.services.sandboxes.get(each), "", True), sandboxes)


def test_the_workspace_reads_passwords_and_commands_of_the_chosen_component_alone(
    toy: Toy, sandboxes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []

    def counted(kind: type[Any], name: str) -> None:
        original = getattr(kind, name)
        monkeypatch.setattr(kind, name, lambda *each: read.append(name) or original(*each))  # type: ignore[func-returns-value]

    counted(Passwords, "find")
    counted(type(toy.services.commands), "visible_commands")
    for sandbox in sandboxes:
        read.clear()
        chosen = Workspaces(toy.services).of(toy.services.sandboxes.get(sandbox), "VM 10 3", True).chosen
        assert chosen
        assert len(read) <= len(chosen.attributes) + 1


@pytest.mark.parametrize("work", ["line", "disconnect"])
def test_a_connector_takes_no_step_per_pair(toy: Toy, sandboxes: list[str], work: str) -> None:
    def line(sandbox: str) -> None:
        name = next(iter(toy.services.sandboxes.get(sandbox).apps.keys()))
        toy.services.sandboxes.set_connectors(sandbox, [Connector(name, "V")])

    def disconnect(sandbox: str) -> None:
        apps = toy.services.sandboxes.get(sandbox).apps.keys()
        toy.services.vlans.disconnect(sandbox, [end for name in apps for end in (name, "V")])
        with toy.services.sandboxes.changing(sandbox) as changed:
            for each in changed.connectors:
                each.state = CONNECTED

    require_linear({"line": line, "disconnect": disconnect}[work], sandboxes)
