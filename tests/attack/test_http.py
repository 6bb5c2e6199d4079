"""Requests that are no HTTP, or too much of it, on all three ports: none does harm, stops the others or fills the log."""

from __future__ import annotations

import http.client
import logging
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cloudshell.api.cloudshell_api import CloudShellAPISession

from cloudshell_local import CloudShellLocal
from tests.cloudshell_local.portal.portal_client import PortalClient
from tests.cloudshell_local.toy import own_address
from tests.sizes import IS_SOAK

HOST = b"Host: localhost\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
LOG_INS = {
    "automation API": b"POST /ResourceManagerApiService/Logon",
    "REST API": b"PUT /api/auth/login",
    "portal": b"POST /login",
}


def post(head: bytes, body: bytes = b"") -> bytes:
    return b"%s HTTP/1.1\r\n" + HOST + head + b"\r\n\r\n" + body


# Each has a place for the method and path of a log-in; without one, it is sent as it is.
MALFORMED = {
    "nothing": b"",
    "an empty line": b"\r\n",
    "zeros": b"\0" * 100,
    "junk": bytes(range(256)),
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 100,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "a version that does not exist": b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
    "a method that does not exist": b"SPEAK / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a method in lower case": b"get / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a long method": b"X" * 10_000 + b" / HTTP/1.1\r\n" + HOST + b"\r\n",
    "TRACE": b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n",
    "CONNECT": b"CONNECT evil.example:80 HTTP/1.1\r\n" + HOST + b"\r\n",
    "OPTIONS": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "no host in HTTP/1.0": b"GET / HTTP/1.0\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n" + HOST + b"Host: evil.example\r\n\r\n",
    "another host": b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "an absolute address": b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\n" + HOST + b": x\r\n\r\n",
    "a header with a zero": b"GET / HTTP/1.1\r\n" + HOST + b"X: \0\r\n\r\n",
    "a header of a megabyte": b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 2**20,
    "many headers": b"GET / HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 20_000,
    "a path of a megabyte": b"GET /" + b"x" * 2**20,
    "a path with a zero": b"GET /%00 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a path that is no text": b"GET /%ff%fe HTTP/1.1\r\n" + HOST + b"\r\n",
    "a path with raw bytes": b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n",
    "a path upwards": b"GET /static/../../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
    "an encoded path upwards": b"GET /static/%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
    "a path upwards with backslashes": b"GET /static/..\\..\\etc\\passwd HTTP/1.1\r\n" + HOST + b"\r\n",
    "a path with a double slash": b"GET //evil.example/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "a question without an end": b"GET /?" + b"a=b&" * 10_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "an upgrade": b"GET / HTTP/1.1\r\n" + HOST + b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "a cookie of junk": b"GET / HTTP/1.1\r\n" + HOST + b"Cookie: cloudshell=\xff\xfe; =;;==\r\n\r\n",
    "a token of junk": b"GET / HTTP/1.1\r\n" + HOST + b"Authorization: Basic \xff;Token==;=\r\n\r\n",
    "a negative length": post(b"Content-Length: -1"),
    "a length that is no number": post(b"Content-Length: ten"),
    "a length of another script": post("Content-Length: ٣".encode()),
    "a huge length": post(b"Content-Length: 99999999999999999999"),
    "two lengths": post(b"Content-Length: 1\r\nContent-Length: 2", b"xx"),
    "a length and chunks": post(b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"0\r\n\r\nGET /x"),
    "an encoding that does not exist": post(b"Transfer-Encoding: gzip, chunked", b"0\r\n\r\n"),
    "a body that is too short": post(b"Content-Length: 1000", b"<Logon"),
    "a chunk of a size that is no number": post(CHUNKED[:-4], b"zz\r\nxx\r\n0\r\n\r\n"),
    "a chunk of a negative size": post(CHUNKED[:-4], b"-1\r\nxx\r\n0\r\n\r\n"),
    "a chunk of a huge size": post(CHUNKED[:-4], b"ffffffffffffffffff\r\nxx"),
    "a chunk that is longer than it says": post(CHUNKED[:-4], b"1\r\nxxxx\r\n0\r\n\r\n"),
    "chunks without an end": post(CHUNKED[:-4], b"1\r\nx\r\n"),
    "a form without an end": post(
        b"Content-Type: multipart/form-data; boundary=a\r\nContent-Length: 9", b"--a\r\nCont"
    ),
    "a form without a boundary": post(b"Content-Type: multipart/form-data\r\nContent-Length: 2", b"xx"),
    "a form in an odd charset": post(
        b"Content-Type: multipart/form-data; boundary=a; charset=unicode_escape\r\nContent-Length: 77",
        b'--a\r\nContent-Disposition: form-data; name="token"\r\n\r\n\\ud800\r\n--a--\r\n'.ljust(77),
    ),
    "JSON without an end": post(b"Content-Type: application/json\r\nContent-Length: 12", b'{"username":'),
    "deep JSON": post(b"Content-Type: application/json\r\nContent-Length: 100000", b"[" * 100_000),
    "two requests at once": post(b"Content-Length: 0") + b"GET / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a request in a request": post(b"Content-Length: 40", b"GET /inventory HTTP/1.1\r\nHost: x\r\n\r\n".ljust(40)),
}


