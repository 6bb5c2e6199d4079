"""Connections of HTTP clients: there are not too many, and one that is silent in the middle of a request is closed."""

from __future__ import annotations

import asyncio
import resource

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# A request's head has to arrive within this time.
HEAD_SECONDS = 20.0
# A client that sends a body may pause for this long.
BODY_SECONDS = 60.0
# A server has three ports, and needs handles for drivers, scripts and files as well.
SHARE_OF_HANDLES = 5
MOST_CONNECTIONS = 1000


def most_connections() -> int:
    """Return how many connections a port may have: a fifth of the handles that the process may open, 1000 at most."""
    handles, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if handles == resource.RLIM_INFINITY else min(handles // SHARE_OF_HANDLES, MOST_CONNECTIONS)


class Connection(H11Protocol):
    """Connection of one client.

    When a port has too many, the one that has let the server wait for the longest time is closed; when the server waits for
    none of them, the newest.
    """

    _waits_since: float | None = None
    _time_limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin: close another connection if there are too many."""
        super().connection_made(transport)
        self._wait_for_client()
        if len(self.connections) > most_connections():
            self._longest_waiting().abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; a request that is being received never arrives."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a part of a request, and limit the time until the next one."""
        super().data_received(data)
        self._wait_for_client()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP. A request that such a thing interrupts is not answered twice."""
        if self._is_open and self.cycle.response_started:
            self.abort()
            return
        if self._is_open:
            self.cycle.disconnected = True  # The application hears of it, and its answer is not sent.
            self.cycle.message_event.set()
        try:
            super().send_400_response(msg)
        except h11.LocalProtocolError:  # Raised after an answer that has ended the connection.
            self.abort()

    def on_response_complete(self) -> None:
        """Wait for the client's next request, which it may have sent already."""
        super().on_response_complete()
        if not self._is_answering:
            self._waits_since = self._waits_since or self.loop.time()

    def abort(self) -> None:
        """Close the connection at once."""
        self._stop_waiting()
        self.transport.abort()

    @property
    def _is_open(self) -> bool:
        """Whether there is a request whose answer is not complete."""
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _is_answering(self) -> bool:
        """Whether there is such a request, and all of it has arrived."""
        return self._is_open and not self.cycle.more_body

    def _wait_for_client(self) -> None:
        if self._is_answering:
            self._stop_waiting()
            return
        self._waits_since = self._waits_since or self.loop.time()
        if self._is_open:
            self._limit_time(BODY_SECONDS)
        elif self._time_limit is None:
            self._limit_time(HEAD_SECONDS)

    def _stop_waiting(self) -> None:
        self._waits_since = None
        if self._time_limit:
            self._time_limit.cancel()
            self._time_limit = None

    def _limit_time(self, seconds: float) -> None:
        if self._time_limit:
            self._time_limit.cancel()
        self._time_limit = self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        if self.flow.read_paused:  # The server has not read what is there yet.
            self._limit_time(BODY_SECONDS)
        else:
            self.abort()

    def _longest_waiting(self) -> Connection:
        others = [each for each in self.connections if isinstance(each, Connection) and each._waits_since]
        return min(others, key=lambda each: each._waits_since or 0, default=self)
