from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from cloudshell_local import connections
from cloudshell_local.connections import BODY_SECONDS, HEAD_SECONDS, MOST_CONNECTIONS, Connection, most_connections
from tests.fakes import Clock

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


@dataclass
class Timer:
    """A timer of the fake event loop."""

    due: float
    work: Callable[[], object]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class Task:
    """A task of the fake event loop, which never runs."""

    def add_done_callback(self, _: object) -> None: ...


@dataclass
class Loop:
    """An event loop whose time is a test's clock. It runs timers, and no application."""

    clock: Clock
    timers: list[Timer] = field(default_factory=list)

    def time(self) -> float:
        return 1000 + self.clock.time

    def call_later(self, seconds: float, work: Callable[[], object]) -> Timer:
        self.timers.append(Timer(self.clock.time + seconds, work))
        return self.timers[-1]

    def create_task(self, work: Any) -> Task:
        work.close()
        return Task()

    def sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        for timer in [each for each in self.timers if each.due <= self.clock.time and not each.cancelled]:
            timer.cancelled = True
            timer.work()


@dataclass
class Transport:
    """A transport that keeps what is written."""

    written: bytes = b""
    closed: bool = False

    def get_extra_info(self, _: str) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def is_closing(self) -> bool:
        return self.closed

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    abort = close


async def _nothing(scope: object, receive: object, send: object) -> None: ...


@dataclass
class Port:
    """A port with connections whose event loop is a fake one."""

    loop: Loop
    state: ServerState = field(default_factory=ServerState)

    def connect(self) -> Connection:
        config = Config(_nothing, interface="asgi3", lifespan="off", log_config=None)
        made = Connection(config, self.state, {}, self.loop)  # type: ignore[arg-type]
        made.connection_made(Transport())  # type: ignore[arg-type]
        self.loop.clock.sleep(0.001)
        return made


@pytest.fixture
def port(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Port:
    monkeypatch.setattr(connections, "most_connections", lambda: 3)
    return Port(Loop(clock))


def is_closed(connection: Connection) -> bool:
    return connection.transport.is_closing()


def test_a_head_has_to_arrive_in_time_however_slowly_its_client_sends(port: Port) -> None:
    silent, slow = port.connect(), port.connect()
    for byte in HEAD[:10]:
        slow.data_received(bytes([byte]))
        port.loop.sleep(HEAD_SECONDS / 10 - 0.01)
    assert not is_closed(slow)
    port.loop.sleep(0.2)
    assert is_closed(silent)
    assert is_closed(slow)


def test_a_body_may_take_long_and_its_client_may_pause_but_not_for_long(port: Port) -> None:
    connection = port.connect()
    connection.data_received(HEAD + b"Content-Length: 10\r\n\r\n")
    for _ in range(3):
        port.loop.sleep(BODY_SECONDS - 1)
        connection.data_received(b"x")
    assert not is_closed(connection)
    port.loop.sleep(BODY_SECONDS)
    assert is_closed(connection)


def test_a_client_is_not_blamed_for_what_the_server_has_not_read(port: Port) -> None:
    connection = port.connect()
    connection.data_received(HEAD + b"Content-Length: 1000000\r\n\r\n" + b"x" * 100_000)
    port.loop.sleep(10 * BODY_SECONDS)
    assert not is_closed(connection)


def test_a_request_that_is_there_may_take_any_time(port: Port) -> None:
    connection = port.connect()
    connection.data_received(HEAD + b"\r\n")
    port.loop.sleep(10 * 3600)
    assert not is_closed(connection)


def test_of_too_many_connections_the_one_that_waits_longest_is_closed(port: Port) -> None:
    busy = port.connect()
    busy.data_received(HEAD + b"\r\n")
    oldest, older = port.connect(), port.connect()
    oldest.data_received(HEAD)
    newest = port.connect()
    assert [is_closed(each) for each in (busy, oldest, older, newest)] == [False, True, False, False]


def test_when_all_are_busy_the_newest_is_closed(port: Port) -> None:
    busy = [port.connect() for _ in range(3)]
    for each in busy:
        each.data_received(HEAD + b"\r\n")
    assert is_closed(port.connect())
    assert not any(map(is_closed, busy))


def test_a_request_that_breaks_off_in_junk_is_answered_once(port: Port) -> None:
    connection = port.connect()
    connection.data_received(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    connection.data_received(b"junk\r\n")
    written = connection.transport.written  # type: ignore[attr-defined]
    assert written.startswith(b"HTTP/1.1 400")
    assert is_closed(connection)
    assert connection.cycle.disconnected


def test_junk_after_an_answer_has_begun_ends_the_connection(port: Port) -> None:
    connection = port.connect()
    connection.data_received(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    connection.cycle.response_started = True
    connection.data_received(b"junk\r\n")
    assert connection.transport.written == b""  # type: ignore[attr-defined]
    assert is_closed(connection)


@pytest.mark.parametrize(("handles", "most"), [(1024, 204), (10**6, MOST_CONNECTIONS), (-1, MOST_CONNECTIONS)])
def test_a_port_has_a_fifth_of_the_handles_for_its_connections(
    monkeypatch: pytest.MonkeyPatch, handles: int, most: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (handles, handles))
    assert most_connections() == most
