"""XML, written and read: what no XML can have is left out, and what is dangerous is refused."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class NotXml(ValueError):
    """What was to be read is no XML, or none that is read here."""


def node(tag: str, *children: Element | str | None, **attributes: object) -> Element:
    """Return an element; attributes that are None are left out, as are such children."""
    element = Element(tag, {name: text(value) for name, value in attributes.items() if value is not None})
    for child in children:
        if isinstance(child, str):
            element.text = text(child)
        elif child is not None:
            element.append(child)
    return element


def text(value: object) -> str:
    """Return a value as XML has it: what no XML can have, as a driver may print it, is left out."""
    return str(value).lower() if isinstance(value, bool) else _NOT_XML.sub("", str(value))


def read(content: bytes) -> Element:
    """Return the root of a document; raise NotXml."""
    try:
        root: Element = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise NotXml(f"it is not XML ({error})") from None
    return root
