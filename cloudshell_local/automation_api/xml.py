"""The XML of requests and responses, in the shape that the parser of cloudshell-automation-api accepts.

A response is one compact line, with exactly these namespaces; an error has HTTP status 200 and an Error element. The rules
are those of docs/reference/server.md §2, "Parser rules and traps".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from cloudshell_local.errors import LocalError, WrongCall
from cloudshell_local.xml import NotXml, node, read, text, written

_NAMESPACES = {
    "xmlns": "http://schemas.qualisystems.com/ResourceManagement/ApiCommandResult.xsd",
    "xmlns:xsd": "http://www.w3.org/2001/XMLSchema",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


@dataclass(frozen=True)
class Record:
    """A structured parameter, such as an AttributeNameValue.

    kind: its class in the client. values: its fields by their names; a record in a field is there as its own fields.
    content, fields: the same of an element of which it is not known yet whether it is a text, a list or a record.
    """

    kind: str
    values: Mapping[str, str | Sequence[Record]]
    content: str = field(default="", repr=False, compare=False)
    fields: Sequence[Record] = field(default=(), repr=False, compare=False)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; its default if it is missing; raise WrongCall if it has no default, or is a list.

        The client leaves out what is None.
        """
        value = self.values.get(name, default)
        if not isinstance(value, str):
            raise WrongCall(f"A {self.kind} should have a text '{name}'")
        return value

    def records(self, name: str) -> Sequence[Record]:
        """Return a list of records, empty if it is missing; raise WrongCall if it is a text."""
        value = self.values.get(name) or ()
        if isinstance(value, str):
            raise WrongCall(f"A {self.kind} should have a list '{name}'")
        return value

    def record(self, name: str) -> Record | None:
        """Return the record in a field; None if it is missing; raise WrongCall if it is a text."""
        fields = self.records(name)
        return Record(name, _values(fields)) if fields else None


Records = Sequence[Record]
Texts = Sequence[str]


def response_info(class_name: str, *children: Element | str | None, **attributes: object) -> Element:
    """Return the ResponseInfo of a response. class_name: the class of the client that is made from it."""
    element = node("ResponseInfo", *children, **attributes)
    element.attrib = {"xsi:type": class_name, **element.attrib}
    return element


def success_response(operation: str, info: Element | None) -> bytes:
    """Return the response to a request that succeeded. info: its ResponseInfo, None for an operation without a result."""
    return _response(operation, "true", node("ErrorCode", "0"), info)


def error_response(operation: str, error: LocalError) -> bytes:
    """Return the response to a request that failed, with the error's text and code."""
    return _response(operation, "false", node("Error", str(error)), node("ErrorCode", str(error.code)))


def parse_request(operation: str, body: bytes) -> Element:
    """Return the root of a request; raise WrongCall if it is not XML."""
    try:
        return read(body)
    except NotXml:
        raise WrongCall(f"The request of '{operation}' is not XML") from None


def arguments(request: Element, types: Mapping[str, Any], required: set[str]) -> dict[str, Any]:
    """Return a request's parameters, converted to their types; raise WrongCall for a missing or a wrong one.

    Parameters that the operation does not have are ignored: newer versions of the client send them.
    """
    found = {child.tag: child for child in request}
    for name in required - found.keys():
        raise WrongCall(f"The call of '{request.tag}' has no '{name}'")
    return {name: _converted(request.tag, name, kind, found[name]) for name, kind in types.items() if name in found}


def values_by_name(records: Records, name: str = "Name") -> dict[str, str]:
    """Return the values of name-value records by their names."""
    return {each.text(name): each.text("Value", "") for each in records}


def _response(operation: str, success: str, *children: Element | None) -> bytes:
    root = Element("Response", {"CommandName": text(operation), "Success": success, **_NAMESPACES})
    root.extend(child for child in children if child is not None)
    return f'<?xml version="1.0" encoding="utf-8"?>{written(root)}'.encode()


def _converted(operation: str, name: str, kind: Any, element: Element) -> Any:
    right, convert = _CONVERTERS[kind]
    try:
        return convert(element)
    except (ValueError, KeyError):
        given = "another list" if len(element) else f"'{element.text or ''}'"
        raise WrongCall(f"The call of '{operation}': '{name}' should be {right}, not {given}") from None


def _text(element: Element) -> str:
    if len(element):
        raise ValueError
    return element.text or ""


def _boolean(element: Element) -> bool:
    return _BOOLEANS[_text(element).strip().lower()]


def _number(element: Element) -> float:
    number = float(_text(element) or "0")
    if not math.isfinite(number):
        raise ValueError
    return number


def _items(element: Element) -> list[Element]:
    if (element.text or "").strip():
        raise ValueError
    return list(element)


def _records(element: Element) -> list[Record]:
    items = _items(element)
    if any((child.text or "").strip() and not len(child) for child in items):
        raise ValueError
    return [_record(child) for child in items]


def _record(element: Element) -> Record:
    fields = [_record(child) for child in element]
    return Record(element.tag, _values(fields), element.text or "", fields)


def _values(fields: Records) -> dict[str, str | Sequence[Record]]:
    return {each.kind: each.fields or each.content for each in fields}


_BOOLEANS = {"true": True, "false": False, "1": True, "0": False, "": False}
# What each type of parameter should be, and how it is read; ValueError is raised for anything else.
_CONVERTERS: dict[Any, tuple[str, Callable[[Element], Any]]] = {
    str: ("a text", _text),
    bool: ("true or false", _boolean),
    int: ("a number", lambda element: int(_number(element))),
    float: ("a number", _number),
    Texts: ("a list of texts", lambda element: [_text(child) for child in _items(element)]),
    Records: ("a list of records, each with its fields", _records),
}
