from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from heavenly import cli, demo
from heavenly.demo import Walkthrough
from heavenly.pack import BUILD


def said(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_the_demo_tells_the_guides_story_in_order_and_what_was_deployed_and_where() -> None:
    result = CliRunner().invoke(cli.main, ["demo"])
    assert result.exit_code == 0, result.output
    assert "Every promise was kept." in result.output
    for shell in ("L2HeavenlyCloudShell", "L3HeavenlyCloudShell"):
        assert f"Packing {shell}" in result.output
        assert (BUILD / shell / "dist" / f"{shell}.zip").exists()
        _, _, story = result.output.partition(f"\n{shell}\n")
        chapters = re.findall(r"^  (Install|Inventory|Apps|Sandbox): ", story, re.MULTILINE)
        assert list(dict.fromkeys(chapters)) == ["Install", "Inventory", "Apps", "Sandbox"]
        assert f"What {shell} deployed, and where" in story
    assert "Sandbox setup finished successfully" in result.output
    assert "with a wrong password: The cloud refused the user 'gabriel'" in result.output
    assert re.search(r"Angel-\w+ │ 10\.0\.0\.\d+ +│ subnet-\w+", result.output)
    assert re.search(r"│ 198\.51\.100\.\d+ +│ subnet-\w+", result.output)
    assert re.search(r"Man-\w+ +│ 172\.16\.0\.\d+ +│ management-narnia", result.output)
    assert not (BUILD / "L2HeavenlyCloudShell" / "cloudshell_config.yml").exists()


def test_a_broken_promise_is_told_and_ends_non_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Walkthrough) -> None:
        demo.promise(False, "the sky is [blue]")

    monkeypatch.setattr(demo, "pack", lambda *_: [])
    monkeypatch.setattr(Walkthrough, "run", broken)
    result = CliRunner().invoke(cli.main, ["demo"])
    assert result.exit_code == 1
    assert "a promise was broken: the sky is [blue]" in said(result.output)
    assert "Every promise" not in result.output


def test_a_secret_in_a_log_is_found(tmp_path: Path) -> None:
    (tmp_path / "driver.log").write_text("nothing here")
    assert demo._secrets_in(tmp_path) == ""
    for secret in ("feather-light", "-----BEGIN RSA PRIVATE KEY-----", '"halo"'):
        (tmp_path / "driver.log").write_text(f"it is {secret}")
        assert "driver.log" in demo._secrets_in(tmp_path)
