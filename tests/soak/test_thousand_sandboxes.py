"""A thousand sandboxes through one driver process: what it holds open and how much memory it takes stay flat."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from cloudshell_local import CloudShellLocal
from cloudshell_local import testing as contexts
from cloudshell_local.testing import connect_subnet, prepare_network, prepare_subnet
from tests.end_to_end.conftest import packages
from tests.end_to_end.shell_harness import PackedShell, angel
from tests.secrets import APP_PASSWORD, leaks_in_files
from tests.sizes import how_many
from tests.soak.conftest import Figures
from tests.soak.test_kill import drivers_of

__all__ = ["packages"]
SHELL = "L3HeavenlyCloudShell"


@dataclass
class Taken:
    """What a process has: open files, threads, megabytes."""

    files: int
    threads: int
    memory: float

    @classmethod
    def by(cls, process: int) -> Taken:
        folder = Path(f"/proc/{process}")
        status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        files, threads = len(list((folder / "fd").iterdir())), int(status["Threads"])
        return cls(files, threads, int(status["VmRSS"].split()[0]) / 1024)


def sandbox_life(packed: PackedShell, number: int, timed: Callable[[str, Callable[[], object]], None]) -> str:
    """Set a sandbox up, use it and tear it down; return its private key."""
    packed.new_sandbox()
    cidr = f"10.{number // 256}.{number % 256}.0/24"
    actions = [prepare_network(cidr), contexts.action("createKeys"), prepare_subnet(cidr, "A", True)]
    _, keys, subnet = packed.actions("PrepareSandboxInfra", *actions)
    app = angel(SHELL)
    app.attributes["Password"] = APP_PASSWORD
    timed("Deploy", lambda: packed.deploy(app, connect_subnet(subnet["subnetId"], cidr, True)))
    timed("PowerOn", lambda: packed.on_app("PowerOn", app))
    timed("GetVmDetails", lambda: packed.details(app))
    packed.on_app("remote_refresh_ip", app)
    packed.on_app("DeleteInstance", app)
    packed.actions("CleanupSandboxInfra", contexts.action("cleanupNetwork"))
    packed.cloudshell.services.store.resources.remove(app.resource_name)
    return str(keys["accessKey"])


def test_a_thousand_sandboxes(packages: dict[str, Path], tmp_path: Path, figures: Figures) -> None:
    number, times, keys = how_many(40, 1000), dict[str, list[float]](), set[str]()

    def timed(command: str, do: Callable[[], object]) -> None:
        began = time.perf_counter()
        do()
        times.setdefault(command, []).append(time.perf_counter() - began)

    with CloudShellLocal(data=tmp_path / "data") as cloudshell:
        cloudshell.install(packages[SHELL])
        packed = PackedShell.of(SHELL, cloudshell)
        for each in range(20):
            keys.add(sandbox_life(packed, each, timed))
        (process,) = drivers_of(tmp_path)
        assert process
        early = Taken.by(process)
        for each in range(20, number):
            keys.add(sandbox_life(packed, each, timed))
        assert drivers_of(tmp_path) == [process], "it was one process all the time"
        late = Taken.by(process)
        assert leaks_in_files(cloudshell.logs, keys) == {}
    assert len(keys) == number
    # A connection to CloudShell's API may happen to be open.
    assert late.files <= early.files + 2
    assert late.threads <= early.threads + 1
    assert late.memory < early.memory + 25
    part = max(number // 10, 20)
    figures.add(
        "Sandboxes through one driver",
        sandboxes=number,
        files=late.files,
        threads=late.threads,
        MB_after_20=early.memory,
        MB_in_the_end=late.memory,
        **{
            f"{command}_late_to_early": statistics.median(taken[-part:]) / statistics.median(taken[:part])
            for command, taken in times.items()
        },
    )
