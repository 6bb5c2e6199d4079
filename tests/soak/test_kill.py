"""The driver's process is killed at random moments, while it works: what it had answered is there, and nothing is half
done."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

import pytest
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from cloudshell_local import CloudShellLocal
from cloudshell_local import testing as contexts
from cloudshell_local.errors import LocalError
from cloudshell_local.testing import SandboxApp, connect_subnet, prepare_network, prepare_subnet, vlan
from heavenly_cloud import HeavenlyCloud, InstanceState, open_store
from heavenly_cloud.state import LEASE
from heavenly_cloud.store import Records
from tests.audit import audit
from tests.end_to_end.conftest import packages
from tests.end_to_end.shell_harness import PackedShell, angel
from tests.heavenly_cloud.conftest import new_url
from tests.secrets import APP_PASSWORD, leaks, leaks_in_cloud, leaks_in_files
from tests.sizes import how_many
from tests.soak.conftest import Figures

__all__ = ["packages"]
WORKERS = 4
CLIENTS = 8
# So that most kills fall between the creation of a VM and its answer.
SLOW_ANSWERS = '[{"operation": "create_instance", "phase": "after", "latency": 0.3}]'


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


def drivers_of(folder: Path) -> list[int]:
    """Return the processes of the drivers whose files lie in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes().decode(errors="replace")
        except OSError:  # It has just ended.
            continue
        if "driver_host.py" in line and str(folder) in line:
            found.append(int(process.parent.name))
    return found


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
            killed = _kill(tmp_path, kills, lambda: sum(worker.answered for worker in workers))
            until.set()
        for each in working:
            each.result()
        for worker in workers:  # Work goes on.
            worker.deploy()
        keys = {key for worker in workers for key in worker.keys}
        assert leaks_in_files(cloudshell.logs, keys) == {}
    _check(url, workers, figures, f"kill -9, {kind}", killed)


def _kill(folder: Path, kills: int, answered: Callable[[], int]) -> int:
    """Kill a driver at random moments, each time after something was answered."""
    killed, chance = 0, random.Random(7)
    while killed < kills:
        before = answered()
        while answered() == before:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.3))
        drivers = drivers_of(folder)
        if drivers:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(drivers), signal.SIGKILL)
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
    figures.add(
        name,
        kills=killed,
        answered=sum(worker.answered for worker in workers),
        unanswered=sum(worker.unanswered for worker in workers),
        VMs_known=len(known),
        VMs_of_unanswered_Deploys=len(set(holds.instances) - set(known)),
    )
    heaven.close()


class Client:
    """Somebody who deploys Apps in a sandbox through the automation API and removes them, and minds no failure."""

    def __init__(self, cloudshell: CloudShellLocal, template: str, number: int) -> None:
        self._api = cloudshell.session()
        self._template = template
        self._sandbox = cloudshell.services.sandboxes.create(f"s{number}", "admin", 60).id
        self._random = random.Random(number)
        self._deployed: list[str] = []
        self.removals: list[str] = []
        self.answered = 0

    def work(self, until: threading.Event) -> None:
        while not until.is_set():
            with suppress(CloudShellAPIError):
                self.step()
                self.answered += 1

    def step(self) -> None:
        if len(self._deployed) > 4 and self._random.random() < 0.5:
            name = self._random.choice(self._deployed)
            self._deployed.remove(name)
            self.removals.append(name)
            self._api.RemoveResourcesFromReservation(self._sandbox, [name])
            return
        self.deploy()
        if self._random.random() < 0.5:  # The others are never touched again.
            self._api.ExecuteResourceConnectedCommand(self._sandbox, self._deployed[-1], "PowerOn", "power")

    def deploy(self) -> None:
        app = self._api.AddAppToReservation(self._sandbox, self._template, "", 0, 0).ReservedAppName
        deployed = self._api.DeployAppToCloudProvider(self._sandbox, app, [])
        self._deployed.append(deployed.LogicalResourceName)


def test_after_kills_no_vm_is_unknown_and_none_that_was_answered_is_lost(
    packages: dict[str, Path], tmp_path: Path, figures: Figures
) -> None:
    shell, url = "L2HeavenlyCloudShell", f"sqlite:///{tmp_path}/cloud.db"
    with CloudShellLocal(data=tmp_path / "data") as cloudshell:
        cloudshell.install(packages[shell])
        for name in ("one", "two"):  # Each provider resource has a driver's process of its own.
            attributes = {"Password": "halo", "Cloud Store": url, "Fault Injection": SLOW_ANSWERS}
            cloudshell.create_resource(shell, name, attributes, discover=False)
            cloudshell.add_app(name, f"{shell}.HeavenlyCloudAngelDeployment", name)
        clients = [Client(cloudshell, ("one", "two")[number % 2], number) for number in range(CLIENTS)]
        for client in clients[:2]:
            client.deploy()
        until = threading.Event()
        with ThreadPoolExecutor(CLIENTS) as pool:
            working = [pool.submit(client.work, until) for client in clients]
            killed = _kill(tmp_path, how_many(10, 100), lambda: sum(client.answered for client in clients))
            until.set()
        for each in working:
            each.result()
        before = _unknown(cloudshell, url)
        _end_leases(url)
        for process in drivers_of(tmp_path):  # The first Deploy of a driver looks for VMs that nobody knows.
            os.kill(process, signal.SIGKILL)
        for client in clients[:2]:
            client.deploy()
        assert _unknown(cloudshell, url) == {}
        assert _lost(cloudshell, url, {name for client in clients for name in client.removals}) == set()
        vms = len(_known(cloudshell))
    figures.add(
        "kill -9, VMs that nobody knows", kills=killed, VMs_known=vms, unknown_before=len(before), unknown_after=0
    )


def _known(cloudshell: CloudShellLocal) -> set[str]:
    return {each.vm_details.uid for each in cloudshell.services.store.resources if each.vm_details}


def _instances(url: str) -> dict[str, str]:
    with closing(HeavenlyCloud(store=open_store(url))) as heaven:
        return {vm_id: vm.name for vm_id, vm in audit(heaven).instances.items()}


def _unknown(cloudshell: CloudShellLocal, url: str) -> dict[str, str]:
    return {vm_id: name for vm_id, name in _instances(url).items() if vm_id not in _known(cloudshell)}


def _lost(cloudshell: CloudShellLocal, url: str, removals: set[str]) -> set[str]:
    """Return the VMs that are known and gone, but for those whose deletion was not answered."""
    there = _instances(url)
    resources = [each for each in cloudshell.services.store.resources if each.name not in removals]
    return {each.name for each in resources if each.vm_details and each.vm_details.uid not in there}


def _end_leases(url: str) -> None:
    """Let the time of all leases be over."""
    store = open_store(url)

    def work(records: Records) -> None:
        for kind, owner, key, _ in records.everything():
            if kind == LEASE:
                records.put(kind, owner, key, 0.0)

    store.run(work)
    store.close()
