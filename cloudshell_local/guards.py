"""Middleware of all three applications: the host names that they answer to, and the size of the bodies that they read."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloudshell_local.errors import TooLarge

# A caller who has not logged in sends a log-in, and nothing larger.
MOST_BEFORE_LOG_IN = 2**20
MOST_UPLOADED = 100 * 2**20
MISDIRECTED = "Call this server by its address or as localhost; --allow-host adds other names"


class HostGuard:
    """Middleware that refuses host names of other sites with the status 421 (misdirected request).

    A site can make its own name point at this machine (DNS rebinding). To a browser, the pages of that site and this
    server are then one site. allowed: the names to answer to, besides IP addresses and localhost.
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str] = ()) -> None:
        self._app = app
        self._allowed = {"localhost", *(name.lower() for name in allowed)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        app = self._app if scope["type"] != "http" or self._is_own(_host(scope)) else _refusal()
        await app(scope, receive, send)

    def _is_own(self, host: str) -> bool:
        """Return whether a host is an IP address, which no site can make point elsewhere, or an allowed name."""
        name = host.rpartition(":")[0] if ":" in host.rpartition("]")[2] else host
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return name.lower() in self._allowed
        return True


def _refusal() -> ASGIApp:
    return PlainTextResponse(f"{MISDIRECTED}.", 421, {"x-content-type-options": "nosniff"})


def _host(scope: Scope) -> str:
    """Return the one Host header of a request; empty if there is none, or several."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return hosts[0].decode("latin-1") if len(hosts) == 1 else ""


class BodyGuard:
    """Middleware that ends the reading of a body with TooLarge when it is, or says that it will be, too large.

    is_logged_in: whether a request has a valid session. most: the bytes that its body may have then.
    """

    def __init__(self, app: ASGIApp, is_logged_in: Callable[[HTTPConnection], bool], most: int = MOST_UPLOADED) -> None:
        self._app = app
        self._is_logged_in = is_logged_in
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, whose body is counted while it arrives: one in chunks does not say its length."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most if self._is_logged_in(HTTPConnection(scope)) else min(MOST_BEFORE_LOG_IN, self._most)
        read = 0

        async def counted() -> Message:
            nonlocal read
            _require_size(_announced(scope), most)
            message = await receive()
            read += len(message.get("body", b""))
            _require_size(read, most)
            return message

        await self._app(scope, counted, send)


def _announced(scope: Scope) -> int:
    length = HTTPConnection(scope).headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _require_size(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(most)