@pytest.fixture(scope="module")
def server() -> Iterator[CloudShellLocal]:
    with CloudShellLocal() as cloudshell:
        yield cloudshell


def ports(server: CloudShellLocal) -> dict[str, int]:
    return dict(zip(LOG_INS, (8029, 9000, int(server.portal.rpartition(":")[2].strip("/")))))


def exchange(server: CloudShellLocal, port: int, request: bytes) -> bytes:
    """Send what is no proper request, and return all that is answered."""
    with socket.create_connection((server.address, port), timeout=20) as client:
        try:
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
            return received(client)
        except TimeoutError:
            raise
        except OSError:  # The server has closed the connection, which is an answer, too.
            return b""


def received(client: socket.socket) -> bytes:
    found = b""
    while part := client.recv(65536):
        found += part
    return found


def statuses(answer: bytes) -> set[int]:
    return {int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]}


@pytest.mark.parametrize("face", LOG_INS)
def test_what_is_no_http_is_refused_without_harm(
    server: CloudShellLocal, face: str, caplog: pytest.LogCaptureFixture
) -> None:
    for name, request in MALFORMED.items():
        whole = request.replace(b"%s HTTP/1.1", LOG_INS[face] + b" HTTP/1.1", 1)
        answer = exchange(server, ports(server)[face], whole)
        assert b"root:" not in answer, name
        assert not {status for status in statuses(answer) if status >= 500}, (name, answer)
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(MALFORMED) >= 48
    assert server.session().GetServerDateAndTime()


def first_answer(server: CloudShellLocal, port: int, request: bytes) -> tuple[int, str]:
    """Send the beginning of a request, and return the answer that comes before its end."""
    with socket.create_connection((server.address, port), timeout=20) as client:
        client.sendall(request)
        response = http.client.HTTPResponse(client)
        response.begin()
        return response.status, response.read().decode()


KINDS = ["application/x-www-form-urlencoded", "multipart/form-data"]
# The portal reads no JSON.
BODIES = [(face, kind) for face in LOG_INS for kind in KINDS] + [("REST API", "application/json")]


@pytest.mark.parametrize(("face", "kind"), BODIES)
def test_a_log_in_of_more_than_a_megabyte_is_refused_before_it_is_read(
    server: CloudShellLocal, face: str, kind: str
) -> None:
    head = LOG_INS[face] + b" HTTP/1.1\r\n" + HOST + f"Content-Type: {kind}; boundary=a\r\n".encode()
    announced = first_answer(server, ports(server)[face], head + b"Content-Length: 400000000\r\n\r\n")
    chunks = CHUNKED + b"100001\r\n" + part_of_a_form(kind).ljust(0x100001, b"x")
    arriving = first_answer(server, ports(server)[face], head + chunks)
    for status, text in (announced, arriving):
        assert "The request is too large: 1 MB are read at most" in text
        assert status == (200 if face == "automation API" else 413)


