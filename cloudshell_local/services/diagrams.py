"""The diagram of a blueprint or a sandbox: Apps, services and resources, each with a name of its own, and connectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Union

from cloudshell_local.errors import ConnectionFixed, ConnectionNotFound, NotFound, WrongCall, known_names
from cloudshell_local.storage.model import CONNECTED, PARTIAL, App, Blueprint, Connector, Sandbox, Service

Diagram = Union[Blueprint, Sandbox]
# The attribute of a Subnet service, or of a connector between two Apps, that has the range of its subnet.
ALLOCATED_CIDR = "Allocated CIDR"


def names(diagram: Diagram) -> list[str]:
    """Return the names of everything in a diagram that a connector can end at."""
    return [*diagram.apps.keys(), *diagram.services.keys(), *diagram.resources]


def is_taken(diagram: Diagram, name: str) -> bool:
    """Return whether something in a diagram that a connector can end at has a name."""
    return diagram.apps.has(name) or diagram.services.has(name) or name in diagram.resources


def require_names(diagram: Diagram) -> None:
    """Raise WrongCall when two things in a diagram have one name."""
    for name, number in Counter(names(diagram)).items():
        if number > 1:
            raise WrongCall(f"Two things of the diagram are named '{name}'")


def require_ends(diagram: Diagram, connectors: Iterable[Connector]) -> None:
    """Raise WrongCall for a connector that ends at nothing, or that connects a thing to itself."""
    for connector in connectors:
        for end in (connector.source, connector.target):
            if not is_taken(diagram, end):
                known = ", ".join(names(diagram))
                raise WrongCall(f"A connector ends at '{end}', which is not in the diagram: {known}")
        if connector.source == connector.target:
            raise WrongCall(f"'{connector.source}' cannot be connected to itself")


def find_app(diagram: Diagram, name: str) -> App:
    """Return an App that is not deployed, by its name; raise NotFound."""
    app = diagram.apps.get(name)
    if app is None:
        raise NotFound(name, known_names("Apps to deploy", diagram.apps.keys()))
    return app


def find_service(diagram: Diagram, alias: str) -> Service:
    """Return a service by its alias; raise NotFound."""
    service = diagram.services.get(alias)
    if service is None:
        raise NotFound(alias, known_names("Services", diagram.services.keys()))
    return service


def connector_names(connectors: Iterable[Connector]) -> list[str]:
    """Return how errors name connectors: by the two names at their ends."""
    return [f"{each.source} - {each.target}" for each in connectors]


def find_connector(diagram: Diagram, one: str, other: str) -> Connector:
    """Return the connector between two things, in either direction; raise ConnectionNotFound."""
    return find_connectors(diagram, [(one, other)])[0]


def find_connectors(diagram: Diagram, pairs: Sequence[tuple[str, str]]) -> list[Connector]:
    """Return the connectors between pairs of things, in either direction; raise ConnectionNotFound."""
    keys = _keys_by_ends(diagram, pairs)
    for one, other in pairs:
        if (one, other) not in keys:
            raise ConnectionNotFound(one, other, connector_names(diagram.connectors.read_only()))
    found = [diagram.connectors.get(keys[pair]) for pair in pairs]
    return [each for each in found if each]


def service_of(diagram: Diagram, connector: Connector) -> Service | None:
    """Return the service at an end of a connector; None for a connector without one, as between two Apps."""
    return diagram.services.get(connector.source) or diagram.services.get(connector.target)


def is_subnet_line(diagram: Diagram, connector: Connector) -> bool:
    """Return whether a connector is a subnet: one to a Subnet service, or one between two Apps of an L3 provider.

    The latter is known when its subnet is allocated.
    """
    service = service_of(diagram, connector)
    return service.is_subnet if service else ALLOCATED_CIDR in connector.attributes


def connectors_of(diagram: Diagram, name: str) -> list[Connector]:
    """Return the connectors that end at a thing."""
    return diagram.connectors.where(lambda each: name in (each.source, each.target))


def move_connectors(diagram: Diagram, name: str, new_name: str) -> None:
    """Let all connectors that end at a thing end at another one, or at its new name."""
    for connector in connectors_of(diagram, name):
        connector.source = new_name if connector.source == name else connector.source
        connector.target = new_name if connector.target == name else connector.target


def add_app(diagram: Diagram, app: App) -> None:
    """Add an App, with a number after its name if that is taken."""
    app.name = free_name(app.name, lambda name: is_taken(diagram, name))
    diagram.apps.append(app)


def remove_app(diagram: Diagram, name: str) -> None:
    """Remove an App that is not deployed, and its connectors; raise NotFound, or WrongCall when one is connected."""
    diagram.apps.remove(find_app(diagram, name))
    _remove_connectors_of(diagram, name)


def add_service(diagram: Diagram, service: Service) -> None:
    """Add a service; raise WrongCall when its alias is taken."""
    if is_taken(diagram, service.alias):
        raise WrongCall(f"Two things of the diagram are named '{service.alias}'")
    diagram.services.append(service)


def remove_service(diagram: Diagram, alias: str) -> None:
    """Remove a service and its connectors; raise NotFound, or WrongCall when one is connected."""
    diagram.services.remove(find_service(diagram, alias))
    _remove_connectors_of(diagram, alias)


def add_connectors(diagram: Diagram, connectors: Sequence[Connector]) -> None:
    """Add connectors; where one is between the same two things already, update its direction and alias.

    Raises WrongCall for one that ends at nothing.
    """
    require_ends(diagram, connectors)
    keys = _keys_by_ends(diagram, [(each.source, each.target) for each in connectors])
    for connector in connectors:
        source, target = connector.source, connector.target
        found = diagram.connectors.get(keys[source, target]) if (source, target) in keys else None
        if found:
            found.direction, found.alias = connector.direction, connector.alias
        else:
            diagram.connectors.append(connector)
            keys[source, target] = keys[target, source] = connector.key


def remove_connector(diagram: Diagram, source: str, target: str) -> None:
    """Remove a connector; raise ConnectionNotFound, or WrongCall when it is connected."""
    remove_connectors(diagram, [(source, target)])


def remove_connectors(diagram: Diagram, pairs: Sequence[tuple[str, str]]) -> None:
    """Remove the connectors between pairs of things; raise ConnectionNotFound, or WrongCall when one is connected."""
    for connector in find_connectors(diagram, pairs):
        _require_disconnected(diagram, connector)
        diagram.connectors.remove(connector)


def free_name(name: str, is_taken: Callable[[str], bool]) -> str:
    """Return a name, with a number after it if it is taken."""
    if not is_taken(name):
        return name
    # Doubling and halving: of a thousand Apps of one template, the next one would try a thousand names otherwise.
    taken, free = 0, 1
    while is_taken(f"{name}_{free}"):
        taken, free = free, 2 * free
    while free - taken > 1:
        middle = (taken + free) // 2
        taken, free = (middle, free) if is_taken(f"{name}_{middle}") else (taken, middle)
    return f"{name}_{free}"


def _remove_connectors_of(diagram: Diagram, name: str) -> None:
    lines = connectors_of(diagram, name)
    for connector in lines:
        _require_disconnected(diagram, connector)
    for connector in lines:
        diagram.connectors.remove(connector)


def _require_disconnected(diagram: Diagram, connector: Connector) -> None:
    if connector.state in (CONNECTED, PARTIAL):
        if is_subnet_line(diagram, connector):
            raise ConnectionFixed(connector.source, connector.target)
        raise WrongCall(f"'{connector.source}' and '{connector.target}' are connected; disconnect them first")


def _keys_by_ends(diagram: Diagram, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the keys of the connectors between pairs of things, by both orders of the pair; of several, the first's."""
    wanted = {*pairs, *((other, one) for one, other in pairs)}
    # All connectors are looked at once, and only those of the pairs are worked on: a sandbox may have a thousand.
    found = [each for each in diagram.connectors.read_only() if (each.source, each.target) in wanted]
    keys: dict[tuple[str, str], str] = {}
    for each in reversed(found):
        keys[each.source, each.target] = keys[each.target, each.source] = each.key
    return keys
