"""Errors of the cloud, in one tree whose parents say what the caller can do about them.

    HeavenlyError
      MistakeError      ask for something else
        UnknownName, RegionClosed, SizeTooSmall, InvalidValue, InvalidFaultRules, InvalidCidr, IPv6Network,
        UnusableNetwork, NoRoom, OtherRegion, InvalidVlan, InvalidData, InvalidStore, OutsideNetwork
      NotFoundError     the thing does not exist (any more)
        InstanceNotFound, InstanceForgotten, SubnetNotFound, SubnetForgotten, NetworkNotFound, NicNotFound
      ConflictError     something is in the way
        AddressTaken, IdTaken, NetworkExists, SubnetExists, NetworkOverlap, NetworkInUse, NicBusy, IllegalStep
      ExhaustedError    free something first
        NoFreeAddress, NoFreeNumber, NoFreeName, QuotaExceeded, NoCapacity
      RefusedError      the cloud will not let this caller do it
        WrongCredentials, SessionEnded, StoreVersion, StorePackageMissing, KeyPairLocked
      TransientError    try again
        CloudUnavailable, StoreUnreachable
      Interrupted       the caller stopped waiting

The text of an error is one sentence for people: it names the thing and what would be right. An operation that raised one
has changed nothing; only after a TransientError is the outcome unknown, so every operation can safely be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar


def quoted_list(names: Iterable[object]) -> str:
    """Return names as people read them: "'a', 'b'"."""
    return ", ".join(f"'{name}'" for name in names) or "none"


class HeavenlyError(Exception):
    """Parent of all errors; a subclass gives the sentence, the raiser gives the facts that fill it.

    facts: the values in the sentence by their names, for a caller who makes a sentence of its own of them.
    """

    template: ClassVar[str] = "{reason}"

    def __init__(self, **facts: object) -> None:
        super().__init__(self.template.format(**facts))
        self.facts = facts

    @classmethod
    def with_message(cls, message: str) -> HeavenlyError:
        """Return an error of this class with a sentence of the caller's instead of the template; it has no facts."""
        error = cls.__new__(cls, message)
        error.facts = {}
        return error


class MistakeError(HeavenlyError):
    """The request itself is wrong; another one may succeed."""


class UnknownName(MistakeError):
    template = "The {kind} '{name}' does not exist; known are {known}"


class RegionClosed(MistakeError):
    template = "Nothing can be deployed in the region '{name}'; choose one of {known}"


class SizeTooSmall(MistakeError):
    template = "The image '{image}' needs more than the size '{name}' has; choose one of {known}"


class InvalidValue(MistakeError):
    template = "{name} is {value!r:.80} but should be {right}"


class InvalidFaultRules(MistakeError):
    """Fact `right`: what would be right, without a word of what was written, which may be a file's content."""

    template = "The fault rules are wrong at {where}: {problem}"


class InvalidCidr(MistakeError):
    template = "'{value}' is not a network; it should look like 10.0.3.0/24"


class IPv6Network(MistakeError):
    template = "'{value}' is an IPv6 network; this cloud has IPv4 alone, where a network looks like 10.0.3.0/24"


class UnusableNetwork(MistakeError):
    template = "{what} {cidr} cannot be used: it is a multicast, loopback, link-local or reserved network"


class NoRoom(MistakeError):
    template = "{what} {cidr} has no room for a VM; the smallest one that has is a /30"


class OtherRegion(MistakeError):
    template = "The virtual network '{tag}' is in the region '{region}', so nothing of it can be used in '{asked}'"


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
    """The thing asked for does not exist."""


class InstanceNotFound(NotFoundError):
    template = "The VM '{id}' was not found in the cloud"


_FORGOTTEN = "was in the memory of a process that has ended, and is gone with it; keep the cloud in a store"


class InstanceForgotten(InstanceNotFound):
    template = "The VM '{id}' " + _FORGOTTEN


class SubnetNotFound(NotFoundError):
    template = "The subnet '{id}' was not found in the virtual network"


class SubnetForgotten(SubnetNotFound):
    template = "The subnet '{id}' " + _FORGOTTEN


class NetworkNotFound(NotFoundError):
    template = "There is no virtual network with the tag '{tag}'"


class NicNotFound(NotFoundError):
    template = "The VM '{name}' has no interface in '{network}'"


class ConflictError(HeavenlyError):
    """Something that exists is in the way."""


class AddressTaken(ConflictError):
    template = "The address {address} in {network} is already taken"


class IdTaken(ConflictError):
    template = "A VM with the id '{id}' exists already"


class NetworkExists(ConflictError):
    template = "The virtual network '{tag}' has the CIDR {cidr} already, so it cannot have {asked}"


class SubnetExists(ConflictError):
    template = "The subnet '{alias}' {cidr} is {kind} already; delete its virtual network to make it {asked}"


class NetworkOverlap(ConflictError):
    template = "The network {cidr} overlaps {other}"


class NicBusy(ConflictError):
    template = "The interface '{nic}' of the VM '{name}' is already {use}"


class NetworkInUse(ConflictError):
    template = "The virtual network '{tag}' is still used by {users}"


class IllegalStep(ConflictError):
    template = "The VM '{name}' is {state}, so the step {step} is not possible"


class ExhaustedError(HeavenlyError):
    """Nothing of the kind is left; free some first."""


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
    """The cloud does not do this for this caller."""


class WrongCredentials(RefusedError):
    template = "The cloud refused the user '{user}': the user or the password is wrong"


class SessionEnded(RefusedError):
    template = "The session of '{user}' has ended; log in again"


class StoreVersion(RefusedError):
    template = "The cloud's store {store} is of version {found} and this cloud knows versions {known}; {remedy}"


class StorePackageMissing(RefusedError):
    template = "A store needs the Python package '{package}': install SQLAlchemy, and psycopg for a PostgreSQL database"


class KeyPairLocked(RefusedError):
    template = "The key pair of the virtual network '{tag}' was encrypted under another password of '{user}'"


class TransientError(HeavenlyError):
    """The next attempt may succeed. Whether this one had its effect, only another look can tell."""


class CloudUnavailable(TransientError):
    template = "The cloud did not answer {operation}; try again"


class StoreUnreachable(TransientError):
    template = (
        "The cloud's store {store} cannot be used ({reason}); check that it runs, can be reached and can be written"
    )


class Interrupted(HeavenlyError):
    """The caller stopped waiting; raised by the caller's own wait function, whose subclass of it may say more."""


def error_types() -> dict[str, type[HeavenlyError]]:
    """Return the errors of the cloud by their names, without the parents."""
    types = [each for each in globals().values() if isinstance(each, type) and issubclass(each, HeavenlyError)]
    return {each.__name__: each for each in types if each.template is not HeavenlyError.template}
