"""The XML of calls and answers, and what the clients' parser trips over.

Tried with cloudshell-automation-api: answers are one compact line, the default namespace is this very string, an error has
HTTP status 200, lists have elements of any name, and an empty element of an object's type counts as an object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, tostring

from cloudshell_local.errors import LocalError, WrongCall
from cloudshell_local.xml import NotXml, node, read, text

Records = list[dict[str, Any]]
_NAMESPACES = {
    "xmlns": "http://schemas.qualisystems.com/ResourceManagement/ApiCommandResult.xsd",
    "xmlns:xsd": "http://www.w3.org/2001/XMLSchema",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


def info(kind: str, *children: Element | str | None, **attributes: object) -> Element:
    """Return a ResponseInfo of a class that the client knows by this name."""
    element = node("ResponseInfo", *children, **attributes)
    element.attrib = {"xsi:type": kind, **element.attrib}
    return element


def answered(operation: str, response: Element | None) -> bytes:
    """Return the answer to a call that succeeded."""
    return _response(operation, "true", node("ErrorCode", "0"), response)


def refused(operation: str, error: LocalError) -> bytes:
    """Return the answer to a call that failed."""
    return _response(operation, "false", node("Error", str(error)), node("ErrorCode", str(error.code)))


def _response(operation: str, success: str, *children: Element | None) -> bytes:
    root = Element("Response", {"CommandName": text(operation), "Success": success, **_NAMESPACES})
    root.extend(child for child in children if child is not None)
    written: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>{written}'.encode()


def parse(operation: str, body: bytes) -> Element:
    """Return a call; raise WrongCall for what is none."""
    try:
        return read(body)
    except NotXml:
        raise WrongCall(f"The request of '{operation}' is not XML") from None


def arguments(call: Element, types: Mapping[str, type], required: set[str]) -> dict[str, Any]:
    """Return a call's parameters, converted; raise WrongCall for one that is missing or of another type.

    A parameter that the operation does not know is from another version of the client, and is left alone.
    """
    given = {child.tag: child for child in call}
    for name in required - given.keys():
        raise WrongCall(f"The call of '{call.tag}' has no '{name}'")
    return {name: _convert(call.tag, name, kind, given[name]) for name, kind in types.items() if name in given}


def _convert(operation: str, name: str, kind: Any, element: Element) -> Any:
    try:
        return _CONVERTERS[kind](element)
    except ValueError:
        raise WrongCall(f"The call of '{operation}': '{name}' should be a number, not '{element.text}'") from None


def _record(element: Element) -> dict[str, Any]:
    return {child.tag: [_record(item) for item in child] if len(child) else child.text or "" for child in element}


_CONVERTERS: dict[Any, Callable[[Element], Any]] = {
    str: lambda element: element.text or "",
    bool: lambda element: (element.text or "").strip().lower() == "true",
    int: lambda element: int(float(element.text or "0")),
    float: lambda element: float(element.text or "0"),
    list[str]: lambda element: [child.text or "" for child in element],
    Records: lambda element: [_record(child) for child in element],
}
