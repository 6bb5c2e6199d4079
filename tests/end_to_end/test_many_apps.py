"""Twenty Apps in one sandbox: they are deployed in parallel, beyond the slots they wait, and all can be seen meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudshell_local import CloudShellLocal
from cloudshell_local.execution.executions import PENDING, RUNNING, Execution
from cloudshell_local.storage.model import Sandbox
from tests.cloudshell_local.toy import Toy
from tests.end_to_end.conftest import SHELLS
from tests.end_to_end.instrumented import Noted

APPS = [f"App {number}" for number in range(20)]


def most_at_once(executions: list[Execution]) -> int:
    """Return how many of them ran at the same moment, at most."""
    moments = sorted([(each.started_at, 1) for each in executions] + [(each.ended_at, -1) for each in executions])
    found = now = 0
    for _, change in moments:
        now += change
        found = max(found, now)
    return found


def busy(folder: Path, slots: int) -> Iterator[Toy]:
    with CloudShellLocal(slots=slots) as cloudshell:
        folder.mkdir()
        toy = Toy.on(cloudshell, folder)
        toy.fail(Deploy={"wait": 0.3})
        for app in APPS:
            toy.app(app)
        cloudshell.add_blueprint("Many", APPS)
        yield toy


@pytest.fixture(params=[20, 4], ids=["20 slots", "4 slots"])
def many(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Toy]:
    yield from busy(tmp_path / "control", request.param)


def test_apps_are_deployed_in_parallel_as_far_as_there_are_slots(many: Toy) -> None:
    sandbox = many.cloudshell.reserve("Many", wait=False)
    seen = watch(many, sandbox)
    assert many.cloudshell.sandbox(sandbox).state == "Active"
    server = many.services.execution_server
    deploys = [each for each in server.executions() if each.command == "Deploy"]
    assert len(deploys) == 20
    assert most_at_once(deploys) == server.slots
    assert len(many.cloudshell.deployed(sandbox)) == 20
    # Meanwhile everything could be read, at once, and what waits and runs was told apart.
    assert seen["slowest"] < 1
    assert {"Setup", "Active"} <= seen["states"]
    assert (PENDING in seen["queue"]) == (server.slots < 20)
    assert RUNNING in seen["queue"]
    assert many.cloudshell.end(sandbox).state == "Completed"
    assert many.left()["vms"] == []


def watch(toy: Toy, sandbox: Sandbox) -> dict[str, Any]:
    """Read feed, status and details until setup has ended; return what was seen."""
    api, states, queue, slowest = toy.cloudshell.session(), set[str](), set[str](), 0.0
    done: Callable[[], bool] = lambda: toy.cloudshell.sandbox(sandbox).state != "Setup"  # noqa: E731
    last = False
    while not last:
        last = done()
        begin = time.monotonic()
        details = api.GetReservationDetails(sandbox.id, True).ReservationDescription
        assert len(details.Apps) + len(details.Resources) == 20
        feed = toy.cloudshell.feed(sandbox)
        assert feed[0].text.startswith("The sandbox")
        slowest = max(slowest, time.monotonic() - begin)
        states.add(toy.cloudshell.sandbox(sandbox).state)
        queue |= {each.state for each in toy.services.execution_server.executions()}
        time.sleep(0.01)
    return {"states": states, "queue": queue, "slowest": slowest}


def test_twenty_real_apps_have_addresses_of_their_own(packages: dict[str, Path], tmp_path: Path) -> None:
    with CloudShellLocal() as cloudshell:
        shell = Noted.of(packages[SHELLS[1]], cloudshell, tmp_path / "control")
        services = {"Net": ("Subnet", {"Subnet Size": "32"})}
        apps = dict.fromkeys(APPS, "Angel")
        cloudshell.add_blueprint("Many", apps, services, [(app, "Net") for app in apps])
        sandbox = cloudshell.reserve("Many")
        assert sandbox.state == "Active", shell.feed(sandbox)
        deployed = cloudshell.deployed(sandbox)
        assert len({each.address for each in deployed.values()}) == 20
        assert len({each.attributes["Public IP"] for each in deployed.values()}) == 20
        assert all(each.live_status == ("Online", "Active") for each in deployed.values())
        assert cloudshell.end(sandbox).state == "Completed"
        assert shell.left() == {"instances": 0, "networks": 0}


def test_several_sandboxes_are_set_up_at_once_and_share_nothing(packages: dict[str, Path], tmp_path: Path) -> None:
    with CloudShellLocal() as cloudshell:
        shell = Noted.of(packages[SHELLS[0]], cloudshell, tmp_path / "control")
        cloudshell.add_blueprint("Pair", ["Angel", "Man"], {"V": ("VLAN Auto", {})}, [("Angel", "V"), ("Man", "V")])
        sandboxes: list[Sandbox] = []
        threads = [threading.Thread(target=lambda: sandboxes.append(cloudshell.reserve("Pair"))) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [each.state for each in sandboxes] == ["Active"] * 5
        assert len({each.vlans["V"] for each in sandboxes}) == 5
        ended = [cloudshell.end(each) for each in sandboxes]
        assert [each.state for each in ended] == ["Completed"] * 5
        assert shell.left()["instances"] == 0
