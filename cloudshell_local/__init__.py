"""A CloudShell server for one machine, on which any cloud-provider shell can be installed and run.

It knows shells only as the packages that are installed on it. `CloudShellLocal` is the server for tests and scripts,
`cloudshell_local.testing` builds contexts and requests for unit tests, and `cloudshell-local serve` is the command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudshell_local.local import CloudShellLocal

__all__ = ["CloudShellLocal"]


def __getattr__(name: str) -> Any:
    """Import CloudShellLocal at its first use: pytest imports this package in every run, for its fixture."""
    if name != "CloudShellLocal":
        raise AttributeError(f"module 'cloudshell_local' has no attribute '{name}'")
    from cloudshell_local.local import CloudShellLocal

    return CloudShellLocal
