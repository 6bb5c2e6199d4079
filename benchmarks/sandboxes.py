"""What a sandbox costs that holds a thousand Apps, against one that holds ten.

Measured is the time of the processor in this process, which is also the server's: what else runs on the machine makes no
difference then, and neither do the waits for drivers, which would hide how much the server itself takes.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.request import Request, urlopen

from benchmarks.measure import medians, per_item, ratio, show, spent
from cloudshell_local.automation_api.api import AutomationApi, operation_groups
from cloudshell_local.portal.web import COOKIE
from tests.cloudshell_local.toy import Toy

FEW, MANY = 10, 1000
ROUNDS, CHANGES = 21, 41
MOST_PER_APP, MOST_GROWTH = 0.15e-3, 1.25
Pair = tuple[str, str]


def run(toy: Toy) -> None:
    """Measure and show."""
    toy.app("Web")
    pair = _sandbox_of(toy, FEW), _sandbox_of(toy, MANY)
    reads, changes = _reads(toy, pair, "not deployed"), _changes(toy, pair, "not deployed")
    few, many = _deploy_all(toy, pair[0]), _deploy_all(toy, pair[1])
    # It has no target: all are deployed once, so that there is no median.
    changes.append(["one of all, deployed at once", spent(few), spent(many), ratio(many / few, None)])
    reads, changes = reads + _reads(toy, pair, "deployed"), changes + _changes(toy, pair, "deployed")
    columns = [f"of {FEW} Apps", f"of {MANY} Apps"]
    show("Reading a sandbox", ["what", *columns, "each App"], reads)
    show("Changing a sandbox", ["one more App", *columns, "ratio"], changes)


def _sandbox_of(toy: Toy, number: int) -> str:
    sandbox = toy.services.sandboxes.create(f"{number} Apps", "admin", 60)
    for each in range(number):
        toy.services.sandboxes.add_app(sandbox.id, toy.services.blueprints.new_app("Web", f"App {number} {each}"))
    return sandbox.id


def _deploy_all(toy: Toy, sandbox: str) -> float:
    """Deploy all Apps of a sandbox at once; return the seconds for each of them."""
    names = list(toy.services.sandboxes.get(sandbox).apps.keys())
    begin = time.process_time()
    results = toy.services.deployment.deploy(sandbox, names)
    assert not any(result.error for result in results)
    return (time.process_time() - begin) / len(names)


def _reads(toy: Toy, pair: Pair, state: str) -> list[list[Any]]:
    kinds = (("GetReservationDetails", _details(toy)), ("the workspace page", _page(toy)))
    return [[f"{name}, Apps {state}", *_read(read, pair)] for name, read in kinds]


def _read(read: Callable[[str], object], pair: Pair) -> list[str]:
    things = (partial(read, sandbox) for sandbox in pair)
    few, many = medians(ROUNDS, *things, clock=time.process_time)
    return [spent(few), spent(many), per_item((many - few) / (MANY - FEW), MOST_PER_APP)]


def _details(toy: Toy) -> Callable[[str], object]:
    """Return how the server answers GetReservationDetails; the client's own reading of the answer is not measured."""
    api = AutomationApi(toy.services.access, toy.services.permissions, operation_groups(toy.services))
    token = _token(toy)

    def read(sandbox: str) -> None:
        body = f"<GetReservationDetails><reservationId>{sandbox}</reservationId></GetReservationDetails>"
        assert b'Success="true"' in api.respond("GetReservationDetails", f"Token={token}", body.encode())

    return read


def _token(toy: Toy) -> str:
    return toy.services.access.log_on("admin", "admin", "Global").token


def _page(toy: Toy) -> Callable[[str], object]:
    """Return how a browser fetches the page of a sandbox."""
    cookie = {"Cookie": f"{COOKIE}={_token(toy)}"}

    def read(sandbox: str) -> None:
        with urlopen(Request(f"{toy.cloudshell.portal}sandboxes/{sandbox}", headers=cookie)) as response:
            assert b"Activity Feed" in response.read()

    return read


def _changes(toy: Toy, pair: Pair, state: str) -> list[list[Any]]:
    api = toy.cloudshell.session()
    added: dict[str, list[float]] = {sandbox: [] for sandbox in pair}
    deployed: dict[str, list[float]] = {sandbox: [] for sandbox in pair}
    for _ in range(CHANGES):
        for sandbox in pair:
            begin = time.process_time()
            name = api.AddAppToReservation(sandbox, "Web").ReservedAppName
            between = time.process_time()
            toy.services.deployment.deploy(sandbox, [name])
            added[sandbox].append(between - begin)
            deployed[sandbox].append(time.process_time() - between)
            (resource,) = [result.resource for result in toy.services.deployment.deploy(sandbox, [name])]
            assert resource
            toy.services.deployment.remove(sandbox, [resource.name])
    kinds = (("AddAppToReservation", added), ("its deployment", deployed))
    return [
        [f"{name}, others {state}", *_compared(*(statistics.median(times[sandbox]) for sandbox in pair))]
        for name, times in kinds
    ]


def _compared(few: float, many: float) -> list[str]:
    return [spent(few), spent(many), ratio(many / few, MOST_GROWTH)]
