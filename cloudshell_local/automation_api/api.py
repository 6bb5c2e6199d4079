"""Which call is which operation: the one place where errors become answers."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints
from xml.etree.ElementTree import Element

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from cloudshell_local.access import Access, Session
from cloudshell_local.automation_api import xml
from cloudshell_local.automation_api.apps import AppOperations
from cloudshell_local.automation_api.commands import CommandOperations
from cloudshell_local.automation_api.pools import PoolOperations
from cloudshell_local.automation_api.reservations import ReservationOperations
from cloudshell_local.automation_api.resources import ResourceOperations
from cloudshell_local.automation_api.sessions import SessionOperations
from cloudshell_local.errors import LocalError, WrongCall
from cloudshell_local.http import in_thread
from cloudshell_local.services.container import Services

logger = logging.getLogger(__name__)
WITHOUT_SESSION = ("Logon", "SecureLogon")


@dataclass(frozen=True)
class Operation:
    """One that clients call. types: of its parameters; required: those without a default."""

    function: Callable[..., Element | None]
    types: Mapping[str, type]
    required: set[str]
    wants_session: bool

    @classmethod
    def of(cls, function: Callable[..., Element | None]) -> Operation:
        """Return the operation that a method is: its parameters are those of the call; `session` is who calls."""
        hints = get_type_hints(function)
        parameters = inspect.signature(function).parameters
        required = {name for name, each in parameters.items() if each.default is inspect.Parameter.empty}
        types = {name: hints[name] for name in parameters if name != "session"}
        return cls(function, types, required - {"session"}, "session" in parameters)


class AutomationApi:
    """groups: objects whose methods of CloudShell's names are the operations."""

    def __init__(self, access: Access, groups: list[object]) -> None:
        self._access = access
        self.operations = {
            name: Operation.of(method)
            for group in groups
            for name, method in inspect.getmembers(group, inspect.ismethod)
            if name[0].isupper()
        }
        route = Route("/ResourceManagerApiService/{operation}", self._endpoint, methods=["POST"])
        self.app = Starlette(routes=[route], exception_handlers={ClientDisconnect: _left_unread})

    async def _endpoint(self, request: Request) -> Response:
        name, authorization = request.path_params["operation"], request.headers.get("authorization", "")
        body = await request.body()
        answer = await in_thread(lambda: self.answer(name, authorization, body))
        return Response(answer, media_type="text/xml; charset=utf-8")

    def answer(self, name: str, authorization: str, body: bytes) -> bytes:
        """Do a call and return its answer; authorization: the header."""
        try:
            return xml.answered(name, self._do(name, authorization, body))
        except LocalError as error:
            return xml.refused(name, error)
        except Exception as error:  # The client gets a sentence, the log the traceback.
            logger.exception("The operation %s", name)
            return xml.refused(name, LocalError(f"The server failed: {type(error).__name__}; its log tells more"))

    def _do(self, name: str, authorization: str, body: bytes) -> Element | None:
        operation = self.operations.get(name)
        if operation is None:
            raise WrongCall(f"The operation '{name}' is not there; these are: {', '.join(sorted(self.operations))}")
        given: dict[str, Any] = {}
        if name not in WITHOUT_SESSION:
            session: Session = self._access.session(_token(authorization))
            given = {"session": session} if operation.wants_session else {}
        call = xml.parse(name, body)
        return operation.function(**given, **xml.arguments(call, operation.types, operation.required))


def operation_groups(services: Services) -> list[object]:
    """Return the objects whose methods are the operations."""
    return [
        SessionOperations(services),
        ResourceOperations(services),
        ReservationOperations(services),
        AppOperations(services),
        PoolOperations(services),
        CommandOperations(services),
    ]


async def _left_unread(_: Request, __: Exception) -> Response:
    """Nobody waits for this answer: whoever called was killed in the midst of it, as a driver may be."""
    return Response(status_code=400)


def _token(authorization: str) -> str:
    parts = dict(part.strip().partition("=")[::2] for part in authorization.split(";"))
    return parts.get("Token", "")
