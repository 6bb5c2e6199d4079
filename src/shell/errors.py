"""The errors of a shell, in one tree, and the one place where an error becomes a sentence for people.

The parents say what the caller can do about it:

    ShellError
      MistakeError      ask for something else
        BadRequest, UnknownAction, BadApp, BadResource, InvalidValue, TooManyAddresses
      NotFoundError     it is not there, or not any more
        InstanceNotFound, NetworkNotFound
      ConflictError     something else is in the way
      ExhaustedError    free something first
      RefusedError      the cloud will not do this for this caller
      TransientError    try again; only another look can tell whether it was done
        CloudShellRefused, UnknownToCloudShell, NoAddressYet, NotDoneYet, LeftBehind
      Cancelled         the user pressed Stop

A provider maps the errors of its cloud to these (`provider/errors.py`); operations see no others. What concerns one kind of
networking alone has its errors in its own module.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

LONGEST_SENTENCE = 1000
Error = TypeVar("Error", bound="ShellError")


def quoted_list(names: Iterable[object]) -> str:
    """Return names as people read them in a sentence: "'a', 'b'"."""
    return ", ".join(f"'{name}'" for name in names) or "none"


class ShellError(Exception):
    """Parent of all errors. A subclass has the template of the sentence; an error is raised with the facts in it."""

    template: ClassVar[str] = "{reason}"

    def __init__(self, **facts: object) -> None:
        super().__init__(self.template.format(**facts))

    @classmethod
    def with_message(cls: type[Error], text: str) -> Error:
        """Return an error of this kind with a sentence of its own."""
        return cls.__new__(cls, text)


class MistakeError(ShellError):
    """Something impossible was asked for; another request may succeed."""


class BadRequest(MistakeError):
    template = "The request is not what CloudShell sends: {reason}"


class UnknownAction(MistakeError):
    template = "The action type '{type}' is not known here; known are {known}"


class BadApp(MistakeError):
    template = "The app '{name}' cannot be used: {reason}"


class BadResource(MistakeError):
    template = "The resource '{name}' cannot be used: {reason}"


class InvalidValue(MistakeError):
    template = "{name} is {value!r:.80} but should be {right}"


class TooManyAddresses(MistakeError):
    template = "'Private IP' asks for {asked} addresses, separated by ';', but the VM has {nics} interfaces"


class NotFoundError(ShellError):
    """Something that was asked for is not there."""


class InstanceNotFound(NotFoundError):
    template = "The VM '{id}' was not found in the cloud"


class NetworkNotFound(NotFoundError):
    template = "The sandbox '{sandbox}' has no network; PrepareSandboxInfra makes it"


class ConflictError(ShellError):
    """Something else is in the way."""


class ExhaustedError(ShellError):
    """There is no more of what was asked for."""


class RefusedError(ShellError):
    """The cloud, or its provider, will not do this for this caller."""


class TransientError(ShellError):
    """The same may work the next time; only another look can tell whether it was done."""


class CloudShellRefused(TransientError):
    template = "CloudShell did not accept {operation} for '{name}' ({reason})"


class UnknownToCloudShell(CloudShellRefused):
    """CloudShell has no entity of that name."""


class NoAddressYet(TransientError):
    template = (
        "The VM '{name}' had no IP address after {seconds} seconds; see that it boots, or raise 'Refresh IP Timeout'"
    )


class NotDoneYet(TransientError):
    template = "The VM '{name}' was still {state} after {seconds} seconds"


class LeftBehind(TransientError):
    template = "{reason}; its VM '{id}' could not be deleted and may be left in the cloud: {why}"


class Cancelled(ShellError):
    template = "The command was cancelled; {state}"


class CommandError(Exception):
    """Error that a command raises to CloudShell: its text is shown to the user, so it is one sentence and nothing else."""


def sentence(error: BaseException) -> str:
    """Return an error as one sentence for the user.

    The text of an error that is not of this tree may hold a secret, so only its class is named. One of this tree may
    repeat what was sent: it is put on one line, and cut at LONGEST_SENTENCE.
    """
    if isinstance(error, ShellError):
        text = " ".join("".join(letter if letter.isprintable() else " " for letter in str(error)).split())
        return text if len(text) <= LONGEST_SENTENCE else text[: LONGEST_SENTENCE - 3] + "..."
    return f"Something unexpected went wrong ({type(error).__name__}); the driver's log has the details"
