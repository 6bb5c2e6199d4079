from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cloudshell_local.execution import driver_host
from cloudshell_local.execution.host_process import HostProcess


@pytest.fixture
def host(tmp_path: Path) -> HostProcess:
    (tmp_path / "drivermetadata.xml").write_text('<Driver MainClass="some_driver.SomeDriver"/>')
    (tmp_path / "some_driver.py").write_text("class SomeDriver: ...")
    return HostProcess(tmp_path, Path(sys.executable), tmp_path / "driver.out", tmp_path)


def test_a_process_whose_input_is_closed_ends_when_it_has_read_what_was_sent(host: HostProcess) -> None:
    host.send(b'{"id": 1, "command": "fly", "context": {}, "parameters": {}}\n')
    host.send(b'{"cancel": 1}\n')
    host.close_input()
    assert bytes(next(host.lines())) == b'{"loaded": true}'
    host.wait()
    assert host.code == 0


def test_nobody_waits_for_a_process_that_does_not_read(host: HostProcess) -> None:
    lines = host.lines()
    next(lines)
    host.kill()
    host.send(b"x" * 1_000_000 + b"\n")
    host.wait()
    assert host.code == -9


def test_a_line_that_is_too_long_is_an_error(host: HostProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver_host, "MOST_LINE_BYTES", 10)
    host.send(b'{"id": 1, "command": "fly", "context": {}, "parameters": {}}\n')
    with pytest.raises(ValueError, match="A line is longer than 10 bytes"):
        for _ in host.lines():
            host.close_input()
    host.kill()
    host.wait()
