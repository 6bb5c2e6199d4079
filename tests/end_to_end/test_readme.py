from __future__ import annotations

import re
from pathlib import Path

import pytest

from heavenly.pack import PROJECT


def test_the_example_of_the_local_cloudshells_readme_runs(
    packages: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (PROJECT / "cloudshell_local" / "README.md").read_text(), re.DOTALL)
    (tmp_path / "build").symlink_to(packages["L2HeavenlyCloudShell"].parents[2])
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    printed = capsys.readouterr().out
    assert printed.startswith("Active 172.16.")
    assert "Sandbox setup finished successfully" in printed
    assert printed.endswith("Completed\n")
