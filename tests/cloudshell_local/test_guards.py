from __future__ import annotations

import asyncio
import http.client
from collections.abc import Iterable, Iterator

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Router
from starlette.types import ASGIApp, Message

from cloudshell_local import CloudShellLocal
from cloudshell_local.errors import TooLarge
from cloudshell_local.guards import MISDIRECTED, BodyGuard, HostGuard


def call(app: ASGIApp, headers: Iterable[tuple[str, str]], body: Iterable[bytes] = (b"",)) -> tuple[int, str]:
    """Call an application, and return the status and the text of its response."""
    parts, sent = list(body), list[Message]()
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "server": ("127.0.0.1", 1)}
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers]

    async def receive() -> Message:
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app({**scope, "headers": encoded}, receive, send))  # type: ignore[arg-type]
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent).decode()


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("127.0.0.1:8100", True),
        ("192.0.2.7", True),
        ("[::1]:8100", True),
        ("localhost:8100", True),
        ("LOCALHOST", True),
        ("lab.example:9000", True),
        ("evil.example:8100", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("evil.lab.example", False),
        ("\xe9vil", False),
        ("", False),
    ],
)
def test_only_an_address_or_localhost_or_an_allowed_name_is_an_own_host_name(host: str, is_own: bool) -> None:
    guard = HostGuard(PlainTextResponse("here"), ["Lab.example"])
    assert call(guard, [("host", host)]) == ((200, "here") if is_own else (421, f"{MISDIRECTED}."))


@pytest.mark.parametrize("hosts", [[], ["localhost", "evil.example"], ["localhost", "localhost"]])
def test_a_request_without_one_host_is_refused(hosts: list[str]) -> None:
    assert call(HostGuard(PlainTextResponse("here")), [("host", host) for host in hosts])[0] == 421


def test_another_sites_host_name_is_refused_on_all_three_ports(cloudshell: CloudShellLocal) -> None:
    for port in (8029, 9000, int(cloudshell.portal.rpartition(":")[2].strip("/"))):
        connection = http.client.HTTPConnection(cloudshell.address, port, timeout=10)
        connection.request("PUT", "/API/Auth/Login", '{"username": "admin"}', {"Host": f"evil.example:{port}"})
        response = connection.getresponse()
        assert (response.status, response.read().decode()) == (421, f"{MISDIRECTED}.")
        connection.close()


async def _read(request: Request) -> Response:
    try:
        return PlainTextResponse(str(len(await request.body())))
    except TooLarge as error:
        return PlainTextResponse(str(error), 413)


def guarded(is_logged_in: bool, most: int) -> BodyGuard:
    return BodyGuard(Router(default=_app), lambda _: is_logged_in, most)


async def _app(scope, receive, send):  # type: ignore[no-untyped-def]
    await (await _read(Request(scope, receive)))(scope, receive, send)


def many(part: bytes, times: int) -> Iterator[bytes]:
    return (part for _ in range(times))


def test_a_body_that_says_no_length_is_counted_while_it_arrives() -> None:
    megabyte = b"x" * 2**20
    app = guarded(True, 2 * 2**20)
    assert call(app, [], many(megabyte, 2)) == (200, str(2 * 2**20))
    assert call(app, [], [*many(megabyte, 2), b"x"]) == (413, "The request is too large: 2 MB are read at most")


def test_a_body_that_says_too_large_a_length_is_not_read() -> None:
    assert call(guarded(True, 2**20), [("content-length", str(2**20 + 1))], [])[0] == 413
    # A length that is no number is refused by the server before; here it only must not fail.
    assert call(guarded(True, 2**20), [("content-length", "many")])[0] == 200


def test_a_caller_who_has_not_logged_in_sends_a_megabyte_at_most() -> None:
    assert call(guarded(False, 2**30), [("content-length", str(2**20 + 1))], [])[0] == 413
    assert call(guarded(False, 2**30), [], [b"x" * 2**20]) == (200, str(2**20))
    assert call(guarded(False, 10), [], [b"x" * 11])[0] == 413
