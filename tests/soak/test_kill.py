"""The driver's process is killed at random moments, while it works: what it had answered is there, and nothing is half
done."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cloudshell_local import CloudShellLocal
from cloudshell_local import testing as contexts
from cloudshell_local.errors import LocalError
from cloudshell_local.testing import SandboxApp, connect_subnet, prepare_network, prepare_subnet, vlan
from heavenly_cloud import HeavenlyCloud, InstanceState, open_store
from tests.audit import audit
from tests.end_to_end.conftest import packages
from tests.end_to_end.shell_harness import PackedShell, angel
from tests.fakes import create
from tests.heavenly_cloud.conftest import new_url
from tests.secrets import APP_PASSWORD, leaks, leaks_in_cloud, leaks_in_files
from tests.sizes import how_many
from tests.soak.conftest import Figures

__all__ = ["packages"]
WORKERS = 4


@dataclass
class Known:
    """What was answered of a VM."""

    app: SandboxApp
    macs: set[str]
    state: InstanceState = InstanceState.OFF
    is_unsure: bool = False  # a command on it had no answer
    may_be_gone: bool = False  # that was a deletion


@dataclass
class Worker:
    """Somebody who works in a sandbox, and remembers what was answered."""

    packed: PackedShell
    number: int
    known: dict[str, Known] = field(default_factory=dict)
    answered: int = 0
    unanswered: int = 0
    subnet: str = ""
    keys: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.random = random.Random(self.number)
        self.cidr = f"10.0.{self.number}.0/24"

    def work(self, until: threading.Event) -> None:
        while not until.is_set():
            step = self.random.choice([self.deploy, self.power, self.connect, self.delete, self.deploy])
            try:
                step()
                self.answered += 1
            except LocalError as error:
                assert "killed" in str(error) or "ended" in str(error) or "died" in str(error), error
                self.unanswered += 1

    def prepare(self) -> None:
        actions = [prepare_network(self.cidr), contexts.action("createKeys"), prepare_subnet(self.cidr, "A", False)]
        _, keys, subnet = self.packed.actions("PrepareSandboxInfra", *actions)
        self.keys.add(keys["accessKey"])
        self.subnet = subnet["subnetId"]

    def deploy(self) -> None:
        app, actions = angel(self.packed.shell), list[contexts.Json]()
        app.attributes["Password"] = APP_PASSWORD
        if self.packed.shell.startswith("L3"):
            self.prepare()
            actions.append(connect_subnet(self.subnet, self.cidr, False))
        result = self.packed.actions("Deploy", *actions, contexts.deploy_app(app))[-1]
        app.deployed(result)
        macs = {nic["interfaceId"] for nic in result["vmDetailsData"]["vmNetworkData"]}
        self.known[app.vm_id] = Known(app, macs)

    def power(self) -> None:
        if known := self.one():
            wanted, command = self.random.choice([(InstanceState.ON, "PowerOn"), (InstanceState.OFF, "PowerOff")])
            self.do(command, known)
            known.state, known.is_unsure = wanted, False

    def do(self, command: str, known: Known) -> None:
        known.is_unsure = True
        resource = known.app.resource(self.packed.resource.name, self.packed.sandbox.id)
        self.packed.cloudshell.services.commands.run_on_app(resource, command, self.packed.sandbox)

    def connect(self) -> None:
        if self.packed.shell.startswith("L2") and (known := self.one()):
            was_unsure, known.is_unsure = known.is_unsure, True
            (result,) = self.packed.actions(
                "ApplyConnectivityChanges", vlan("setVlan", known.app, str(self.random.randint(2, 5)))
            )
            known.macs |= set(result["updatedInterface"].split(";"))
            known.is_unsure = was_unsure

    def delete(self) -> None:
        if len(self.known) > 3:
            vm_id = self.random.choice(list(self.known))
            self.known[vm_id].may_be_gone = True
            self.do("DeleteInstance", self.known[vm_id])
            del self.known[vm_id]

    def one(self) -> Known | None:
        """Return some VM that is there for sure."""
        there = [known for known in self.known.values() if not known.may_be_gone]
        return self.random.choice(there) if there else None


def driver_of(folder: Path) -> int | None:
    """Return the process of the driver whose files lie in a folder."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes().decode(errors="replace")
        except OSError:  # It has just ended.
            continue
        if "driver_host.py" in line and str(folder) in line:
            return int(process.parent.name)
    return None


@pytest.mark.parametrize(
    ("shell", "kind"), [("L2HeavenlyCloudShell", "sqlite"), ("L3HeavenlyCloudShell", "postgresql")]
)
def test_kill(
    shell: str, kind: str, packages: dict[str, Path], tmp_path: Path, request: pytest.FixtureRequest, figures: Figures
) -> None:
    url, kills = new_url(kind, tmp_path, request), how_many(2, 100)
    with CloudShellLocal(data=tmp_path / "data") as cloudshell:
        cloudshell.install(packages[shell])
        packed = PackedShell.of(shell, cloudshell)
        packed.set(**{"Cloud Store": url})
        workers = []
        for number in range(WORKERS):
            packed.new_sandbox()
            workers.append(Worker(PackedShell(shell, cloudshell, packed.resource, packed.sandbox), number))
        workers[0].deploy()
        until = threading.Event()
        with ThreadPoolExecutor(WORKERS) as pool:
            working = [pool.submit(worker.work, until) for worker in workers]
            killed = _kill(tmp_path, kills, workers)
            until.set()
        for each in working:
            each.result()
        for worker in workers:  # Work goes on.
            worker.deploy()
        keys = {key for worker in workers for key in worker.keys}
        assert leaks_in_files(cloudshell.logs, keys) == {}
    _check(url, workers, figures, f"kill -9, {kind}", killed)


def _kill(folder: Path, kills: int, workers: list[Worker]) -> int:
    """Kill the driver at random moments, each time after it has answered something."""
    killed, chance = 0, random.Random(7)
    while killed < kills:
        answered = sum(worker.answered for worker in workers)
        while sum(worker.answered for worker in workers) == answered:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.3))
        process = driver_of(folder)
        if process:
            os.kill(process, signal.SIGKILL)
            killed += 1
    return killed


def _check(url: str, workers: list[Worker], figures: Figures, name: str, killed: int) -> None:
    heaven = HeavenlyCloud(store=open_store(url))
    holds = audit(heaven)
    keys = {key for worker in workers for key in worker.keys}
    assert leaks_in_cloud(heaven, keys) == []
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        assert leaks(file.read_bytes().decode(errors="replace"), keys) == []
    known = {vm_id: each for worker in workers for vm_id, each in worker.known.items()}
    for vm_id, each in known.items():
        if each.is_unsure:
            continue
        vm = holds.instances[vm_id]
        assert (vm.name, vm.address) == (each.app.resource_name, each.app.address)
        assert each.macs <= {nic.mac for nic in vm.nics}
        assert vm.state is each.state
    unknown = set(holds.instances) - set(known)
    # Nobody was told of these: those that were not confirmed, the cloud deletes when their lease is over.
    later = HeavenlyCloud(store=heaven.store, now=lambda: time.time() + 86400).login("gabriel", "halo", "narnia")
    create(later)
    left = unknown & set(audit(heaven).instances)
    unanswered = sum(worker.unanswered for worker in workers)
    assert len(left) <= unanswered
    figures.add(
        name,
        kills=killed,
        answered=sum(worker.answered for worker in workers),
        unanswered=unanswered,
        VMs_known=len(known),
        VMs_of_unanswered_Deploys=len(unknown),
        of_these_left_after_their_lease=len(left),
    )
    heaven.close()
