"""Discovery settings of a shell: its AutoDiscovery capability."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cloudshell_local.shells.properties import with_default
from cloudshell_local.shells.standards import AUTO_DISCOVERY, DISCOVERY_SETTINGS, AttributeDefinition
from cloudshell_local.shells.tosca import NodeType
from cloudshell_local.shells.yaml_data import as_text, mapping


@dataclass(frozen=True)
class Discovery:
    """How a new resource is filled in and discovered.

    attributes: those that the user fills in, by their full names; inventory_description: describes the shell in the list of
    resource types; auto_discovery_description: stands above the discovery's form; hides_address: whether the user gives no
    address; is_enabled: whether a new resource is discovered at once.
    """

    attributes: Mapping[str, AttributeDefinition]
    inventory_description: str = ""
    auto_discovery_description: str = ""
    hides_address: bool = False
    is_enabled: bool = True


def read_discovery(node: NodeType, attributes: Mapping[str, AttributeDefinition]) -> Discovery:
    """Return the discovery settings of a node type. attributes: the node type's, by their full names."""
    properties = node.capability(AUTO_DISCOVERY)
    settings = {name: as_text(mapping(properties, name).get("default")) for name in DISCOVERY_SETTINGS}
    return Discovery(
        _attributes(node, properties, attributes),
        settings["inventory_description"],
        settings["auto_discovery_description"],
        settings["hide_address"].lower() == "true",
        # On unless it is switched off, as in the standard (docs/reference/features.md A10).
        settings["enable_auto_discovery"].lower() != "false",
    )


def _attributes(
    node: NodeType, properties: Mapping[str, object], attributes: Mapping[str, AttributeDefinition]
) -> dict[str, AttributeDefinition]:
    """Return the attributes of the form, with the defaults and descriptions that they have in the capability."""
    found: dict[str, AttributeDefinition] = {}
    for name, value in properties.items():
        full_name = f"{node.model}.{name}"
        if full_name in attributes:
            found[full_name] = _overridden(node, attributes[full_name], name, value)
        elif name not in DISCOVERY_SETTINGS:
            node.fail(
                f".capabilities: the AutoDiscovery property '{name}' is not among the properties of the node type"
            )
    return found


def _overridden(node: NodeType, attribute: AttributeDefinition, name: str, value: object) -> AttributeDefinition:
    if not isinstance(value, dict):
        return attribute
    described = replace(attribute, description=as_text(value.get("description", attribute.description)).strip())
    if "default" not in value:
        return described
    return with_default(described, value["default"], f"{node.location}.capabilities.{name}", node.findings)
