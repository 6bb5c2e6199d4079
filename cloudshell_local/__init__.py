"""A CloudShell for one machine, for any cloud-provider shell. It knows shells only as installed packages."""

from __future__ import annotations

from cloudshell_local.local import CloudShellLocal

__all__ = ["CloudShellLocal"]
