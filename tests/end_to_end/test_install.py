"""The stock `shellfoundry install`, in the folders that `heavenly pack` writes.

The server here answers the installer's calls with the codes that a CloudShell answers, and keeps what it was sent.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cloudshell_local.environments import environment
from heavenly.pack import ENVIRONMENTS, PROJECT


class Installations(BaseHTTPRequestHandler):
    """A server without the shell: it is not found for an update (404), then added (201)."""

    sent: dict[str, bytes]

    def do_GET(self) -> None:
        self._answer(400)

    def do_PUT(self) -> None:
        self._answer(200 if self.path.endswith("Auth/Login") else 404, b'"token"')

    def do_POST(self) -> None:
        self._answer(201)

    def _answer(self, code: int, body: bytes = b"{}") -> None:
        self.sent[f"{self.command} {self.path}"] = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def server() -> Iterator[tuple[int, dict[str, bytes]]]:
    sent: dict[str, bytes] = {}
    handler = type("Handler", (Installations,), {"sent": sent})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield http.server_address[1], sent
        http.shutdown()
        thread.join()


@pytest.mark.parametrize("shell", ["L2HeavenlyCloudShell", "L3HeavenlyCloudShell"])
def test_shellfoundry_install_sends_the_packed_shell(
    packages: dict[str, Path], server: tuple[int, dict[str, bytes]], tmp_path: Path, shell: str
) -> None:
    port, sent = server
    folder = tmp_path / shell
    shutil.copytree(packages[shell].parent.parent, folder)
    (folder / "cloudshell_config.yml").write_text(f"install: {{host: 127.0.0.1, port: {port}}}\n")
    python = environment(PROJECT / "heavenly" / "shellfoundry.lock", ENVIRONMENTS)
    done = subprocess.run(
        [str(python.with_name("shellfoundry")), "install"],
        cwd=folder,
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Successfully installed shell" in done.stdout + done.stderr
    assert f"PUT /API/Shells/{shell}" in sent
    assert (folder / "dist" / f"{shell}.zip").read_bytes() in sent["POST /API/Shells"]
