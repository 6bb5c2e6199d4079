"""The diagram of a blueprint or a sandbox: Apps, services and resources, each with a name of its own, and connectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Union

from cloudshell_local.errors import ConnectionNotFound, NotFound, WrongCall
from cloudshell_local.storage.model import CONNECTED, PARTIAL, App, Blueprint, Connector, Sandbox, Service

Diagram = Union[Blueprint, Sandbox]


def names(diagram: Diagram) -> list[str]:
    """Return the names of everything in a diagram that a connector can end at."""
    return [*(app.name for app in diagram.apps), *(each.alias for each in diagram.services), *diagram.resources]


def require_names(diagram: Diagram) -> None:
    """Raise WrongCall when two things in a diagram have one name."""
    all_names = names(diagram)
    for name in all_names:
        if all_names.count(name) > 1:
            raise WrongCall(f"Two things of the diagram are named '{name}'")


def require_ends(diagram: Diagram, connectors: Sequence[Connector]) -> None:
    """Raise WrongCall for a connector that ends at nothing, or that connects a thing to itself."""
    known = names(diagram)
    for connector in connectors:
        for end in (connector.source, connector.target):
            if end not in known:
                raise WrongCall(f"A connector ends at '{end}', which is not in the diagram: {', '.join(known)}")
        if connector.source == connector.target:
            raise WrongCall(f"'{connector.source}' cannot be connected to itself")


def find_app(diagram: Diagram, name: str) -> App:
    """Return an App that is not deployed, by its name; raise NotFound."""
    for app in diagram.apps:
        if app.name == name:
            return app
    raise NotFound(name, f"Apps to deploy: {', '.join(app.name for app in diagram.apps) or 'none'}.")


def find_service(diagram: Diagram, alias: str) -> Service:
    """Return a service by its alias; raise NotFound."""
    for service in diagram.services:
        if service.alias == alias:
            return service
    raise NotFound(alias, f"Services: {', '.join(each.alias for each in diagram.services) or 'none'}.")


def find_connector(diagram: Diagram, one: str, other: str) -> Connector:
    """Return the connector between two things, in either direction; raise ConnectionNotFound."""
    for connector in diagram.connectors:
        if connector.joins(one, other):
            return connector
    raise ConnectionNotFound(one, other)


def add_app(diagram: Diagram, app: App) -> None:
    """Add an App, with a number after its name if that is taken."""
    app.name = free_name(app.name, names(diagram))
    diagram.apps.append(app)


def remove_app(diagram: Diagram, name: str) -> None:
    """Remove an App that is not deployed, and its connectors; raise NotFound, or WrongCall when one is connected."""
    diagram.apps.remove(find_app(diagram, name))
    _remove_connectors_of(diagram, name)


def add_service(diagram: Diagram, service: Service) -> None:
    """Add a service; raise WrongCall when its alias is taken."""
    diagram.services.append(service)
    require_names(diagram)


def remove_service(diagram: Diagram, alias: str) -> None:
    """Remove a service and its connectors; raise NotFound, or WrongCall when one is connected."""
    diagram.services.remove(find_service(diagram, alias))
    _remove_connectors_of(diagram, alias)


def add_connectors(diagram: Diagram, connectors: Sequence[Connector]) -> None:
    """Add connectors; where one is between the same two things already, update its direction and alias.

    Raises WrongCall for one that ends at nothing.
    """
    require_ends(diagram, connectors)
    for connector in connectors:
        found = [each for each in diagram.connectors if each.joins(connector.source, connector.target)]
        if found:
            found[0].direction, found[0].alias = connector.direction, connector.alias
        else:
            diagram.connectors.append(connector)


def remove_connector(diagram: Diagram, source: str, target: str) -> None:
    """Remove a connector; raise ConnectionNotFound, or WrongCall when it is connected."""
    connector = find_connector(diagram, source, target)
    _require_disconnected(connector)
    diagram.connectors.remove(connector)


def free_name(name: str, taken: Sequence[str]) -> str:
    """Return a name, with a number after it if it is taken."""
    number, found = 0, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _remove_connectors_of(diagram: Diagram, name: str) -> None:
    for connector in diagram.connectors:
        if name in (connector.source, connector.target):
            _require_disconnected(connector)
    diagram.connectors = [each for each in diagram.connectors if name not in (each.source, each.target)]


def _require_disconnected(connector: Connector) -> None:
    if connector.state in (CONNECTED, PARTIAL):
        raise WrongCall(f"'{connector.source}' and '{connector.target}' are connected; disconnect them first")
