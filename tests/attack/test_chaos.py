"""Bad luck, for seconds in `make test` and for minutes in `make soak`: everything is killed at random while sandboxes come
and go, and fifty clients work at the same time. Nothing is left, nothing that was answered is lost, nothing leaks.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cloudshell.api.cloudshell_api import CloudShellAPISession

from cloudshell_local import CloudShellLocal
from tests.cloudshell_local.toy import Toy, own_address, until
from tests.end_to_end.conftest import packages
from tests.end_to_end.test_crash import COMMAND, Served, status
from tests.sizes import how_many
from tests.soak import test_kill as kills
from tests.soak.conftest import Figures, figures

__all__ = ["figures", "packages"]
pytestmark = [pytest.mark.soak, pytest.mark.slow]
SHELL = "L2HeavenlyCloudShell"
PROVIDERS = ("one", "two")


def session(address: str) -> Any:
    return CloudShellAPISession(host=address, username="admin", password="admin", domain="Global")


class KilledServer(Served):
    """`cloudshell-local serve` in a process of its own, which is killed and started again, also while clients work."""

    def __init__(self, address: str, data: Path) -> None:
        super().__init__(address, data)
        self._log = data.with_suffix(".log")

    def start(self) -> None:
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [*COMMAND, "--host", self.address, "--data", str(self._log.with_suffix(""))],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout
        while "Press Ctrl-C" not in self._process.stdout.readline():
            assert self._process.poll() is None, self._log.read_text()[-2000:]

    def children(self) -> list[int]:
        """Return the processes that the server has started: drivers, and setups and teardowns."""
        assert self._process
        return [pid for pid in all_processes() if parent_of(pid) == self._process.pid]

    def handles(self) -> int:
        assert self._process
        return len(list(Path(f"/proc/{self._process.pid}/fd").iterdir()))


def all_processes() -> list[int]:
    return [int(each.name) for each in Path("/proc").glob("[0-9]*")]


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # It has just ended.
        return 0


@dataclass
class Reserver:
    """Somebody who reserves, uses and ends sandboxes, minds no failure, and leaves behind what fails."""

    address: str
    number: int
    answered: int = 0
    unanswered: int = 0

    def work(self, is_over: threading.Event) -> None:
        chance = random.Random(self.number)
        while not is_over.is_set():
            try:
                self._use(session(self.address), chance)
            except Exception:  # The server, a driver or a script was killed.
                self.unanswered += 1
                is_over.wait(0.1)

    def _use(self, api: Any, chance: random.Random) -> None:
        use = self._orchestrated if chance.random() < 0.3 else self._by_hand
        use(api, chance.choice(PROVIDERS))
        self.answered += 1

    def _orchestrated(self, api: Any, provider: str) -> None:
        made = api.CreateImmediateTopologyReservation("s", "admin", 60, topologyFullPath=f"B {provider}").Reservation
        until(lambda: status(api, made.Id)[1] in ("Ready", "Error"), 30)
        api.EndReservation(made.Id)

    def _by_hand(self, api: Any, provider: str) -> None:
        sandbox = api.CreateImmediateReservation("s", "admin", 60).Reservation.Id
        app = api.AddAppToReservation(sandbox, provider, "", 0, 0).ReservedAppName
        name = api.DeployAppToCloudProvider(sandbox, app, []).LogicalResourceName
        api.ExecuteResourceConnectedCommand(sandbox, name, "PowerOn", "power")
        api.EndReservation(sandbox)


@contextmanager
def working(clients: list[Reserver]) -> Iterator[None]:
    is_over = threading.Event()
    with ThreadPoolExecutor(len(clients)) as pool:
        found = [pool.submit(client.work, is_over) for client in clients]
        try:
            yield
        finally:
            is_over.set()
    for each in found:
        each.result()


def prepare(package: Path, data: Path, url: str) -> None:
    with CloudShellLocal(data=data) as cloudshell:
        cloudshell.install(package)
        for provider in PROVIDERS:
            cloudshell.create_resource(SHELL, provider, {"Password": "halo", "Cloud Store": url}, discover=False)
            cloudshell.add_app(provider, f"{SHELL}.HeavenlyCloudAngelDeployment", provider)
            cloudshell.add_blueprint(f"B {provider}", [provider], {"Net": ("VLAN Auto", {})}, [(provider, "Net")])
        cloudshell.services.store.users.remove(
            "admin"
        )  # The next server, where hashes are not made cheap, makes it anew.


def kill_at_random(served: KilledServer, seconds: float) -> tuple[int, int]:
    """Kill the server or what it has started, again and again; return how often each was killed."""
    chance, killed, end = random.Random(7), [0, 0], time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(chance.uniform(0.2, 1.5))
        children = served.children()
        if chance.random() < 0.15:
            served.kill()
            served.start()
            killed[0] += 1
        elif children:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(children), signal.SIGKILL)
                killed[1] += 1
    return killed[0], killed[1]


def end_all(api: Any) -> int:
    """End all sandboxes, delete what they could not, and return how many there were."""
    ids = [each.Id for each in api.GetCurrentReservations("admin").Reservations]
    for sandbox in ids:
        with suppress(Exception):  # It may be ending already.
            api.EndReservation(sandbox)
    until(lambda: not list(api.GetCurrentReservations("admin").Reservations), 120)
    return len(ids)


def left_over(api: Any) -> list[str]:
    return [each.Name for each in api.GetResourceList().Resources if each.Name not in PROVIDERS]


def test_everything_is_killed_at_random_while_sandboxes_come_and_go(
    packages: dict[str, Path], tmp_path: Path, figures: Figures
) -> None:
    url = f"sqlite:///{tmp_path}/cloud.db"
    prepare(packages[SHELL], tmp_path / "data", url)
    served = KilledServer(own_address(), tmp_path / "data")
    served.start()
    clients = [Reserver(served.address, number) for number in range(how_many(3, 8))]
    try:
        with working(clients):
            servers, others = kill_at_random(served, how_many(5, 600))
            until(lambda: any(client.answered for client in clients), 120)
        ended = end_all(session(served.address))
        deleted = delete_all(served, url)
        handles = served.handles()
    finally:
        children = served.children()
        served.kill()
    until(lambda: not [pid for pid in children if is_running(pid)])
    assert handles < 100
    answered, unanswered = (sum(getattr(each, name) for each in clients) for name in ("answered", "unanswered"))
    figures.add("kill -9 of everything", servers=servers, drivers_and_scripts=others, sandboxes_answered=answered,
                unanswered=unanswered, ended_afterwards=ended, VMs_deleted_in_Inventory=deleted, VMs_left=0)  # fmt: skip


def delete_all(served: KilledServer, url: str) -> int:
    """Delete what the ends of sandboxes could not, and have the drivers find VMs that nobody knows; nothing is left."""
    api = session(served.address)
    names = left_over(api)
    for name in names:
        api.DeleteResource(name)
    kills._end_leases(url)
    for pid in served.children():
        os.kill(pid, signal.SIGKILL)
    for provider in PROVIDERS:  # The first Deploy of a driver looks for VMs that nobody knows.
        sandbox = api.CreateImmediateReservation("last", "admin", 60).Reservation.Id
        app = api.AddAppToReservation(sandbox, provider, "", 0, 0).ReservedAppName
        api.DeployAppToCloudProvider(sandbox, app, [])
    end_all(api)
    assert left_over(api) == []
    assert kills._instances(url) == {}
    return len(names)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclass
class Ledger:
    """What clients were answered: what must be there afterwards, and how long each answer took."""

    services: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    sandboxes: int = 0
    seconds: list[float] = field(default_factory=list)

    def timed(self, call: Callable[[], Any]) -> Any:
        began = time.monotonic()
        answer = call()
        self.seconds.append(time.monotonic() - began)
        return answer

    def add(self, other: Ledger) -> None:
        self.services += other.services
        self.messages += other.messages
        self.sandboxes += other.sandboxes
        self.seconds += other.seconds


def use_for(address: str, number: int, common: str, seconds: float) -> Ledger:
    """Work as one client: in a sandbox of all clients, and in sandboxes of its own, which it ends and deletes."""
    api, ledger, end = session(address), Ledger(), time.monotonic() + seconds
    while time.monotonic() < end:
        name = f"c{number}-{len(ledger.services)}"
        ledger.timed(lambda name=name: api.AddServiceToReservation(common, "VLAN Auto", name, []))  # type: ignore[misc]
        ledger.services.append(name)
        ledger.timed(lambda name=name: api.WriteMessageToReservationOutput(common, name))  # type: ignore[misc]
        ledger.messages.append(name)
        use_own(api, ledger)
    return ledger


def use_own(api: Any, ledger: Ledger) -> None:
    sandbox = ledger.timed(lambda: api.CreateImmediateReservation("own", "admin", 60)).Reservation.Id
    app = ledger.timed(lambda: api.AddAppToReservation(sandbox, "Web", "", 0, 0)).ReservedAppName
    name = ledger.timed(lambda: api.DeployAppToCloudProvider(sandbox, app, [])).LogicalResourceName
    ledger.timed(lambda: api.ExecuteResourceConnectedCommand(sandbox, name, "PowerOn", "power"))
    ledger.timed(lambda: api.EndReservation(sandbox))
    until(lambda: status(api, sandbox)[0] == "Completed", 120)
    ledger.timed(lambda: api.DeleteReservation(sandbox))
    ledger.sandboxes += 1


def clients_of(address: str, first: int, threads: int, common: str, seconds: float) -> Ledger:
    """Do what one of the clients' processes does: let some clients work."""
    found = Ledger()
    with ThreadPoolExecutor(threads) as pool:
        for ledger in pool.map(lambda each: use_for(address, first + each, common, seconds), range(threads)):
            found.add(ledger)
    return found


