"""Settings of the execution server."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ExecutionSettings:
    """How drivers are run; the defaults are those of a CloudShell execution server (docs/reference/server.md §4).

    environments: the folder of the drivers' virtual environments; slots: how many commands run at the same time;
    idle_seconds: how long a driver's process is kept without a command; queue_seconds: how long a command may wait for a
    slot; python: the interpreter of the environments.
    """

    environments: Path
    slots: int = 20
    idle_seconds: float = 600
    queue_seconds: float = 600
    python: str = sys.executable
