"""Thirty-two threads, and four processes on one database: nothing is given twice, what is allocated is what is used."""

from __future__ import annotations

import multiprocessing
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cloudshell_local import testing as contexts
from cloudshell_local.execution.driver_host import as_context
from cloudshell_local.testing import SandboxApp, connect_subnet, prepare_network, prepare_subnet, vlan
from heavenly_cloud import CloudStore, HeavenlyCloud, open_store
from operations import connectivity, delete, deploy, power, refresh_ip, sandbox_infra
from shell.requests import read_actions
from tests.audit import audit
from tests.fakes import L2, L3, ApiSession, ShellHarness, new_harness, results
from tests.postgres import Postgres
from tests.secrets import leaks_in_cloud, leaks_in_files
from tests.sizes import how_many
from tests.soak.conftest import Figures

THREADS = 32


class Worker:
    """One thread's sandboxes, in a harness that it shares with the others."""

    def __init__(self, harness: ShellHarness, number: int) -> None:
        self.harness = harness
        self.random = random.Random(number)
        self.networking = harness.networking
        self.cidr = f"10.{number // 256}.{number % 256}.0/24"
        # Few sandboxes for many workers: they meet in them.
        self.sandbox = f"sandbox-{number % 8}" if self.networking == L2 else f"sandbox-{number}"
        self.subnet = ""
        self.apps: list[SandboxApp] = []
        self.done = 0

    def work(self, commands: int) -> int:
        """Do commands as they come, then end the sandbox or, in the last life, leave what is there."""
        if self.networking == L3:
            self.prepare()
        for _ in range(commands):
            step = self.random.choice([self.deploy, self.deploy, self.power, self.refresh, self.connect, self.delete])
            step()
            self.done += 1
        return self.done

    def context(self, app: SandboxApp | None = None) -> Any:
        sandbox = self.harness.sandbox
        context = as_context(sandbox.remote_context("t", app) if app else sandbox.resource_context("t"))
        name = "remote_reservation" if app else "reservation"
        getattr(context, name).reservation_id = self.sandbox
        return context

    def prepare(self) -> None:
        actions = [prepare_network(self.cidr), contexts.action("createKeys"), prepare_subnet(self.cidr, "A", False)]
        with self.harness.commands.resource(self.context()) as command:
            answers = results(sandbox_infra.prepare_sandbox_infra(command, read_actions(contexts.request(actions))))
        assert all(answer["success"] for answer in answers), answers
        self.subnet = answers[2]["subnetId"]

    def deploy(self) -> None:
        app = self.harness.app()
        actions = [contexts.deploy_app(app)]
        if self.subnet:
            actions.insert(0, connect_subnet(self.subnet, self.cidr, False))
        with self.harness.commands.resource(self.context()) as command:
            answer = results(deploy.deploy(command, read_actions(contexts.request(actions))))[-1]
        assert answer["success"], answer
        app.deployed(answer)
        self.apps.append(app)

    def power(self) -> None:
        for app in self.random.sample(self.apps, min(2, len(self.apps))):
            with self.harness.commands.remote(self.context(app)) as command:
                self.random.choice([power.power_on, power.power_off])(command)

    def refresh(self) -> None:
        for app in self.random.sample(self.apps, min(1, len(self.apps))):
            with self.harness.commands.remote(self.context(app)) as command:
                power.power_on(command)
                refresh_ip.refresh_ip(command)

    def connect(self) -> None:
        if self.networking == L2 and self.apps:
            kind = self.random.choice(["setVlan", "setVlan", "removeVlan"])
            actions = [vlan(kind, app, str(self.random.randint(2, 9))) for app in self.apps[-3:]]
            with self.harness.commands.resource(self.context()) as command:
                request = read_actions(contexts.request(actions))
                answers = results(connectivity.apply_connectivity_changes(command, request))
            assert all(answer["success"] for answer in answers), answers

    def delete(self) -> None:
        if self.apps:
            app = self.apps.pop(self.random.randrange(len(self.apps)))
            with self.harness.commands.remote(self.context(app)) as command:
                delete.delete_instance(command)


def crowd(networking: str, store: CloudStore | None, first: int, threads: int, commands: int) -> tuple[int, set[str]]:
    """Let threads work on one cloud; return how many commands they did and the ids of the VMs that they left."""
    harness = new_harness(networking)
    heaven = HeavenlyCloud(store=store, new_key_pair=harness.heaven.new_key_pair)
    harness.use(heaven, open_session=lambda _: ApiSession())
    workers = [Worker(harness, first + number) for number in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        done = sum(pool.map(lambda worker: worker.work(commands), workers))
    audit(heaven)
    return done, {app.vm_id for worker in workers for app in worker.apps}


@pytest.mark.parametrize("networking", [L2, L3])
def test_threads_on_one_cloud(networking: str, figures: Figures) -> None:
    began = time.monotonic()
    store = open_store("")
    done, left = crowd(networking, store, 0, THREADS, how_many(15, 1000))
    heaven = HeavenlyCloud(store=store)
    holds = audit(heaven)
    assert set(holds.instances) == left
    assert leaks_in_cloud(heaven) == []
    figures.add(f"{THREADS} threads, {networking}", commands=done, VMs_left=len(left), seconds=time.monotonic() - began)


def in_a_process(url: str, number: int, commands: int, logs: str) -> tuple[int, set[str]]:
    """What one of the processes does: its own driver, eight threads."""
    import os

    os.environ["LOG_PATH"] = logs
    store = open_store(url)
    try:
        return crowd((L2, L3)[number % 2], store, 100 * (number + 1), THREADS // 4, commands)
    finally:
        store.close()


def test_four_processes_on_one_postgresql(postgresql: Postgres, tmp_path: Path, figures: Figures) -> None:
    began, url = time.monotonic(), postgresql.url(f"crowd{time.monotonic_ns()}")
    open_store(url).close()
    work = [(url, number, how_many(5, 250), str(tmp_path)) for number in range(4)]
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.starmap(in_a_process, work)
    heaven = HeavenlyCloud(store=open_store(url))
    holds = audit(heaven)
    assert set(holds.instances) == set.union(*(left for _, left in found))
    assert leaks_in_cloud(heaven) == []
    assert leaks_in_files(tmp_path) == {}
    heaven.close()
    figures.add(
        "4 processes of 8 threads on one PostgreSQL",
        commands=sum(done for done, _ in found),
        VMs_left=len(holds.instances),
        seconds=time.monotonic() - began,
    )
