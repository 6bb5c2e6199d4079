"""Settings of a server, as CloudShellLocal and the command line give them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

LOAD_SECONDS = 120


@dataclass(frozen=True)
class Settings:
    """Settings of a server.

    environments: folder in which the drivers' Python environments are made.
    slots: number of driver commands that run at the same time; further ones wait in a queue.
    idle_seconds: time without commands after which a driver's process is ended.
    queue_seconds: time that a command may wait in the queue; then it fails.
    python: interpreter with which the environments are made.
    load_seconds: time that a driver may take to be loaded, and then to be initialized.
    """

    environments: Path
    slots: int = 20
    idle_seconds: float = 600
    queue_seconds: float = 600
    python: str = sys.executable
    load_seconds: float = LOAD_SECONDS
