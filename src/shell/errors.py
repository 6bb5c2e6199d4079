"""The errors of the shell, in the cloud's tree, and the one place where an error becomes a sentence for people.

HeavenlyError
  MistakeError    BadRequest, UnknownAction, BadApp, BadResource, TooManyAddresses, SubnetNotNamed
  ConflictError   SubnetTwice, NotAttempted
  RefusedError    EvilName
  TransientError  CloudShellRefused, NoAddressYet, NotDoneYet, LeftBehind
  Interrupted     Cancelled
"""

from __future__ import annotations

from heavenly_cloud.errors import ConflictError, HeavenlyError, Interrupted, MistakeError, RefusedError, TransientError

LONGEST_SENTENCE = 1000


class BadRequest(MistakeError):
    template = "The request is not what CloudShell sends: {reason}"


class UnknownAction(MistakeError):
    template = "The action type '{type}' is not known here; known are {known}"


class BadApp(MistakeError):
    template = "The app '{name}' cannot be used: {reason}"


class BadResource(MistakeError):
    template = "The resource '{name}' cannot be used: {reason}"


class TooManyAddresses(MistakeError):
    template = "'Private IP' asks for {asked} addresses, separated by ';', but the VM has {nics} interfaces"


class SubnetNotNamed(MistakeError):
    template = "The sandbox has {count} subnets, so the app must be connected to those that it shall be on"


class SubnetTwice(ConflictError):
    template = "The subnet {cidr} is asked for twice"


class NotAttempted(ConflictError):
    template = "This was not attempted, because the sandbox's network could not be prepared"


class EvilName(RefusedError):
    template = "A resource named '{name}' cannot use heaven; give it another name"


class CloudShellRefused(TransientError):
    template = "CloudShell did not accept {operation} for '{name}' ({reason})"


class NoAddressYet(TransientError):
    template = (
        "The VM '{name}' had no IP address after {seconds} seconds; see that it boots, or raise 'Refresh IP Timeout'"
    )


class NotDoneYet(TransientError):
    template = "The VM '{name}' was still {state} after {seconds} seconds"


class LeftBehind(TransientError):
    template = "{reason}; its VM '{id}' could not be deleted and may be left in the cloud: {why}"


class Cancelled(Interrupted):
    template = "The command was cancelled; {state}"


class CommandError(Exception):
    """What a command raises to CloudShell: its text is shown to the user, so it is one sentence and nothing else."""


def sentence(error: Exception) -> str:
    """Return what to tell the user. An error that is not ours says only what it is: its text may hold anything.

    One of ours may repeat what was sent: that stays on one line, and is cut where nobody would read on.
    """
    if isinstance(error, HeavenlyError):
        told = " ".join("".join(letter if letter.isprintable() else " " for letter in str(error)).split())
        return told if len(told) <= LONGEST_SENTENCE else told[: LONGEST_SENTENCE - 3] + "..."
    return f"Something unexpected went wrong ({type(error).__name__}); the driver's log has the details"
