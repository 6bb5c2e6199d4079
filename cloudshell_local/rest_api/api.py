"""The REST API's calls. Their status codes are odd, and clients count on them: a shell that is not there is 400 to GET and
DELETE, and 404 to PUT; a new shell is 201."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cloudshell_local.access import DOMAIN, Session
from cloudshell_local.errors import (
    AlreadyExists,
    InUse,
    LocalError,
    LoginFailed,
    NotFound,
    NotPermitted,
    TokenInvalid,
    WrongCall,
)
from cloudshell_local.http import in_thread, refuse_oversized
from cloudshell_local.rest_api.packages import Packages
from cloudshell_local.services.container import Services
from cloudshell_local.shells.standards import STANDARDS

logger = logging.getLogger(__name__)
Handler = Callable[[Request, Session], Awaitable[Response]]
# What the real server answers to these is not known, but for the first three; 404 would mean an old server to clients.
STATUS: dict[type[LocalError], int] = {
    LoginFailed: 401,
    TokenInvalid: 401,
    NotFound: 400,
    NotPermitted: 403,
    InUse: 409,
}
PYTHON_3 = {"Position": 1, "Path": "3"}


class RestApi:
    """Its paths are matched whatever their case: clients write /API/ and /Api/."""

    def __init__(self, services: Services) -> None:
        self._access = services.access
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
            Route("/{path:path}", _not_there, methods=["GET", "PUT", "POST", "DELETE"]),
        ]
        self.app = Starlette(routes=routes, middleware=[])
        self.app.add_middleware(_AnyCase)

    def _route(self, path: str, handler: Handler, method: str) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                session = self._access.session(request.headers.get("authorization", "").removeprefix("Basic ").strip())
                return await handler(request, session)
            except LocalError as error:
                return _refused(error)
            except Exception as error:  # The client gets a sentence, the log the traceback.
                logger.exception("%s %s", method, path)
                return _refused(LocalError(f"The server failed: {type(error).__name__}; its log tells more"), 500)

        return Route(path, endpoint, methods=[method])

    async def _login(self, request: Request) -> Response:
        try:
            given = await _fields(request)
            if given.get("token"):
                session = self._access.session(given["token"])
            else:
                wanted = (given.get("username", ""), given.get("password", ""), given.get("domain", DOMAIN))
                session = await in_thread(lambda: self._access.log_on(*wanted))
        except LocalError as error:
            return _refused(error)
        return JSONResponse(session.token)

    async def _add_shell(self, request: Request, session: Session) -> Response:
        session.require_admin("install shells")
        package = await _upload(request)
        shell = await in_thread(lambda: self._catalog.add(package, session.user))
        return JSONResponse({"Name": shell.name}, 201)

    async def _update_shell(self, request: Request, session: Session) -> Response:
        session.require_admin("update shells")
        name = request.path_params["name"]
        try:
            self._catalog.shell(name)
        except NotFound as error:
            return _refused(error, 404)
        package = await _upload(request)
        await in_thread(lambda: self._catalog.update(name, package, session.user))
        return Response(status_code=200)

    async def _get_shell(self, request: Request, session: Session) -> Response:
        name = request.path_params["name"]
        shell, installed = self._catalog.shell(name), self._catalog.installed(name)
        return JSONResponse(
            {
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
        )

    async def _delete_shell(self, request: Request, session: Session) -> Response:
        session.require_admin("delete shells")
        self._catalog.delete(request.path_params["name"])
        return Response(status_code=200)

    async def _get_standards(self, request: Request, session: Session) -> Response:
        found = [{"StandardName": name, "Versions": list(versions)} for name, versions in STANDARDS.items()]
        return JSONResponse(found)

    async def _import(self, request: Request, session: Session) -> Response:
        session.require_admin("import packages")
        package = await _upload(request)
        await in_thread(lambda: self._packages.import_package(package))
        return Response(status_code=200)

    async def _export(self, request: Request, session: Session) -> Response:
        asked = await _json(request)
        names = asked.get("TopologyNames") if isinstance(asked, dict) else None
        if not isinstance(names, list):
            raise WrongCall('The body should be {"TopologyNames": ["..."]}')
        package = await in_thread(lambda: self._packages.export_package([str(name) for name in names]))
        return Response(package, media_type="application/zip")


class _AnyCase:
    """Makes paths lower case, but for a shell's name."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        parts = scope["path"].split("/")
        known = len(parts) > 3 and parts[2].lower() == "shells"
        lowered = [part if known and place > 2 else part.lower() for place, part in enumerate(parts)]
        await self._app({**scope, "path": "/".join(lowered)}, receive, send)


async def _not_there(request: Request) -> Response:
    return _refused(NotFound(request.url.path, "This call is not there on this server."), 404)


async def _fields(request: Request) -> dict[str, str]:
    """Return a login's fields in lower case, from a form or from JSON."""
    if "json" in request.headers.get("content-type", ""):
        given = await _json(request)
    else:
        given = dict(await request.form())
    if not isinstance(given, dict):
        raise WrongCall("The body should have username, password and domain")
    return {str(name).lower(): str(value) for name, value in given.items()}


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        raise WrongCall("The body should be JSON") from None


async def _upload(request: Request) -> bytes:
    """Return the first file of a form, whatever its name is; raise WrongCall."""
    refuse_oversized(request)
    with suppress(HTTPException):  # It is no form.
        async with request.form(max_files=1, max_fields=100) as form:
            for value in form.values():
                if isinstance(value, UploadFile):
                    return await value.read()
    raise WrongCall("The request should have a file, as multipart/form-data")


def _refused(error: LocalError, status: int = 0) -> Response:
    by_kind = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    text = str(error) if not isinstance(error, AlreadyExists) else f"{error}."
    return JSONResponse({"Message": text}, status or by_kind)
