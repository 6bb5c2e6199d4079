from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import ExitStack

import pytest
from starlette.types import Receive, Scope, Send

from cloudshell_local import http
from cloudshell_local.errors import AddressTaken
from cloudshell_local.http import PORTAL_PORT, PORTS, HttpServer, close_all, listen
from tests.cloudshell_local.toy import own_address


def test_both_ports_are_on_the_first_address_where_both_are_free() -> None:
    first = listen(None)
    second = listen(None)
    try:
        assert [each.getsockname()[1] for each in first][:2] == list(PORTS)
        assert len({each.getsockname()[0] for each in first}) == 1
        assert first[0].getsockname()[0] != second[0].getsockname()[0]
    finally:
        for each in first + second:
            each.close()


def test_the_portal_is_on_another_port_if_its_own_is_taken() -> None:
    address = own_address()
    taken = listen(address)
    for each in taken[:2]:
        each.close()
    again = listen(address)
    try:
        assert taken[2].getsockname()[1] == PORTAL_PORT
        assert again[2].getsockname()[1] not in (0, PORTAL_PORT)
    finally:
        for each in [taken[2], *again]:
            each.close()


def test_an_address_of_which_one_port_is_taken_is_refused_by_name() -> None:
    address = own_address()
    taken = listen(address)
    taken[0].close()
    try:
        with pytest.raises(AddressTaken, match=f"The ports 8029 and 9000, .*, are not both free on {address}"):
            listen(address)
    finally:
        for each in taken[1:]:
            each.close()


def test_no_free_address_is_an_error_that_names_those_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LOOPBACK", ["203.0.113.1", "203.0.113.2"])
    with pytest.raises(AddressTaken, match=r"any of 203\.0\.113\.1 to 203\.0\.113\.2"):
        listen(None)


def test_a_request_that_still_waits_at_the_end_is_answered_and_leaves_no_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(http, "ENDING_SECONDS", 0)
    has_begun = threading.Event()

    async def wait_for_ever(scope: Scope, receive: Receive, send: Send) -> None:
        has_begun.set()
        await asyncio.Event().wait()

    with ExitStack() as stack:
        listeners = [stack.enter_context(each) for each in listen(None)]
        server = HttpServer(wait_for_ever, listeners[0])
        client = stack.enter_context(socket.create_connection(listeners[0].getsockname(), timeout=20))
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert has_begun.wait(20)
        close_all([server])
        assert client.recv(1000).startswith(b"HTTP/1.1 500")
    assert "Traceback" not in caplog.text
    assert "Exception in ASGI application" not in caplog.text
