"""Locks on files, which processes of this machine take in turn. Linux has them, and so has Windows in WSL."""

from __future__ import annotations

from typing import IO

from cloudshell_local.errors import UnsupportedPlatform

try:
    import fcntl
except ImportError:
    raise UnsupportedPlatform from None


def acquire(file: IO[str]) -> None:
    """Lock an open file until it is closed; wait while another process or thread has the lock."""
    fcntl.flock(file, fcntl.LOCK_EX)


def share(file: IO[str]) -> None:
    """Lock an open file for this process and for others that share it, until all of them have closed it."""
    fcntl.flock(file, fcntl.LOCK_SH)


def try_to_acquire(file: IO[str]) -> bool:
    """Lock an open file until it is closed; return False if another process or thread has the lock."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
