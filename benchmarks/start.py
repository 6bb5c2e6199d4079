"""A fresh process until its driver is ready, against the bare imports of the mandatory packages."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from benchmarks.measure import medians, ratio, show, spent
from cloudshell_local.execution.environments import ensure_environment
from heavenly.pack import ENVIRONMENTS, shells, write_shell

ROUNDS = 21
BARE = """
import cloudshell.api.cloudshell_api
import cloudshell.cp.core.request_actions
import cloudshell.shell.core.driver_context
import cloudshell.shell.core.session.cloudshell_session
import cloudshell.shell.core.session.logging_session
"""
READY = """
import sys
sys.path.insert(0, sys.argv[1])
from driver import HeavenlyCloudShellDriver
HeavenlyCloudShellDriver().initialize(None)
"""


def run() -> None:
    """Measure and show."""
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for shell in shells():
            source = write_shell(shell, Path(folder)) / "src"
            python = ensure_environment(source / "requirements.txt", ENVIRONMENTS, report=print)

            def start(code: str, python: Path = python, source: Path = source) -> None:
                subprocess.run([str(python), "-c", code, str(source)], check=True)

            start(READY)  # its compiled files are there then, as on an execution server
            ready, bare = medians(ROUNDS, lambda: start(READY), lambda: start(BARE))
            rows.append([shell.name, spent(ready), spent(bare), ratio(ready / bare, 1.5)])
    show("A fresh process", ["shell", "ready", "bare imports", "ratio"], rows)
