"""Calls of the CloudShell server's API, as far as the driver makes any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Protocol, TypeVar

from cloudshell.shell.core.session.cloudshell_session import CloudShellSessionContext

from shell.errors import CloudShellRefused, UnknownToCloudShell

if TYPE_CHECKING:
    from shell.contexts import CommandContext


class Decrypted(Protocol):
    """The answer to DecryptPassword."""

    Value: str


class HasVm(Protocol):
    """A resource in CloudShell's answers; VmDetails: that of a deployed app, with the VM's UID, else None."""

    VmDetails: Any


class SandboxDetails(Protocol):
    """The answer to GetReservationDetails: its ReservationDescription has the sandbox's Resources."""

    ReservationDescription: Any


class Session(Protocol):
    """The operations of cloudshell-automation-api's session that the driver uses."""

    def DecryptPassword(self, encryptedString: str) -> Decrypted: ...

    def UpdateResourceAddress(self, resourceFullPath: str, resourceAddress: str) -> object: ...

    def SetAttributeValue(self, resourceFullPath: str, attributeName: str, attributeValue: str) -> object: ...

    def GetReservationDetails(self, reservationId: str, disableCache: bool) -> SandboxDetails: ...

    def GetResourceDetails(self, resourceFullPath: str) -> HasVm: ...

    def SetResourceLiveStatus(self, resourceFullName: str, liveStatusName: str, additionalInfo: str) -> object: ...


Answer = TypeVar("Answer")
ENTITY_NOT_FOUND = "102"  # the code that the automation API answers for an unknown name


def open_session(context: CommandContext) -> Session:
    """Log on with the command's token, which is a round trip to the server (docs/reference/wire.md §14.4)."""
    return CloudShellSessionContext(context).get_api()


class CloudShellApi:
    """A session of CloudShell's API, logged on when it is first used. Every call raises CloudShellRefused when it fails."""

    def __init__(self, open_session: Callable[[], Session]) -> None:
        self._open_session = open_session
        self._session: Session | None = None

    def decrypt_password(self, encrypted: str) -> str:
        """Return a password in clear."""
        answer = self._call("DecryptPassword", "the password", lambda session: session.DecryptPassword(encrypted))
        return str(answer.Value)

    def set_address(self, resource: str, address: str) -> None:
        """Set a resource's address."""
        self._call("UpdateResourceAddress", resource, lambda session: session.UpdateResourceAddress(resource, address))

    def set_attribute(self, resource: str, name: str, value: str) -> None:
        """Set a resource's attribute, by its full name."""
        self._call("SetAttributeValue", resource, lambda session: session.SetAttributeValue(resource, name, value))

    def set_live_status(self, resource: str, status: str, info: str) -> None:
        """Set a resource's live status icon ("Online", "Offline", "Progress 40") and its tooltip."""
        self._call(
            "SetResourceLiveStatus", resource, lambda session: session.SetResourceLiveStatus(resource, status, info)
        )

    def vms_of_sandbox(self, sandbox: str) -> set[str]:
        """Return the ids of the VMs that are in a sandbox, an empty set for a sandbox that is unknown."""
        try:
            answer = self._call(
                "GetReservationDetails", sandbox, lambda session: session.GetReservationDetails(sandbox, True)
            )
        except UnknownToCloudShell:
            return set()
        return {_vm_id(resource) for resource in answer.ReservationDescription.Resources} - {""}

    def vm_of_resource(self, name: str) -> str:
        """Return the id of the VM that a resource stands for, an empty text for an unknown resource or one without."""
        try:
            return _vm_id(self._call("GetResourceDetails", name, lambda session: session.GetResourceDetails(name)))
        except UnknownToCloudShell:
            return ""

    def _call(self, operation: str, name: str, do: Callable[[Session], Answer]) -> Answer:
        try:
            if self._session is None:
                self._session = self._open_session()
            return do(self._session)
        except Exception as error:
            # The client raises bare Exceptions, some with the whole answer in their text, which may hold a password.
            code = getattr(error, "code", None)
            reason = f"error {code}" if code else type(error).__name__
            kind = UnknownToCloudShell if str(code) == ENTITY_NOT_FOUND else CloudShellRefused
            raise kind(operation=operation, name=name, reason=reason) from None


def _vm_id(resource: HasVm) -> str:
    return str(getattr(resource.VmDetails, "UID", None) or "")
