"""What the local CloudShell costs: a call of its API and a command of a driver, against their floors, and its sandboxes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks import sandboxes
from benchmarks.measure import medians, ratio, show, spent
from cloudshell_local import CloudShellLocal
from cloudshell_local.automation_api import xml
from cloudshell_local.execution.driver_process import DriverProcess
from cloudshell_local.execution.environments import ensure_environment
from cloudshell_local.http import HttpServer, in_thread, listen
from heavenly.pack import ENVIRONMENTS
from tests.cloudshell_local.toy import Toy

ROUNDS = 301


def run() -> None:
    """Measure and show."""
    with CloudShellLocal(environments=ENVIRONMENTS) as cloudshell, tempfile.TemporaryDirectory() as control:
        toy = Toy.on(cloudshell, Path(control))
        toy.services.inventory.set_attributes(toy.provider.name, {"Control": ""})
        toy.provider = toy.services.store.resources.get(toy.provider.name)
        show("The local CloudShell", ["what", "median", "floor", "ratio"], [_call(cloudshell), _command(toy)])
        sandboxes.run(toy)


def _call(cloudshell: CloudShellLocal) -> list[Any]:
    """A call of the API, against one that does nothing in the same server."""

    async def nothing(_: Request) -> Response:
        return await in_thread(lambda: Response(xml.success_response("GetServerDateAndTime", None)))

    listeners = listen(None)
    bare = HttpServer(Starlette(routes=[Route("/{path:path}", nothing, methods=["POST"])]), listeners[0])
    api, floor = cloudshell.session(), cloudshell.session()
    floor.hostname = floor.host = listeners[0].getsockname()[0]
    for name, value in vars(floor).items():
        if isinstance(value, str):
            setattr(floor, name, value.replace(cloudshell.address, floor.host))
    ours, theirs = medians(ROUNDS, api.GetServerDateAndTime, floor.GetServerDateAndTime)
    bare.end()
    bare.wait()
    for listener in listeners:
        listener.close()
    return ["a call of the automation API", spent(ours), spent(theirs), ratio(ours / theirs, 1.5)]


def _command(toy: Toy) -> list[Any]:
    """A command of a driver, against the same driver's without queue, contexts and tokens."""
    folder = toy.services.commands.driver_folder("Toy")
    python = ensure_environment(folder / "requirements.txt", ENVIRONMENTS)
    with tempfile.TemporaryDirectory() as logs, DriverProcess(folder, python, Path(logs)) as process:
        context = {"class": "ResourceCommandContext"}
        ours, theirs = medians(
            ROUNDS,
            lambda: toy.services.commands.run(toy.provider, "echo", text="a"),
            lambda: process.run("echo", context, text="a", number="7"),
        )
    return ["a command of a driver", spent(ours), spent(theirs), ratio(ours / theirs, 3)]
