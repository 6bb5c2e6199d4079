"""The drivermetadata.xml of a driver: which names, descriptions and tags it gives to commands and their parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from cloudshell_local import xml
from cloudshell_local.shells.findings import Findings

METADATA = "drivermetadata.xml"
HIDDEN_CATEGORY = "Hidden Commands"
# What the developer guide and Quali's own shells have, by the tag: docs/reference/features.md A1.
_ATTRIBUTES = {
    "Driver": {"Description", "MainClass", "Name", "Version", "PythonVersion"},
    "Layout": set[str](),
    "Category": {"Name"},
    "Command": {"Name", "DisplayName", "Description", "Tags", "EnableCancellation", "Visibility"},
    "Parameters": set[str](),
    "Parameter": {"Name", "DisplayName", "Description", "Type", "AllowedValues", "DefaultValue", "Mandatory"},
}
_PARENTS = {
    "Layout": {"Driver"},
    "Category": {"Layout"},
    "Command": {"Layout", "Category"},
    "Parameters": {"Command"},
    "Parameter": {"Parameters"},
}
_VISIBILITIES = ("", "Everyone", "AdminOnly")


@dataclass(frozen=True)
class ListedCommand:
    """A command that the metadata lists. parameters: the attributes of its Parameter tags, by the parameters' names."""

    name: str
    category: str
    attributes: Mapping[str, str]
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class DriverMetadata:
    """Contents of a drivermetadata.xml. python_version: empty if it has none."""

    name: str
    main_class: str
    python_version: str
    commands: Mapping[str, ListedCommand]


def read_metadata(content: bytes, location: str, findings: Findings) -> DriverMetadata | None:
    """Return the contents of a drivermetadata.xml; None, and a problem, if it is no XML.

    Tags and attributes that are unknown, or in a place where they mean nothing, are warnings.
    """
    try:
        root = xml.read(content)
    except xml.NotXml as error:
        findings.fail(f"{location}: {error}")
        return None
    for warning in _oddities(root, ""):
        findings.warn(f"{location}: {warning}")
    found = list(_commands(root, ""))
    return DriverMetadata(
        root.get("Name", ""),
        root.get("MainClass", ""),
        root.get("PythonVersion", "").strip(),
        {command.name: command for command in found},
    )


def _commands(parent: Element, category: str) -> Iterator[ListedCommand]:
    for child in parent:
        if child.tag == "Command":
            parameters = {each.get("Name", ""): each.attrib for each in child.iter("Parameter")}
            yield ListedCommand(child.get("Name", ""), category, child.attrib, parameters)
        else:
            yield from _commands(child, child.get("Name", "") if child.tag == "Category" else category)


def _oddities(element: Element, parent: str) -> Iterator[str]:
    tag = element.tag
    if tag not in _ATTRIBUTES:
        yield f"the tag {tag} is unknown; known are {', '.join(_ATTRIBUTES)}"
    elif parent and parent not in _PARENTS.get(tag, set()):
        yield f"the tag {tag} should not be in {parent}"
    else:
        yield from _odd_attributes(element)
    for child in element:
        yield from _oddities(child, tag)


def _odd_attributes(element: Element) -> Iterator[str]:
    known = _ATTRIBUTES[element.tag]
    thing = " ".join([element.tag, *filter(None, [element.get("Name")])])
    for name in element.attrib:
        if name not in known:
            yield f"{thing}: the attribute {name} is unknown; known are {', '.join(sorted(known)) or 'none'}"
    if element.get("Visibility", "") not in _VISIBILITIES:
        yield f"{thing}: the Visibility {element.get('Visibility')!r} is unknown, so that everyone sees the command"
