"""Benchmarks of the cloud: create, find, power and delete with few and many VMs; memory; stores; other mock clouds."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
import tracemalloc
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.commands import roomy_data
from benchmarks.measure import medians, ratio, show, spent
from cloudshell_local.execution.environments import ensure_environment
from heavenly.pack import ENVIRONMENTS
from heavenly_cloud import Angel, Client, HeavenlyCloud, Instance, InstanceRequest, open_store
from heavenly_cloud.config import SampleData

FILLED = (100, 10_000, 100_000)
ROUNDS = 2000
OPERATIONS = ("create", "find", "power", "delete")


class BareDict:
    """Lower bound for a cloud: a dict, UUIDs and a lock."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, str]] = {}
        self.lock = threading.Lock()

    def create(self) -> str:
        key = str(uuid.uuid4())
        with self.lock:
            self.things[key] = {"name": "web", "state": "off"}
        return key


def new_client() -> Client:
    """Return a client of an empty cloud."""
    return HeavenlyCloud(roomy_data(), seed=1).login("gabriel", "halo", "narnia")


def create(client: Client) -> Instance:
    return client.create_instance(InstanceRequest(client.new_instance_id(), "web", Angel(2, 11.5), "ubuntu", "small"))


def operations(client: Client) -> dict[str, Callable[[], object]]:
    """Return a function for each operation, on a VM of its own."""
    made: list[str] = []
    known = create(client).id
    states = [client.power_on, client.power_off]

    def power() -> None:
        states.reverse()
        states[0](known)

    return {
        "create": lambda: made.append(create(client).id),
        "find": lambda: client.get_instance(known),
        "power": power,
        "delete": lambda: client.delete_instance(made.pop()),
    }


def run() -> None:
    """Run the benchmarks and print their tables."""
    clouds: dict[int, dict[str, Callable[[], object]]] = {}
    for number in FILLED:
        client = new_client()
        for _ in range(number):
            create(client)
        clouds[number] = operations(client)
    bare = BareDict()
    rows = []
    for name in OPERATIONS:
        things = [clouds[number][name] for number in FILLED]
        *taken, least = medians(ROUNDS, *things, bare.create)
        growth = ratio(taken[-1] / taken[0], 1.25)
        against = ratio(taken[0] / least, 20 if name == "create" else None)
        rows.append([name, *map(spent, taken), growth, against])
    columns = ["operation", *(f"{number:,} VMs" for number in FILLED), "100,000 : 100", ": bare dict's create"]
    show("The cloud", columns, rows)
    _memory()
    _stores()
    _others()


def _memory() -> None:
    client = new_client()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(10_000):
        create(client)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    show("Memory", ["", "kB"], [["a VM (of 10,000)", ratio((after - before) / 10_000 / 1000, 2.5)]])


def _stores() -> None:
    """Compare a SQLite file with memory, with few and many VMs. PostgreSQL costs its round trips besides."""
    with tempfile.TemporaryDirectory() as folder:
        clouds = [
            HeavenlyCloud(
                replace(roomy_data(), sample_data=SampleData(instances=number)), store=open_store(url), seed=1
            )
            for number, url in ((100, ""), (100, f"sqlite:///{folder}/few.db"), (10_000, f"sqlite:///{folder}/many.db"))
        ]
        things = [operations(cloud.login("gabriel", "halo", "narnia")) for cloud in clouds]
        rows = []
        for name in OPERATIONS:
            memory, few, many = medians(ROUNDS // 10, *(each[name] for each in things))
            rows.append([name, *map(spent, (memory, few, many)), f"{few / memory:.0f}", ratio(many / few, 1.25)])
        columns = ["operation", "memory", "SQLite, 100 VMs", "10,000 VMs", "SQLite : memory", "10,000 : 100"]
        show("The cloud in a store", columns, rows)
        for cloud in clouds:
            cloud.close()


def _others() -> None:
    here = Path(__file__).parent
    python = ensure_environment(here / "others.lock", ENVIRONMENTS, report=print)
    done = subprocess.run([str(python), str(here / "others.py")], capture_output=True, text=True, check=True)
    others: dict[str, dict[str, float]] = json.loads(done.stdout)
    ours = operations(new_client())
    rows: list[list[Any]] = []
    for name in OPERATIONS:
        (taken,) = medians(ROUNDS, ours[name])
        row: list[Any] = [name, spent(taken)]
        for times in others.values():
            row += [spent(times[name]), f"{times[name] / taken:.1f}"] if name in times else ["-", "-"]
        rows.append(row)
    columns = ["operation", "ours", *(part for name in others for part in (name, ": ours"))]
    show("Other mock clouds, with 100 VMs there", columns, rows)
