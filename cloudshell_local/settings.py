"""Settings of a server, as CloudShellLocal and the command line give them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

# The variable that gives the password of the user `admin`; the list of processes does not show it.
ENVIRONMENT_VARIABLE = "CLOUDSHELL_LOCAL_PASSWORD"
SESSION_SECONDS = 24 * 3600.0
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
    password: of the user `admin`; empty for the one that the data folder has, or the default one.
    session_seconds: time after which the session of a user ends if it is not used.
    allowed_hosts: host names to answer to, besides addresses and localhost.
    """

    environments: Path
    slots: int = 20
    idle_seconds: float = 600
    queue_seconds: float = 600
    python: str = sys.executable
    load_seconds: float = LOAD_SECONDS
    password: str = field(default="", repr=False)
    session_seconds: float = SESSION_SECONDS
    allowed_hosts: Sequence[str] = ()
