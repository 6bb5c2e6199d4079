"""The application of the automation API: it finds a request's operation, checks its session, and answers with XML.

It is the one place where errors become responses.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, get_type_hints
from xml.etree.ElementTree import Element

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route

from cloudshell_local.access import Access, Session
from cloudshell_local.automation_api import xml
from cloudshell_local.automation_api.app_editing import AppEditingOperations
from cloudshell_local.automation_api.apps import AppOperations
from cloudshell_local.automation_api.commands import CommandOperations
from cloudshell_local.automation_api.pools import PoolOperations
from cloudshell_local.automation_api.reservation_contents import ReservationContentOperations
from cloudshell_local.automation_api.reservation_properties import ReservationPropertyOperations
from cloudshell_local.automation_api.reservations import ReservationOperations
from cloudshell_local.automation_api.resource_search import ResourceSearchOperations
from cloudshell_local.automation_api.resources import ResourceOperations
from cloudshell_local.automation_api.sessions import SessionOperations
from cloudshell_local.automation_api.topologies import TopologyOperations
from cloudshell_local.errors import LocalError, TooLarge, WrongCall
from cloudshell_local.guards import BodyGuard
from cloudshell_local.http import in_thread
from cloudshell_local.services.container import Services
from cloudshell_local.services.permissions import AUTOMATION_API, Permissions, Subject, Who

logger = logging.getLogger(__name__)
# The parameters that name the sandbox and the resource of an operation.
SANDBOX = "reservationId"
RESOURCE = "resourceFullPath"
# The parameters of operations that no request has: the caller's session, and the address that it calls from.
SESSION, CLIENT = "session", "client"
# The largest request names some thousand resources.
MOST_READ = 16 * 2**20


def operation_groups(services: Services) -> list[object]:
    """Return the objects whose methods are the operations."""
    return [
        SessionOperations(services),
        ResourceOperations(services),
        ResourceSearchOperations(services),
        ReservationOperations(services),
        ReservationContentOperations(services),
        ReservationPropertyOperations(services),
        AppEditingOperations(services),
        TopologyOperations(services),
        AppOperations(services),
        PoolOperations(services),
        CommandOperations(services),
    ]


@dataclass(frozen=True)
class Operation:
    """An operation of the API.

    types: of its parameters. required: parameters without a default. wants: SESSION and CLIENT, as far as it has them.
    """

    function: Callable[..., Element | None]
    types: Mapping[str, Any]
    required: set[str]
    wants: set[str]

    @classmethod
    def of(cls, function: Callable[..., Element | None]) -> Operation:
        """Return the operation of a method. Its parameters are those of the request, besides SESSION and CLIENT."""
        hints = get_type_hints(function)
        parameters = inspect.signature(function).parameters
        required = {name for name, each in parameters.items() if each.default is inspect.Parameter.empty}
        wants = {SESSION, CLIENT} & set(parameters)
        types = {name: hints[name] for name in parameters if name not in wants}
        return cls(function, types, required - wants, wants)


class AutomationApi:
    """The operations of all groups. A group is an object; its methods that begin with a capital letter are operations.

    app: the ASGI application to serve.
    """

    def __init__(self, access: Access, permissions: Permissions, groups: Sequence[object]) -> None:
        self._access = access
        self._permissions = permissions
        self.operations = {
            name: Operation.of(method)
            for group in groups
            for name, method in inspect.getmembers(group, inspect.ismethod)
            if name[0].isupper()
        }
        route = Route("/ResourceManagerApiService/{operation}", self._endpoint, methods=["POST"])
        self.app = Starlette(routes=[route], exception_handlers={ClientDisconnect: _client_disconnected})
        self.app.add_middleware(BodyGuard, is_logged_in=self._is_logged_in, most=MOST_READ)

    async def _endpoint(self, request: Request) -> Response:
        name, authorization = request.path_params["operation"], request.headers.get("authorization", "")
        client = request.client.host if request.client else ""
        try:
            body = await request.body()
        except TooLarge as error:
            return _xml(xml.error_response(name, error))
        return _xml(await in_thread(lambda: self.respond(name, authorization, body, client)))

    def respond(self, name: str, authorization: str, body: bytes, client: str = "") -> bytes:
        """Run an operation and return the response.

        authorization: the header. body: the request's XML. client: the address that it comes from.
        """
        try:
            with self._session(name, authorization) as session:
                return xml.success_response(name, self._run(name, session, body, client))
        except LocalError as error:
            return xml.error_response(name, error)
        except Exception as error:  # The client gets a sentence; the traceback is in the log.
            logger.exception("The operation %s", name)
            return xml.error_response(
                name, LocalError(f"The server failed: {type(error).__name__}; its log tells more")
            )

    def _is_logged_in(self, request: HTTPConnection) -> bool:
        return self._access.is_session(_token(request.headers.get("authorization", "")))

    def _session(self, name: str, authorization: str) -> AbstractContextManager[Session | None]:
        if name not in self.operations or AUTOMATION_API[name].who is Who.EVERYBODY:
            return nullcontext()
        return self._access.using(_token(authorization))

    def _run(self, name: str, session: Session | None, body: bytes, client: str) -> Element | None:
        operation = self.operations.get(name)
        if operation is None:
            known = ", ".join(sorted(self.operations))
            raise WrongCall(f"The operation '{name}' does not exist on this server; it has: {known}")
        request = xml.parse_request(name, body)
        arguments = xml.arguments(request, operation.types, operation.required)
        if session:
            subject = Subject(sandbox=arguments.get(SANDBOX, ""), resource=arguments.get(RESOURCE, ""))
            self._permissions.require(AUTOMATION_API[name], session, subject)
        given = {SESSION: session, CLIENT: client}
        return operation.function(**{each: given[each] for each in operation.wants}, **arguments)


def _xml(response: bytes) -> Response:
    return Response(response, media_type="text/xml; charset=utf-8")


async def _client_disconnected(_: Request, __: Exception) -> Response:
    """Return a response that nobody reads: the client has gone before it sent its whole request, as a killed driver does."""
    return Response(status_code=400)


def _token(authorization: str) -> str:
    """Return the token of "MachineName=...;Token=...", in any order: clients differ (docs/reference/server.md §2)."""
    parts = dict(part.strip().partition("=")[::2] for part in authorization.split(";"))
    return parts.get("Token", "")
