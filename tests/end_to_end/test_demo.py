from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from heavenly import cli, demo
from heavenly.demo import Story, tell_l2, tell_l3
from heavenly.pack import BUILD


def test_the_demo_keeps_every_promise_shows_progress_and_a_table() -> None:
    result = CliRunner().invoke(cli.main, ["demo"])
    assert result.exit_code == 0, result.output
    assert "Every promise was kept." in result.output
    for shell in ("L2HeavenlyCloudShell", "L3HeavenlyCloudShell"):
        assert f"Packing {shell}" in result.output
        assert f"{shell}: DeleteInstance: 2 VMs are gone" in result.output
        assert (BUILD / shell / "dist" / f"{shell}.zip").exists()
    assert "Online" in result.output
    assert "Offline" in result.output


def test_a_broken_promise_is_told_and_ends_non_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Story, "power", lambda *_: demo.promise(False, "the sky is blue"))
    result = CliRunner().invoke(cli.main, ["demo"])
    assert result.exit_code == 1
    assert "a promise was broken: the sky is blue" in re.sub(r"\s+", " ", result.output)
    assert "Every promise" not in result.output


def test_a_secret_in_a_log_is_found(tmp_path: Path) -> None:
    (tmp_path / "driver.log").write_text("nothing here")
    assert demo._secrets_in(tmp_path, "c1ph3r") == ""
    for secret in ("c1ph3r", "-----BEGIN RSA PRIVATE KEY-----", '"halo"'):
        (tmp_path / "driver.log").write_text(f"it is {secret}")
        assert "driver.log" in demo._secrets_in(tmp_path, "c1ph3r")


def test_a_sandboxes_life_is_the_same_on_every_python(l2: Story, l3: Story) -> None:
    tell_l2(l2)
    tell_l3(l3)
    assert [row[0] for row in l2.rows][-1] == "Disconnect what is gone"
    assert [row[0] for row in l3.rows][-1] == "CleanupSandboxInfra again"
