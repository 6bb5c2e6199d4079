"""What can go wrong, in one tree.

LocalError
  EnvironmentFailed   the driver's requirements cannot be installed
  NoFreeAddress       no loopback address has the ports that CloudShell's clients need
  DriverError         a command of a driver failed: what the driver raised
  DriverDied          the driver's process ended
  ApiError            a call of the API is wrong; it has a code, as CloudShell's clients expect
"""

from __future__ import annotations

from collections.abc import Sequence


class LocalError(Exception):
    """Parent of all."""


class EnvironmentFailed(LocalError):
    def __init__(self, requirements: str, lines: Sequence[str]) -> None:
        super().__init__(f"The packages of {requirements} could not be installed: " + " / ".join(lines))


class NoFreeAddress(LocalError):
    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is taken on all of 127.0.0.1 to 127.0.0.254; end what uses it")


class DriverError(LocalError):
    """kind: the name of the exception's class in the driver."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class DriverDied(LocalError):
    def __init__(self, code: int | None) -> None:
        super().__init__(f"The driver's process ended (exit code {code}) before it answered; its log tells why")


class ApiError(LocalError):
    """code: 100 wrong call, 102 not found, 118 the token is not valid (any more)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
