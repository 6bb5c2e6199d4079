"""The bodies of requests to the REST API: logins, JSON and uploaded files, in the variants that clients send.

The variants are those of docs/reference/server.md §1.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from cloudshell_local.errors import WrongCall
from cloudshell_local.http import texts_of
from cloudshell_local.text import parsed_json


async def login_fields(request: Request) -> dict[str, str]:
    """Return the fields of a login by their names in lower case, from a form or from JSON: clients send either."""
    is_json = "json" in request.headers.get("content-type", "")
    fields = await json_body(request) if is_json else texts_of(await request.form())
    if not isinstance(fields, dict):
        raise WrongCall("The body should have username, password and domain")
    return {str(name).lower(): str(value) for name, value in fields.items()}


async def json_body(request: Request) -> Any:
    """Return the JSON of a body; raise WrongCall if it is none."""
    try:
        return parsed_json(await request.body())
    except ValueError:
        raise WrongCall("The body should be JSON") from None


async def uploaded_file(request: Request) -> bytes:
    """Return the first file of a form, whose name differs between clients; raise WrongCall if there is none."""
    with suppress(HTTPException):  # Raised if the body is not a form.
        async with request.form(max_files=1, max_fields=100) as form:
            for value in form.values():
                if isinstance(value, UploadFile):
                    return await value.read()
    raise WrongCall("The request should have a file, as multipart/form-data")
