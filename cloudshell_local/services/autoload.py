"""AutoLoadDetails, which a driver's get_inventory answers: the attributes of a resource, and its sub-resources.

The shape: docs/reference/wire.md §3; sub-resources and the attribute VmDetails: docs/reference/features.md A6 and A9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudshell_local.errors import CommandFailed
from cloudshell_local.shells.standards import PASSWORD, AttributeDefinition
from cloudshell_local.storage.model import SubResource, VmDetails, new_id
from cloudshell_local.text import parsed_json

VM_DETAILS = "VmDetails"
_SHAPE = "'get_inventory' answered something that is not AutoLoadDetails"


@dataclass
class AutoLoadDetails:
    """Answer of get_inventory. attributes: of the resource itself; left_out: why something is left out, a sentence each."""

    attributes: dict[str, str] = field(default_factory=dict)
    sub_resources: list[SubResource] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read(answer: str | None) -> AutoLoadDetails:
    """Return the details in a driver's answer; raise CommandFailed for an answer of another shape.

    A sub-resource or one of its attributes that cannot be kept is left out.
    """
    data = _parsed(answer)
    details = AutoLoadDetails()
    found = [each for each in _records(data, "resources") if _address(each)]
    # Parents come first, so that a name can begin with the parent's: a driver may answer them in any order.
    for each in sorted(found, key=lambda each: _address(each).count("/")):
        _add_sub_resource(details, each)
    parts = {each.address: each for each in details.sub_resources}
    for each in _records(data, "attributes"):
        _add_attribute(details, parts, each)
    return details


def vm_details(value: str) -> VmDetails:
    """Return the VM details in the attribute VmDetails of a static VM; raise CommandFailed for another shape."""
    try:
        data = parsed_json(value)
        parameters = {str(each["Name"]): _text(each["Value"]) for each in data.get("VmCustomParams") or ()}
        return VmDetails(new_id(), _needed(data, "UID"), _needed(data, "CloudProviderName"), parameters)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CommandFailed(
            f"'get_inventory' answered an attribute {VM_DETAILS} that is not JSON with UID, CloudProviderName and "
            "VmCustomParams, a list of Name and Value"
        ) from None


def _parsed(answer: str | None) -> Mapping[str, Any]:
    try:
        data = parsed_json(answer or "{}")
    except ValueError:
        raise CommandFailed(_SHAPE) from None
    return data if isinstance(data, dict) else {}


def _records(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = data.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise CommandFailed(f"{_SHAPE}: its {name} should be a list of objects")
    return found


def _add_sub_resource(details: AutoLoadDetails, data: Mapping[str, Any]) -> None:
    address, model = _address(data), _text(data.get("model"))
    # A "/" separates the names in a full name, so that a part's own name cannot have one.
    own = _text(data.get("name")).replace("/", "-")
    name = "/".join(filter(None, (_parent_name(address, details.sub_resources), own)))
    problem = _problem(details.sub_resources, name, own, address)
    if problem:
        details.left_out.append(f"The sub-resource at the address '{address}' is left out: {problem}")
        return
    identifier = _text(data.get("unique_identifier"))
    details.sub_resources.append(SubResource(name, address, model, family(model), identifier))


def _problem(known: Iterable[SubResource], name: str, own: str, address: str) -> str:
    if not own:
        return "it has no name"
    if any(each.address == address for each in known):
        return "another one has this address"
    return f"another one is named '{name}'" if any(each.name == name for each in known) else ""


def _parent_name(address: str, known: Iterable[SubResource]) -> str:
    """Return the name of the closest of the known parts whose address an address begins with; empty if there is none."""
    parents = [each for each in known if address.startswith(f"{each.address}/")]
    return max(parents, key=lambda each: len(each.address)).name if parents else ""


def _add_attribute(details: AutoLoadDetails, parts: Mapping[str, SubResource], data: Mapping[str, Any]) -> None:
    address, name = _address(data), _text(data.get("attribute_name"))
    value = _text(data.get("attribute_value"))
    if not address:
        details.attributes[name] = value
    elif address in parts:
        part = parts[address]
        part.attributes[_full_name(part, name)] = value
    else:
        details.left_out.append(f"The attribute '{name}' is left out: no sub-resource has the address '{address}'")


def family(model: str) -> str:
    """Return the family of a sub-resource's model, as "CS_Port" of "My App.GenericPort"; empty if that is not known.

    The models that the standards have in them are named so; those of virtual ports are of the family of ports
    (docs/reference/features.md A9).
    """
    _, generic, kind = model.rpartition(".")[2].partition("Generic")
    return f"CS_{'Port' if kind == 'VPort' else kind}" if generic and kind else ""


def undefined_attribute(name: str) -> AttributeDefinition:
    """Return the definition of an attribute that no shell defines: a text, or a password if its name ends so."""
    return AttributeDefinition(PASSWORD if name.endswith("Password") else "string")


def _full_name(part: SubResource, name: str) -> str:
    prefixes = [each for each in (part.model, part.family) if each]
    has_prefix = any(name.startswith(f"{each}.") for each in prefixes)
    return name if has_prefix or not part.model else f"{part.model}.{name}"


def _address(data: Mapping[str, Any]) -> str:
    return _text(data.get("relative_address")).strip("/")


def _needed(data: Mapping[str, Any], name: str) -> str:
    """Return a text that may not be empty; raise KeyError."""
    value = _text(data[name])
    if not value:
        raise KeyError(name)
    return value


def _text(value: Any) -> str:
    return "" if value is None else str(value)
