"""get_inventory: check the resource's attributes, and fill in the defaults of those that were left empty."""

from __future__ import annotations

from collections.abc import Mapping

from cloudshell.shell.core.driver_context import AutoLoadAttribute, AutoLoadDetails

from provider.cloud import Command


def discover(command: Command, attributes: Mapping[str, str], networking: str = "L2") -> AutoLoadDetails:
    """Return the defaults of the attributes that exist and are empty; raise an error for one that is wrong.

    attributes: the resource's, under their full names; networking: L2 or L3, which shell this is. The password is never
    among what is returned.
    """
    resource = command.resource
    command.cloud.check_usable(networking)
    filled = [
        AutoLoadAttribute("", f"{resource.model}.{name}", default)
        for name, default in command.cloud.get_defaults(networking).items()
        if default and attributes.get(f"{resource.model}.{name}") == ""
    ]
    command.logger.info("Discovered '%s'", resource.name)
    return AutoLoadDetails([], filled)