def memory() -> float:
    """Return the megabytes that this process, the server, has in memory."""
    (line,) = [each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def threads_at_work() -> list[str]:
    """Return the names of the threads, but for those of requests: AnyIO keeps as many as were busy at once, for the next."""
    return sorted(each.name for each in threading.enumerate() if not each.name.startswith("AnyIO"))


def test_many_clients_at_the_same_time_lose_and_leak_nothing(tmp_path: Path, figures: Figures) -> None:
    processes, threads, seconds = how_many((1, 5, 4.0), (5, 10, 120.0))
    with CloudShellLocal(data=tmp_path / "data") as cloudshell:
        toy = Toy.on(cloudshell, tmp_path)
        toy.app("Web")
        common = toy.services.sandboxes.create("common", "admin", 600).id
        work = [(cloudshell.address, 100 * each, threads, common, seconds) for each in range(processes)]
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            pool.starmap(clients_of, [(*each[:4], 0.0) for each in work])  # Their processes are there now.
            before, began = (memory(), handles(), threads_at_work()), time.monotonic()
            ledger = Ledger()
            for found in pool.starmap(clients_of, work):
                ledger.add(found)
        elapsed = time.monotonic() - began
        require_all(toy, common, ledger)
        until(lambda: handles() <= before[1] + 20)
        # The pool of clients has threads of its own, and the driver's first command has started its reader.
        until(lambda: set(threads_at_work()) <= {*before[2], "driver-reader"})
        after = memory()
    figures.add(
        f"{processes * threads} clients at once", operations=len(ledger.seconds), per_second=len(ledger.seconds) / elapsed,
        sandboxes=ledger.sandboxes, p50_seconds=statistics.median(ledger.seconds),
        p99_seconds=statistics.quantiles(ledger.seconds, n=100)[98], MB_before=before[0], MB_after=after,
    )  # fmt: skip


def require_all(toy: Toy, common: str, ledger: Ledger) -> None:
    """Require that all that was answered is there, and nothing else."""
    services = toy.services
    assert ledger.sandboxes
    assert sorted(each.alias for each in services.sandboxes.get(common).services) == sorted(ledger.services)
    feed = [message.text for message in services.sandboxes.feed(common)]
    assert sorted(set(feed).intersection(ledger.messages)) == sorted(ledger.messages)
    assert [each.name for each in services.store.resources] == [toy.provider.name]
    assert [each.id for each in services.store.sandboxes] == [common]
    assert toy.left()["vms"] == []
    assert [*services.execution_server._running, *services.execution_server._pending] == []