def part_of_a_form(kind: str) -> bytes:
    part = b'--a\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n'
    return part if kind.startswith("multipart") else b"a="


def test_an_upload_of_more_than_100_megabytes_is_refused_before_it_is_read(server: CloudShellLocal) -> None:
    token = server.services.access.log_on("admin", "admin", "Global").token
    headers = {
        "automation API": (b"POST /ResourceManagerApiService/CreateResource", f"Authorization: Token={token}", "16"),
        "REST API": (b"POST /api/shells", f"Authorization: Basic {token}", "100"),
        "portal": (b"POST /shells/upload", f"Cookie: cloudshell={token}", "100"),
    }
    for face, (line, header, most) in headers.items():
        head = (
            line + b" HTTP/1.1\r\n" + HOST + header.encode() + b"\r\nContent-Type: multipart/form-data; boundary=a\r\n"
        )
        _, text = first_answer(server, ports(server)[face], head + b"Content-Length: 104857601\r\n\r\n")
        assert f"The request is too large: {most} MB are read at most" in text


@pytest.mark.parametrize(("face", "kind"), BODIES)
def test_a_client_that_leaves_while_it_sends_leaves_no_traceback(
    server: CloudShellLocal, face: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    head = f"Content-Length: 1000\r\nContent-Type: {kind}; boundary=a\r\n\r\n"
    request = LOG_INS[face] + b" HTTP/1.1\r\n" + HOST + head.encode()
    assert exchange(server, ports(server)[face], request) == b""
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_client_does_not_choose_the_address_that_its_failed_log_ins_are_counted_by(server: CloudShellLocal) -> None:
    bodies = {
        "automation API": ("text/xml", b"<Logon><username>mallory</username><password>x</password></Logon>"),
        "REST API": ("application/json", b'{"username": "mallory", "password": "x"}'),
    }
    for face, (kind, body) in bodies.items():
        forged = f"X-Forwarded-For: 192.0.2.7\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        request = LOG_INS[face] + b" HTTP/1.1\r\n" + HOST + forged.encode() + body
        _, text = first_answer(server, ports(server)[face], request)
        assert "Login failed" in text
    portal = PortalClient(server, user="")
    portal.session.headers["X-Forwarded-For"] = "192.0.2.7"
    assert portal.log_in("mallory", "x").status_code == 401
    assert [failure for user, failure in server.services.access._delays._failures if user == "mallory"] == ["127.0.0.1"]
    assert server.services.access._delays._failures["mallory", "127.0.0.1"].count == 3


def limited_server(tmp_path: Path, handles: int) -> subprocess.Popen[bytes]:
    """Start a server that may open few handles; its log is in the folder."""
    command = [str(Path(sys.executable).with_name("cloudshell-local")), "serve", "--host", own_address()]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (handles, handles)),
        )
    assert process.stdout
    while b"Press Ctrl-C" not in process.stdout.readline():
        assert process.poll() is None, (tmp_path / "log").read_text()
    return process


@pytest.mark.slow
def test_half_open_connections_stop_no_port_and_fill_no_log(tmp_path: Path) -> None:
    handles, clients = (1024, 1500) if IS_SOAK else (256, 300)
    process = limited_server(tmp_path, handles)
    try:
        with ExitStack() as stack:
            for _ in range(clients):
                client = stack.enter_context(socket.create_connection((own_address(), 9000), timeout=20))
                client.send(b"POST /api/shells HTTP/1.1\r\n")
            session: Any = CloudShellAPISession(own_address(), "admin", "admin", "Global")
            assert session.GetServerDateAndTime()
            with socket.create_connection((own_address(), 9000), timeout=20) as client:
                client.sendall(b"GET /api/standards HTTP/1.1\r\n" + HOST + b"\r\n")
                assert client.recv(1000).startswith(b"HTTP/1.1 401")
        assert len(list(Path(f"/proc/{process.pid}/fd").iterdir())) < handles / 2
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert (tmp_path / "log").read_text() == ""
