"""XML, written and read safely: characters that XML cannot have are left out, documents with entities are refused."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class NotXml(ValueError):
    """Raised for a text that is not XML, or that is refused because it declares entities."""


def node(tag: str, *children: Element | str | None, **attributes: object) -> Element:
    """Return an element with children (a string is the element's text) and attributes; those that are None are left out."""
    element = Element(tag, {name: text(value) for name, value in attributes.items() if value is not None})
    for child in children:
        if isinstance(child, str):
            element.text = text(child)
        elif child is not None:
            element.append(child)
    return element


def text(value: object) -> str:
    """Return a value as text for XML: booleans in lower case; characters that XML cannot have are left out."""
    return str(value).lower() if isinstance(value, bool) else _NOT_XML.sub("", str(value))


def read(content: bytes) -> Element:
    """Return the root element of a document; raise NotXml."""
    try:
        root: Element = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise NotXml(f"it is not XML ({error})") from None
    return root
