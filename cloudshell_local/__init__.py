"""A CloudShell for one machine, for any cloud-provider shell. It knows shells only as installed packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudshell_local.local import CloudShellLocal

__all__ = ["CloudShellLocal"]


def __getattr__(name: str) -> Any:
    """Import CloudShellLocal when it is asked for: pytest loads this package always, for its fixture."""
    if name != "CloudShellLocal":
        raise AttributeError(f"module 'cloudshell_local' has no attribute '{name}'")
    from cloudshell_local.local import CloudShellLocal

    return CloudShellLocal
