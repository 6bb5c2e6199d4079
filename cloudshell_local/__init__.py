"""A CloudShell server for one machine, on which any cloud-provider shell can be installed and run.

It knows shells only as the packages that are installed on it. `CloudShellLocal` is the server for tests and scripts,
`SandboxState` has the states of its sandboxes, `cloudshell_local.testing` builds contexts and requests for unit tests, and
`cloudshell-local serve` is the command. It is tested on Linux only: the first use of `CloudShellLocal` elsewhere is a
warning, or an error where it cannot work.
"""

from __future__ import annotations

import sys
import warnings
from importlib.metadata import version
from typing import TYPE_CHECKING

from cloudshell_local.errors import TESTED_PLATFORMS

if TYPE_CHECKING:
    from cloudshell_local.local import CloudShellLocal
    from cloudshell_local.storage.model import SandboxState

    __version__: str

__all__ = ["CloudShellLocal", "SandboxState", "__version__"]


def __getattr__(name: str) -> object:
    """Import what is asked for at its first use: pytest imports this package in every run, for its fixture."""
    if name == "__version__":
        return version("cloudshell-local")
    if name == "SandboxState":
        from cloudshell_local.storage.model import SandboxState

        return SandboxState
    if name != "CloudShellLocal":
        raise AttributeError(f"module 'cloudshell_local' has no attribute '{name}'")
    from cloudshell_local.local import CloudShellLocal

    if sys.platform != "linux":
        warnings.warn(TESTED_PLATFORMS, RuntimeWarning, stacklevel=2)
    return CloudShellLocal
