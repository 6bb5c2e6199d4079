"""Errors of the server, in one tree. The text of each is one sentence for people.
The number is the code that the automation API answers; clients look at some (docs/reference/server.md §2, Error codes).

LocalError                 100
  WrongCall                100  the call is wrong; the text says what would be right
    ConnectionFixed        123  a deployed app stays on its subnets as long as it is in the sandbox
  NotPermitted             100  only an administrator may do this
  LoginFailed              100  the user, the password or the domain is wrong
  NotFound                 102  nothing has this name
  AlreadyExists            114  the name is taken
  TokenInvalid             118  the session's token is not valid, or no longer
  ConnectionNotFound       123  two things that should be disconnected are not connected
  NoDriver                 129  the resource has no driver
  NoSuchCommand            151  the driver has no such command
  RemovalFailed            153  deployed apps could not be deleted
  CommandFailed            100  a command was run and failed
    DriverError                 the driver raised an exception
    DriverDied                  the driver's process ended
    DriverNotLoaded             the driver could not be imported or made
    CommandStopped              the command was stopped while it waited
    QueueTimeout                the command waited too long
  EnvironmentFailed        100  a driver's requirements cannot be installed
  UnsuitablePython         100  drivers cannot run on a Python, or the one that a shell asks for is not there
  InvalidPackage           100  a package has problems; the text has each, with its place
  InUse                    100  a shell or resource cannot be changed, because others depend on it
  Exhausted                100  no VLAN, network or pool item is free
  AddressTaken             100  the ports that CloudShell's clients need are not free
  UnsupportedPlatform      100  the operating system lacks what the server needs; an ImportError, too
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

NO_TEXT = "it has no text; the execution's page and driver.out in the driver's log folder have its traceback"
# How many names an error lists.
MAX_LISTED = 20
TESTED_PLATFORMS = "cloudshell-local is tested on Linux only; on Windows, run it in WSL (Windows Subsystem for Linux)"


def known_names(kind: str, names: Iterable[str]) -> str:
    """Return a sentence with the names that there are, the first of them if they are many. kind: in the plural."""
    found = list(names)
    more = f" and {len(found) - MAX_LISTED} more" if len(found) > MAX_LISTED else ""
    return f"{kind}: {', '.join(found[:MAX_LISTED]) or 'none'}{more}."


class LocalError(Exception):
    """Parent of all errors of the server."""

    code = 100


class WrongCall(LocalError):
    pass


class NotPermitted(LocalError):
    def __init__(self, what: str) -> None:
        super().__init__(f"Only an administrator may {what}")


class LoginFailed(LocalError):
    def __init__(self) -> None:
        super().__init__("Login failed: the user, the password or the domain is wrong")


class NotFound(LocalError):
    """Raised for an unknown name, in the words of the real server.

    hint: a sentence that says what kind of thing is meant and, where they are few, which there are (`known_names`).
    """

    code = 102

    def __init__(self, name: str, hint: str) -> None:
        super().__init__(f"EntityException [Error Code: EntityNotFound]: Entity '{name}' not found. {hint}")


class AlreadyExists(LocalError):
    code = 114

    def __init__(self, kind: str, name: str) -> None:
        article = "An" if kind[0] in "AEIOU" else "A"
        super().__init__(f"{article} {kind} named '{name}' already exists")


class TokenInvalid(LocalError):
    code = 118

    def __init__(self) -> None:
        super().__init__("The session's token is not valid; log on again (a command's token ends with its command)")


class ConnectionNotFound(LocalError):
    code = 123

    def __init__(self, source: str, target: str, known: Iterable[str]) -> None:
        super().__init__(
            f"There is no connection between '{source}' and '{target}'. {known_names('Connections', known)}"
        )


class ConnectionFixed(WrongCall):
    """Raised for a change of a deployed app's connection to a subnet: docs/reference/server.md §6.

    The code is a guess, which lets a teardown that runs as a command go on: orchestration ignores it.
    """

    code = 123

    def __init__(self, source: str, target: str) -> None:
        super().__init__(
            f"'{source}' and '{target}' cannot be disconnected: an App is connected to its subnets when it is deployed, and "
            "stays so; remove the App from the sandbox to disconnect it"
        )


class NoDriver(LocalError):
    code = 129

    def __init__(self, resource: str) -> None:
        super().__init__(f"There is no driver associated with the resource '{resource}'")


class NoSuchCommand(LocalError):
    code = 151

    def __init__(self, resource: str, command: str, known: Sequence[str]) -> None:
        super().__init__(
            f"The driver of the resource '{resource}' does not contain the command '{command}'; it has: {', '.join(known)}"
        )


class RemovalFailed(LocalError):
    code = 153

    def __init__(self, failures: Sequence[str]) -> None:
        super().__init__("Deployed apps could not be deleted: " + "; ".join(failures))


class CommandFailed(LocalError):
    """Raised when a command was run and failed. traceback: that of the driver's exception, empty if there is none."""

    traceback = ""


