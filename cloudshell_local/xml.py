"""XML, written and read safely: characters that XML cannot have are left out, documents with entities are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile('[&<>"\r\n\t]')
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ATTRIBUTE_ESCAPES = {**_ESCAPES, **str.maketrans({'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#09;"})}
# What is read from elements calls itself for their children.
DEEPEST = 100


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
    if isinstance(value, bool):
        return str(value).lower()
    written = str(value)
    # Every printable character is one of XML's, and asking for that is far quicker than looking for others.
    return written if written.isprintable() else _NOT_XML.sub("", written)


def written(element: Element) -> str:
    """Return an element as text, as ElementTree's `tostring` writes it.

    That one is not used because it takes twice as long: a sandbox of a thousand Apps has fifteen thousand elements.
    """
    pieces: list[str] = []
    _write(element, pieces.append)
    return "".join(pieces)


def _write(element: Element, add: Callable[[str], object]) -> None:
    attributes = "".join([f' {name}="{_escaped_attribute(value)}"' for name, value in element.items()])
    if not len(element) and not element.text:
        add(f"<{element.tag}{attributes} />")
        return
    add(f"<{element.tag}{attributes}>{_escaped(element.text or '')}")
    for child in element:
        _write(child, add)
    add(f"</{element.tag}>")


def _escaped(value: str) -> str:
    return value if not _SPECIAL.search(value) else value.translate(_ESCAPES)


def _escaped_attribute(value: str) -> str:
    return value if not _SPECIAL.search(value) else value.translate(_ATTRIBUTE_ESCAPES)


def read(content: bytes) -> Element:
    """Return the root element of a document; raise NotXml."""
    try:
        root: Element = fromstring(content)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise NotXml(f"it is not XML ({error})") from None
    if content.count(b"<") > DEEPEST and _is_deeper(root):
        raise NotXml(f"its elements are nested more than {DEEPEST} deep")
    return root


def _is_deeper(root: Element) -> bool:
    level = [root]
    for _ in range(DEEPEST):
        level = [child for element in level for child in element]
    return bool(level)
