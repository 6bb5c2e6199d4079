"""Everything that can go wrong, in one tree; the parents say what the caller can do about it.

    HeavenlyError
      MistakeError      ask for something else
        UnknownName, RegionClosed, SizeTooSmall, InvalidValue, InvalidCidr, InvalidVlan, InvalidData, InvalidStore,
        OutsideNetwork
      NotFoundError     it is not there (any more)
        InstanceNotFound, InstanceForgotten, SubnetNotFound, SubnetForgotten, SandboxNotFound, NicNotFound
      ConflictError     something is in the way
        AddressTaken, IdTaken, NetworkExists, NetworkOverlap, NetworkInUse, NicBusy, IllegalStep
      ExhaustedError    free something first
        NoFreeAddress, NoFreeNumber, NoFreeName, QuotaExceeded, NoCapacity
      RefusedError      the cloud will not let this caller do it
        WrongCredentials, SessionEnded, StoreVersion, Sealed
      TransientError    try again
        CloudUnavailable, StoreUnreachable
      Interrupted       whoever asked does not want to wait any longer

The text of an error is one sentence for people: it names the thing and what would be right. An operation that raised one
has changed nothing; only after a TransientError nobody knows, so every operation can be asked for again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar


def listed(names: Iterable[object]) -> str:
    """Return names as people read them: "'a', 'b'"."""
    return ", ".join(f"'{name}'" for name in names) or "none"


class HeavenlyError(Exception):
    """Parent of all; a subclass gives the sentence, the raiser the facts in it."""

    template: ClassVar[str] = "{reason}"

    def __init__(self, **facts: object) -> None:
        super().__init__(self.template.format(**facts))
        self.facts = facts

    @classmethod
    def told(cls, text: str) -> HeavenlyError:
        """Return an error of this kind with a sentence of the caller's own."""
        error = cls.__new__(cls, text)
        error.facts = {}
        return error


class MistakeError(HeavenlyError):
    """What was asked for cannot be."""


class UnknownName(MistakeError):
    template = "The {kind} '{name}' does not exist; known are {known}"


class RegionClosed(MistakeError):
    template = "Nothing can be deployed in the region '{name}'; choose one of {known}"


class SizeTooSmall(MistakeError):
    template = "The image '{image}' needs more than the size '{name}' has; choose one of {known}"


class InvalidValue(MistakeError):
    template = "{name} is {value!r:.80} but should be {right}"


class InvalidCidr(MistakeError):
    template = "'{value}' is not a network; it should look like 10.0.3.0/24"


class InvalidVlan(MistakeError):
    template = "VLAN '{value}' is wrong: it should be {right}"


class InvalidData(MistakeError):
    template = "The cloud's data is wrong at {where}: {reason}"


class OutsideNetwork(MistakeError):
    template = "{what} '{value}' is outside {network}"


class InvalidStore(MistakeError):
    template = (
        "The cloud's store should be 'sqlite:///path' or 'postgresql+psycopg://user:password@host/database', {reason}"
    )


class NotFoundError(HeavenlyError):
    """What was asked for is not there."""


class InstanceNotFound(NotFoundError):
    template = "The VM '{id}' was not found in the cloud"


_REMEDY = (
    "was in the memory of a process that has ended, as CloudShell ends a driver's after ten idle minutes, and is gone with "
    "it; {remedy}, and set 'Cloud Store' on the cloud provider resource to keep what is there"
)


class InstanceForgotten(InstanceNotFound):
    template = "The VM '{id}' " + _REMEDY.format(remedy="deploy the App again")


class SubnetNotFound(NotFoundError):
    template = "The subnet '{id}' was not found in the sandbox's network"


class SubnetForgotten(SubnetNotFound):
    template = "The subnet '{id}' " + _REMEDY.format(remedy="set the sandbox up again")


class SandboxNotFound(NotFoundError):
    template = "The sandbox '{id}' has no network; PrepareSandboxInfra makes it"


class NicNotFound(NotFoundError):
    template = "The VM '{name}' has no interface in '{network}'"


class ConflictError(HeavenlyError):
    """Something else is in the way."""


class AddressTaken(ConflictError):
    template = "The address {address} in {network} is already taken"


class IdTaken(ConflictError):
    template = "A VM with the id '{id}' exists already"


class NetworkExists(ConflictError):
    template = "The sandbox has the network {cidr} already, so it cannot have {asked}"


class NetworkOverlap(ConflictError):
    template = "The network {cidr} overlaps {other}"


class NicBusy(ConflictError):
    template = "The interface '{nic}' of the VM '{name}' is already {use}"


class NetworkInUse(ConflictError):
    template = "The network of the sandbox is still used by {users}"


class IllegalStep(ConflictError):
    template = "The VM '{name}' is {state}, so the step {step} is not possible"


class ExhaustedError(HeavenlyError):
    """There is no more of it."""


class NoFreeAddress(ExhaustedError):
    template = "There is no free address in {network}: all {total} are in use"


class NoFreeNumber(ExhaustedError):
    template = "All {total} numbers are in use"


class NoFreeName(ExhaustedError):
    template = "All {total} names for '{base}' are in use"


class QuotaExceeded(ExhaustedError):
    template = "The account '{account}' may have {limit} {kind} and uses {used}; {asked} more are too many"


class NoCapacity(ExhaustedError):
    template = "The region '{region}' has {limit} vCPUs and {used} are in use; {asked} more are too many"


class RefusedError(HeavenlyError):
    """The cloud will not do this for this caller."""


class WrongCredentials(RefusedError):
    template = "The cloud refused the user '{user}': the user or the password is wrong"


class SessionEnded(RefusedError):
    template = "The session of '{user}' has ended; log in again"


class StoreVersion(RefusedError):
    template = "The cloud's store {store} is of version {found} and this cloud knows version {known} only; {remedy}"


class Sealed(RefusedError):
    template = "The key pair of the sandbox '{id}' was made under another password of '{user}' and cannot be opened"


class TransientError(HeavenlyError):
    """It may work the next time. Whether it was done, only another look can tell."""


class CloudUnavailable(TransientError):
    template = "The cloud did not answer {operation}; try again"


class StoreUnreachable(TransientError):
    template = "The cloud's store {store} cannot be used ({reason}); see that it runs and can be reached"


class Interrupted(HeavenlyError):
    """Raised by what waits for an operation; a caller's own kind of it may say more."""


def kinds() -> dict[str, type[HeavenlyError]]:
    """Return the errors of the cloud by their names, without the parents."""
    own = [each for each in globals().values() if isinstance(each, type) and issubclass(each, HeavenlyError)]
    return {each.__name__: each for each in own if each.template is not HeavenlyError.template}
