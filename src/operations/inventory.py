"""get_inventory: is what the administrator typed usable? What was left empty gets its default."""

from __future__ import annotations

from collections.abc import Mapping

from cloudshell.shell.core.driver_context import AutoLoadAttribute, AutoLoadDetails

from heavenly_cloud.errors import InvalidValue
from heavenly_cloud.networks import HIGHEST_ID, parse_network
from shell.command import Command
from shell.errors import BadResource, EvilName
from shell.resource import DEFAULTS, ProviderResource


def discover(command: Command, attributes: Mapping[str, str]) -> AutoLoadDetails:
    """Return the defaults of the attributes that are there and empty; raise what is wrong with the others.

    attributes: the resource's, under their full names. The password is never among what is returned.
    """
    resource = command.resource
    _check(resource, command.networking)
    command.cloud.require_open_region()
    defaults = {**DEFAULTS, "Networking type": command.networking}
    filled = [
        AutoLoadAttribute("", f"{resource.model}.{name}", default)
        for name, default in defaults.items()
        if default and attributes.get(f"{resource.model}.{name}") == ""
    ]
    command.logger.info("Discovered '%s' in the region '%s'", resource.name, resource.region)
    for number, record in enumerate(command.cloud.fault_stats, 1):
        command.logger.info("Weather, rule %d: %s; it struck %d times", number, record.rule.operation, record.hits)
    return AutoLoadDetails([], filled)


def _check(resource: ProviderResource, networking: str) -> None:
    if resource.name.lower() == "evil":
        raise EvilName(name=resource.name)
    if resource.vlan_type not in HIGHEST_ID:
        raise InvalidValue(name="'VLAN Type'", value=resource.vlan_type, right=f"one of {', '.join(HIGHEST_ID)}")
    if resource.networking_type not in ("", networking):
        reason = f"its 'Networking type' is {resource.networking_type}, but this is the {networking} shell"
        raise BadResource(name=resource.name, reason=reason)
    for network in resource.networks_in_use:
        parse_network(network)
