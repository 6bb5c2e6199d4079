"""The application of the packaging REST API.

Clients rely on the status codes of docs/reference/server.md §1: an unknown shell is 400 for GET and DELETE, but 404 for PUT,
and a new shell is 201.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cloudshell_local.access import DOMAIN, Session
from cloudshell_local.errors import (
    AlreadyExists,
    InUse,
    LocalError,
    LoginFailed,
    NotFound,
    NotPermitted,
    TokenInvalid,
    TooLarge,
    WrongCall,
)
from cloudshell_local.guards import BodyGuard
from cloudshell_local.http import in_thread
from cloudshell_local.rest_api.bodies import json_body, login_fields, uploaded_file
from cloudshell_local.rest_api.packages import Packages
from cloudshell_local.services.container import Services
from cloudshell_local.services.permissions import REST_API, Subject
from cloudshell_local.shells.definition import ShellDefinition
from cloudshell_local.shells.standards import STANDARDS
from cloudshell_local.storage.model import InstalledShell

logger = logging.getLogger(__name__)
Handler = Callable[[Request, Session], Awaitable[Response]]
# The first three are those of the real server (docs/reference/server.md §1), the others are guessed. None is 404, which
# tells clients that the server is too old for the call.
STATUS_CODES: dict[type[LocalError], int] = {
    LoginFailed: 401,
    TokenInvalid: 401,
    NotFound: 400,
    NotPermitted: 403,
    InUse: 409,
    TooLarge: 413,
}
PYTHON_3 = {"Position": 1, "Path": "3"}


class RestApi:
    """The packaging REST API of a server. app: the ASGI application to serve."""

    def __init__(self, services: Services) -> None:
        self._access = services.access
        self._permissions = services.permissions
        self._catalog = services.catalog
        self._packages = Packages(services)
        routes = [
            Route("/api/auth/login", self._login, methods=["PUT"]),
            self._route("/api/shells", self._add_shell, "POST"),
            self._route("/api/shells/{name}", self._get_shell, "GET"),
            self._route("/api/shells/{name}", self._update_shell, "PUT"),
            self._route("/api/shells/{name}", self._delete_shell, "DELETE"),
            self._route("/api/standards", self._get_standards, "GET"),
            self._route("/api/package/importpackage", self._import, "POST"),
            self._route("/api/package/exportpackage", self._export, "POST"),
            Route("/{path:path}", _not_found, methods=["GET", "PUT", "POST", "DELETE"]),
        ]
        self.app = Starlette(routes=routes)
        self.app.add_middleware(_LowerCasePaths)
        self.app.add_middleware(BodyGuard, is_logged_in=lambda request: self._access.is_session(_token(request)))

    def _route(self, path: str, handler: Handler, method: str) -> Route:
        permission = REST_API[f"{method} {path}"]

        async def endpoint(request: Request) -> Response:
            try:
                with self._access.using(_token(request)) as session:
                    self._permissions.require(permission, session, Subject())
                    return await handler(request, session)
            except LocalError as error:
                return _error_response(error)
            except ClientDisconnect:  # Nobody reads the response.
                return Response(status_code=400)
            except Exception as error:  # The client gets a sentence; the traceback is in the log.
                logger.exception("%s %s", method, path)
                return _error_response(
                    LocalError(f"The server failed: {type(error).__name__}; its log tells more"), 500
                )

        return Route(path, endpoint, methods=[method])

    async def _login(self, request: Request) -> Response:
        try:
            session = await self._log_on(await login_fields(request), request.client.host if request.client else "")
        except LocalError as error:
            return _error_response(error)
        except ClientDisconnect:  # Nobody reads the response.
            return Response(status_code=400)
        return JSONResponse(session.token)

    async def _log_on(self, fields: Mapping[str, str], client: str) -> Session:
        if fields.get("token"):
            return self._access.session(fields["token"])
        user, password = fields.get("username", ""), fields.get("password", "")
        return await in_thread(lambda: self._access.log_on(user, password, fields.get("domain", DOMAIN), client))

    async def _add_shell(self, request: Request, session: Session) -> Response:
        package = await uploaded_file(request)
        shell = await in_thread(lambda: self._catalog.add(package, session.user))
        return JSONResponse(_installed_json(shell), 201)

    async def _update_shell(self, request: Request, session: Session) -> Response:
        name = request.path_params["name"]
        try:
            self._catalog.shell(name)
        except NotFound as error:
            return _error_response(error, 404)
        package = await uploaded_file(request)
        shell = await in_thread(lambda: self._catalog.update(name, package, session.user))
        return JSONResponse(_installed_json(shell))

    async def _get_shell(self, request: Request, session: Session) -> Response:
        name = request.path_params["name"]
        return JSONResponse(_shell_json(self._catalog.shell(name), self._catalog.installed(name)))

    async def _delete_shell(self, request: Request, session: Session) -> Response:
        self._catalog.delete(request.path_params["name"])
        return Response(status_code=200)

    async def _get_standards(self, request: Request, session: Session) -> Response:
        found = [{"StandardName": name, "Versions": list(versions)} for name, versions in STANDARDS.items()]
        return JSONResponse(found)

    async def _import(self, request: Request, session: Session) -> Response:
        package = await uploaded_file(request)
        await in_thread(lambda: self._packages.import_package(package))
        return Response(status_code=200)

    async def _export(self, request: Request, session: Session) -> Response:
        body = await json_body(request)
        names = body.get("TopologyNames") if isinstance(body, dict) else None
        if not isinstance(names, list):
            raise WrongCall('The body should be {"TopologyNames": ["..."]}')
        package = await in_thread(lambda: self._packages.export_package([str(name) for name in names]))
        return Response(package, media_type="application/zip")


def _token(request: HTTPConnection) -> str:
    return request.headers.get("authorization", "").removeprefix("Basic ").strip()


class _LowerCasePaths:
    """Middleware that makes paths lower case, except for a shell's name: clients write /API/ and /Api/."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts = scope["path"].split("/")
        names_shell = len(parts) > 3 and parts[2].lower() == "shells"
        lowered = [part if names_shell and position > 2 else part.lower() for position, part in enumerate(parts)]
        await self._app({**scope, "path": "/".join(lowered)}, receive, send)


def _installed_json(shell: ShellDefinition) -> dict[str, Any]:
    """Return the answer to an install. Quali's clients look at its status alone, so people see the warnings elsewhere."""
    return {"Name": shell.name, "Warnings": list(shell.warnings)}


def _shell_json(shell: ShellDefinition, installed: InstalledShell) -> dict[str, Any]:
    return {
        "Id": installed.id,
        "Name": shell.name,
        "Version": shell.version,
        "StandardType": shell.kind,
        "ModificationDate": installed.modified,
        "LastModifiedByUser": {"Username": installed.modified_by, "Email": None},
        "Author": shell.author,
        "IsOfficial": False,
        "BasedOn": "",
        "ExecutionEnvironmentType": PYTHON_3,
    }


async def _not_found(request: Request) -> Response:
    return _error_response(NotFound(request.url.path, "This server does not have this call."), 404)


def _error_response(error: LocalError, status: int = 0) -> Response:
    known = next((code for kind, code in STATUS_CODES.items() if isinstance(error, kind)), 400)
    # With the dot, the sentence is that of the real server, which clients look for (docs/reference/server.md §1).
    text = f"{error}." if isinstance(error, AlreadyExists) else str(error)
    return JSONResponse({"Message": text}, status or known)
