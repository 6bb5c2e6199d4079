"""The listening sockets of a server, all on one address, and the threads that serve applications on them."""

from __future__ import annotations

import ipaddress
import logging
import math
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TypeVar

import anyio.to_thread
import uvicorn
from starlette.datastructures import FormData
from starlette.types import ASGIApp

from cloudshell_local.connections import Connection
from cloudshell_local.errors import AddressTaken, WrongCall
from cloudshell_local.repeated_records import FirstOfEach
from cloudshell_local.text import cleaned
from cloudshell_local.threads import start_thread

# CloudShell's clients always use these two ports (docs/reference/server.md §2 Logon and §3 Start-up), so each server needs
# an address of its own.
AUTOMATION_PORT, REST_PORT = 8029, 9000
PORTS = (AUTOMATION_PORT, REST_PORT)
# The portal takes any free port when this one is taken: people read its URL from what the server prints.
PORTAL_PORT = 8100
LOOPBACK = [f"127.0.0.{last}" for last in range(1, 255)]
# A client that keeps its connection must not find it closed when it calls again.
KEEP_ALIVE_SECONDS = 300
# Requests that are being answered when the server ends have so much time.
ENDING_SECONDS = 5
# Connections that nobody has accepted yet. asyncio accepts so many at once, before any of them is counted.
BACKLOG = 64
# The loggers of what serves connections, whose records are about what strangers send.
NOISY_LOGGERS = ("asyncio", "uvicorn.error")
_first_of_each = FirstOfEach()
T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """Do work that may take long in a thread, and return its result.

    The number of such threads is unlimited: a call that waits for a command must not keep out the calls that the command
    itself makes to the server.
    """
    return await anyio.to_thread.run_sync(work, limiter=_unlimited())


def _unlimited() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(math.inf)


def texts_of(form: FormData) -> dict[str, str]:
    """Return the texts of a form by the names of its fields, without what cannot be stored; files are left out."""
    return {cleaned(name): cleaned(value) for name, value in form.items() if isinstance(value, str)}


def listen(address: str | None) -> list[socket.socket]:
    """Return three listening sockets: for the automation API, the REST API and the portal.

    address: None for the first loopback address on which both APIs' ports are free. Raises AddressTaken, and WrongCall for
    what is no address of IP version 4, which the listening sockets and CloudShell's clients have.
    """
    if address and not _is_ipv4(address):
        raise WrongCall(f"The address '{address}' should be an IPv4 address of this machine, as 127.0.0.1")
    for each in [address] if address else LOOPBACK:
        listeners = _listen(each)
        if listeners:
            return listeners
    raise AddressTaken(address or f"any of {LOOPBACK[0]} to {LOOPBACK[-1]}", PORTS)


def _is_ipv4(address: str) -> bool:
    try:
        return bool(ipaddress.IPv4Address(address))
    except ValueError:
        return False


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
    # asyncio sets TCP_NODELAY only on sockets whose protocol is given. Without it an answer takes 40 ms:
    # docs/reference/server.md §2, trap 9.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except OSError:
        listener.close()
        return None
    listener.listen(BACKLOG)
    return listener


class HttpServer:
    """HTTP server of an application on a listening socket. It serves in a thread, from when it is made."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            log_config=None,  # Its records go where those of the server do.
            log_level="error",
            access_log=False,
            proxy_headers=False,  # Whoever logs on would say themselves from where.
            lifespan="off",
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=ENDING_SECONDS,
        )
        for name in NOISY_LOGGERS:
            logging.getLogger(name).addFilter(_first_of_each)
        self._server = uvicorn.Server(config)
        name = f"port {listener.getsockname()[1]}"
        # The port is open already: a client that connects now waits for the server.
        self._thread = start_thread(name, lambda: self._server.run(sockets=[listener]))

    def end(self) -> None:
        """Begin to stop: requests that are being answered have ENDING_SECONDS more."""
        self._server.should_exit = True

    def wait(self) -> None:
        """Wait until the server has stopped."""
        self._thread.join()


def close_all(servers: Sequence[HttpServer]) -> None:
    """Stop all servers, and wait until they have."""
    for server in servers:
        server.end()
    for server in servers:
        server.wait()
