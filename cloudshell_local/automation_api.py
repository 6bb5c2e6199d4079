"""The automation API: XML over HTTP on port 8029, as far as drivers call it.

What a call looks like, and what the clients' parser trips over (one compact line, this very xmlns, HTTP 200 for an
error), was tried with cloudshell-automation-api.
"""

from __future__ import annotations

import secrets
import socket
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Callable
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

import uvicorn
from cryptography.fernet import Fernet, InvalidToken
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloudshell_local.errors import ApiError, NoFreeAddress

PORT = 8029  # CloudShell's clients have it fixed, so each server has an address of its own.
ADDRESSES = [f"127.0.0.{last}" for last in range(1, 255)]
WRONG_CALL, NOT_FOUND, TOKEN_INVALID = 100, 102, 118
_ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?><Response CommandName={name} Success="{success}" '
    'xmlns="http://schemas.qualisystems.com/ResourceManagement/ApiCommandResult.xsd" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{body}</Response>'
)


@dataclass
class Resource:
    """What the server knows of a resource; live_status: each (name, info) that was set, the newest last."""

    name: str
    address: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    live_status: list[tuple[str, str]] = field(default_factory=list)


class AutomationApi:
    """The server, in a `with`; it listens on the first loopback address whose port is free.

    calls: the operations that were called, in their order.
    """

    def __init__(self) -> None:
        self.resources: dict[str, Resource] = {}
        self.messages: list[str] = []
        self.calls: list[str] = []
        self._tokens: set[str] = set()
        self._cipher = Fernet(Fernet.generate_key())
        self._operations: dict[str, Callable[[Element], str]] = {
            "SecureLogon": self._secure_logon,
            "DecryptPassword": self._decrypt_password,
            "GetAttributeValue": self._get_attribute_value,
            "SetAttributeValue": self._set_attribute_value,
            "UpdateResourceAddress": self._update_resource_address,
            "SetResourceLiveStatus": self._set_resource_live_status,
            "WriteMessageToReservationOutput": self._write_message,
        }

    def __enter__(self) -> AutomationApi:
        listener = _free_listener()
        self.address: str = listener.getsockname()[0]
        app = Starlette(routes=[Route("/ResourceManagerApiService/{operation}", self._endpoint, methods=["POST"])])
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()  # The port is open already: who connects now waits for the server.
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()

    def new_token(self) -> str:
        """Return a token for one command."""
        token = secrets.token_urlsafe(16)
        self._tokens.add(token)
        return token

    def end_token(self, token: str) -> None:
        """A command ended, and its token with it."""
        self._tokens.discard(token)

    def encrypt(self, password: str) -> str:
        """Return a password as contexts carry it."""
        return self._cipher.encrypt(password.encode()).decode()

    async def _endpoint(self, request: Request) -> Response:
        name = request.path_params["operation"]
        answer = await run_in_threadpool(
            self._answer, name, request.headers.get("authorization", ""), await request.body()
        )
        return Response(answer, media_type="text/xml; charset=utf-8")

    def _answer(self, name: str, authorization: str, body: bytes) -> str:
        self.calls.append(name)
        try:
            return _envelope(name, f"<ErrorCode>0</ErrorCode>{self._do(name, authorization, body)}")
        except ApiError as error:
            return _envelope(name, f"<Error>{escape(str(error))}</Error><ErrorCode>{error.code}</ErrorCode>", "false")

    def _do(self, name: str, authorization: str, body: bytes) -> str:
        operation = self._operations.get(name)
        if operation is None:
            known = ", ".join(self._operations)
            raise ApiError(WRONG_CALL, f"The operation '{name}' is not there; these are: {known}")
        if name != "SecureLogon":
            self._require_token(_token(authorization))
        try:
            return operation(fromstring(body))
        except (ParseError, DefusedXmlException):
            raise ApiError(WRONG_CALL, f"The request of '{name}' is not XML") from None

    def _require_token(self, token: str) -> None:
        if token not in self._tokens:
            raise ApiError(TOKEN_INVALID, "The session's token is not valid; it ends with its command")

    def _resource(self, name: str) -> Resource:
        if name not in self.resources:
            raise ApiError(NOT_FOUND, f"EntityException [Error Code: EntityNotFound]: Entity '{name}' not found.")
        return self.resources[name]

    def _secure_logon(self, call: Element) -> str:
        token = _parameter(call, "token")
        self._require_token(token)
        domain = quoteattr(_parameter(call, "domainName"))
        return (
            f'<ResponseInfo xsi:type="LogonResponseInfo"><Domain Name={domain} Description="" DomainId="1"/>'
            '<User Name="admin" IsAdmin="true" IsActive="true" IsDomainAdmin="true"/>'
            f"<Token Token={quoteattr(token)}/></ResponseInfo>"
        )

    def _decrypt_password(self, call: Element) -> str:
        try:
            password = self._cipher.decrypt(_parameter(call, "encryptedString").encode()).decode()
        except InvalidToken:
            raise ApiError(WRONG_CALL, "The text is not an encrypted password") from None
        return _value("", password)

    def _get_attribute_value(self, call: Element) -> str:
        resource, name = self._resource(_parameter(call, "resourceFullPath")), _parameter(call, "attributeName")
        return _value(name, resource.attributes[_known(resource, name)])

    def _set_attribute_value(self, call: Element) -> str:
        resource, name = self._resource(_parameter(call, "resourceFullPath")), _parameter(call, "attributeName")
        resource.attributes[_known(resource, name)] = _parameter(call, "attributeValue")
        return ""

    def _update_resource_address(self, call: Element) -> str:
        self._resource(_parameter(call, "resourceFullPath")).address = _parameter(call, "resourceAddress")
        return ""

    def _set_resource_live_status(self, call: Element) -> str:
        status = (_parameter(call, "liveStatusName"), _parameter(call, "additionalInfo"))
        self._resource(_parameter(call, "resourceFullName")).live_status.append(status)
        return ""

    def _write_message(self, call: Element) -> str:
        self.messages.append(_parameter(call, "message"))
        return ""


def _free_listener() -> socket.socket:
    for address in ADDRESSES:
        # With the protocol named, asyncio turns Nagle off; else every answer waits 40 ms.
        listener = socket.socket(proto=socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, PORT))
            listener.listen(128)
        except OSError:
            listener.close()
        else:
            return listener
    raise NoFreeAddress(PORT)


def _envelope(name: str, body: str, success: str = "true") -> str:
    return _ENVELOPE.format(name=quoteattr(name), success=success, body=body)


def _token(authorization: str) -> str:
    parts = dict(part.strip().partition("=")[::2] for part in authorization.split(";"))
    return parts.get("Token", "")


def _parameter(call: Element, name: str) -> str:
    element = call.find(name)
    if element is None:
        raise ApiError(WRONG_CALL, f"The call of '{call.tag}' has no '{name}'")
    return element.text or ""


def _known(resource: Resource, attribute: str) -> str:
    if attribute not in resource.attributes:
        raise ApiError(NOT_FOUND, f"The resource '{resource.name}' has no attribute '{attribute}'")
    return attribute


def _value(name: str, value: str) -> str:
    return f'<ResponseInfo xsi:type="AttributeValueInfo" Name={quoteattr(name)} Value={quoteattr(value)}/>'