class DriverError(CommandFailed):
    """Exception that a driver raised. kind: the name of its class in the driver; reason: its text."""

    def __init__(self, kind: str, message: str, command: str = "", traceback: str = "") -> None:
        described = message if message.strip() else NO_TEXT
        super().__init__(
            f"'{command}' command failed with '{kind}' error. Description: {described}" if command else described
        )
        self.kind = kind
        self.reason = message
        self.command = command
        self.traceback = traceback

    def redacted(self, redact: Callable[[str], str]) -> DriverError:
        """Return the error without the secrets that a function takes out of its texts."""
        return DriverError(self.kind, redact(self.reason), self.command, redact(self.traceback))


class DriverDied(CommandFailed):
    def __init__(self, code: int | None) -> None:
        super().__init__(
            f"The driver's process ended (exit code {code}) before it answered; driver.out in its log folder may tell why. "
            "The next command starts it afresh"
        )


class DriverNotLoaded(CommandFailed):
    """Raised when a driver cannot be imported or made, first in the real server's words: docs/reference/server.md §2.

    python: the version of the Python that loaded it.
    """

    def __init__(self, kind: str, message: str, python: str, traceback: str = "") -> None:
        super().__init__(
            "General Execution: Failed to start execution: Unexpected error - Python unhandled exception was raised while "
            f"invoking server method 'LoadDriver' '{kind}: {message}'. It was loaded by Python {python}; `serve --python` "
            "or the shell's PythonVersion chooses another"
        )
        self.traceback = traceback


class CommandStopped(CommandFailed):
    def __init__(self, command: str) -> None:
        super().__init__(f"The command '{command}' was stopped before it began")


class QueueTimeout(CommandFailed):
    def __init__(self, command: str, seconds: float) -> None:
        super().__init__(f"The command '{command}' waited {seconds:g} seconds for its turn and was given up")


class EnvironmentFailed(LocalError):
    """Raised when pip fails; the first sentence is the real server's, which Quali's test runner looks for.

    docs/reference/server.md §4. lines: the end of pip's output.
    """

    def __init__(self, requirements: str, lines: Sequence[str]) -> None:
        super().__init__(
            "Failed to setup the Python environment, error installing dependencies. "
            f"The packages of {requirements} could not be installed: " + " / ".join(lines)
        )


class UnsuitablePython(LocalError):
    pass


class InvalidPackage(LocalError):
    """Raised for a package that cannot be used. problems: a sentence each, with its place."""

    def __init__(self, name: str, problems: Sequence[str]) -> None:
        super().__init__(f"{name} cannot be used: " + "; ".join(problems))
        self.problems = list(problems)


class InUse(LocalError):
    def __init__(self, what: str, users: Sequence[str]) -> None:
        super().__init__(f"{what}: {', '.join(users)}")


class Exhausted(LocalError):
    pass


class AddressTaken(LocalError):
    def __init__(self, addresses: str, ports: Sequence[int]) -> None:
        wanted = " and ".join(str(port) for port in ports)
        super().__init__(
            f"The ports {wanted}, which CloudShell's clients have fixed, are not both free on {addresses}; end what uses "
            "them, or choose another address (--host 127.0.0.2)"
        )


class UnsupportedPlatform(LocalError, ImportError):
    def __init__(self) -> None:
        super().__init__(TESTED_PLATFORMS)
