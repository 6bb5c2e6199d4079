"""The ports, on one address, and the threads that serve them."""

from __future__ import annotations

import math
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TypeVar

import anyio.to_thread
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request

from cloudshell_local.errors import AddressTaken, WrongCall
from cloudshell_local.threads import start_thread

# CloudShell's clients have them fixed, so each server has an address of its own.
AUTOMATION_PORT, REST_PORT = 8029, 9000
PORTS = (AUTOMATION_PORT, REST_PORT)
# Where the portal is unless that port is taken: then on any free one, since people are told where.
PORTAL_PORT = 8100
MOST_UPLOADED = 100 * 2**20
LOOPBACK = [f"127.0.0.{last}" for last in range(1, 255)]
# A client that keeps its connection must not find it closed when it calls again.
KEEP_ALIVE_SECONDS = 300
T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """Do work that may take long. There is no limit to how many: commands that wait call back meanwhile."""
    return await anyio.to_thread.run_sync(work, limiter=_unlimited())


def _unlimited() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(math.inf)


def refuse_oversized(request: Request) -> None:
    """Raise WrongCall for an upload that says that it is too large."""
    if int(request.headers.get("content-length") or 0) > MOST_UPLOADED:
        raise WrongCall(f"The upload is larger than {MOST_UPLOADED >> 20} MB")


def listen(address: str | None) -> list[socket.socket]:
    """Return sockets that listen at an address, or at the first free loopback one; raise AddressTaken.

    They are on the automation API's port, the REST API's and the portal's.
    """
    for each in [address] if address else LOOPBACK:
        listeners = _listen(each)
        if listeners:
            return listeners
    raise AddressTaken(address or f"any of {LOOPBACK[0]} to {LOOPBACK[-1]}", PORTS)


def _listen(address: str) -> list[socket.socket]:
    with ExitStack() as stack:
        listeners = []
        for ports in ((AUTOMATION_PORT,), (REST_PORT,), (PORTAL_PORT, 0)):
            listener = next((found for found in (_listen_at(address, port) for port in ports) if found), None)
            if not listener:
                return []
            listeners.append(stack.enter_context(listener))
        stack.pop_all()
        return listeners


def _listen_at(address: str, port: int) -> socket.socket | None:
    # With the protocol named, asyncio turns Nagle off; else every answer waits 40 ms.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except OSError:
        listener.close()
        return None
    listener.listen(128)
    return listener


class HttpServer:
    """Serves an application on a socket that listens, in a thread, from when it is made."""

    def __init__(self, app: Starlette, listener: socket.socket) -> None:
        config = uvicorn.Config(
            app, log_level="error", lifespan="off", timeout_keep_alive=KEEP_ALIVE_SECONDS, timeout_graceful_shutdown=5
        )
        self._server = uvicorn.Server(config)
        name = f"port {listener.getsockname()[1]}"
        # The port is open already: a client that connects now waits for the server.
        self._thread = start_thread(name, lambda: self._server.run(sockets=[listener]))

    def end(self) -> None:
        """Tell it to stop serving."""
        self._server.should_exit = True

    def wait(self) -> None:
        """Wait until it has stopped."""
        self._thread.join()


def close_all(servers: Sequence[HttpServer]) -> None:
    """Stop serving on all ports."""
    for server in servers:
        server.end()
    for server in servers:
        server.wait()
