"""The few things that the driver asks of the CloudShell server, over its API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from cloudshell.shell.core.session.cloudshell_session import CloudShellSessionContext

from shell.errors import CloudShellRefused

if TYPE_CHECKING:
    from cloudshell.shell.core.driver_context import ResourceCommandContext


def open_session(context: ResourceCommandContext) -> Any:
    """Log on with the command's token; a round trip, so only commands that use the API do it."""
    return CloudShellSessionContext(context).get_api()


class CloudShellApi:
    """A session, logged on when it is first used. Every call raises CloudShellRefused when it fails."""

    def __init__(self, open_session: Callable[[], Any]) -> None:
        self._open_session = open_session
        self._session: Any = None

    def decrypt_password(self, encrypted: str) -> str:
        """Return a password in clear."""
        return str(self._call("DecryptPassword", "the password", encrypted).Value)

    def set_address(self, resource: str, address: str) -> None:
        """Set a resource's address."""
        self._call("UpdateResourceAddress", resource, resource, address)

    def set_attribute(self, resource: str, name: str, value: str) -> None:
        """Set a resource's attribute, by its full name."""
        self._call("SetAttributeValue", resource, resource, name, value)

    def set_live_status(self, resource: str, status: str, info: str) -> None:
        """Set a resource's live status icon ("Online", "Offline", "Progress 40") and its tooltip."""
        self._call("SetResourceLiveStatus", resource, resource, status, info)

    def _call(self, operation: str, name: str, *arguments: str) -> Any:
        try:
            if self._session is None:
                self._session = self._open_session()
            return getattr(self._session, operation)(*arguments)
        except Exception as error:
            # The client raises bare Exceptions, some with the whole answer in their text: a password, perhaps.
            code = getattr(error, "code", None)
            reason = f"error {code}" if code else type(error).__name__
            raise CloudShellRefused(operation=operation, name=name, reason=reason) from None
