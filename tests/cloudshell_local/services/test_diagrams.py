"""On a blueprint; on a sandbox they are tested in test_sandboxes.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudshell_local.errors import ConnectionNotFound, NotFound, WrongCall
from cloudshell_local.services import diagrams
from cloudshell_local.services.networking.service_models import new_service
from cloudshell_local.storage.model import CONNECTED, App, Blueprint, Connector, DeploymentPath
from cloudshell_local.storage.parts import Parts


def app(name: str) -> App:
    return App(name, name, "Generic App Model", {}, [DeploymentPath("p", "Toy.Brick", "toys", {})])


@pytest.fixture
def diagram() -> Blueprint:
    blueprint = Blueprint("B", apps=Parts([app("Web"), app("Db")]), services=Parts([new_service("VLAN Auto", "V", {})]))
    diagrams.add_connectors(blueprint, [Connector("Web", "V"), Connector("Db", "V")])
    return blueprint


def test_an_app_gets_a_name_that_nothing_else_has(diagram: Blueprint) -> None:
    for name in ("Web", "V"):
        diagrams.add_app(diagram, app(name))
    assert diagrams.names(diagram) == ["Web", "Db", "Web_1", "V_1", "V"]


def test_apps_and_services_are_removed_with_their_connectors(diagram: Blueprint) -> None:
    diagrams.remove_app(diagram, "Web")
    assert [(line.source, line.target) for line in diagram.connectors] == [("Db", "V")]
    diagrams.remove_service(diagram, "V")
    assert (list(diagram.connectors), diagrams.names(diagram)) == ([], ["Db"])


def test_connectors_are_found_in_either_direction(diagram: Blueprint) -> None:
    assert diagrams.find_connector(diagram, "V", "Web").source == "Web"
    diagrams.remove_connector(diagram, "V", "Web")
    with pytest.raises(ConnectionNotFound):
        diagrams.remove_connector(diagram, "V", "Web")


@pytest.mark.parametrize(
    ("act", "kind", "problem"),
    [
        (
            lambda d: diagrams.add_connectors(d, [Connector("Web", "Moon")]),
            WrongCall,
            "ends at 'Moon', which is not in .*Web, Db, V",
        ),
        (
            lambda d: diagrams.add_connectors(d, [Connector("Web", "Web")]),
            WrongCall,
            "'Web' cannot be connected to itself",
        ),
        (lambda d: diagrams.add_service(d, new_service("Subnet", "Web", {})), WrongCall, "Two things .* named 'Web'"),
        (lambda d: diagrams.remove_app(d, "Moon"), NotFound, "Apps to deploy: Web, Db"),
        (lambda d: diagrams.remove_service(d, "Moon"), NotFound, "Services: V"),
    ],
)
def test_impossible_changes_are_errors(
    diagram: Blueprint, act: Callable[[Blueprint], None], kind: type[Exception], problem: str
) -> None:
    with pytest.raises(kind, match=problem):
        act(diagram)


def test_connected_connectors_cannot_be_removed(diagram: Blueprint) -> None:
    diagram.connectors[0].state = CONNECTED
    with pytest.raises(WrongCall, match="'Web' and 'V' are connected; disconnect them first"):
        diagrams.remove_connector(diagram, "Web", "V")


@pytest.mark.parametrize("taken", [0, 1, 2, 3, 7, 8, 1000])
def test_a_free_name_is_the_next_one_and_found_in_few_steps(taken: int) -> None:
    names, asked = {"Web", *(f"Web_{number}" for number in range(1, taken + 1))}, list[str]()

    def is_taken(name: str) -> bool:
        asked.append(name)
        return name in names

    assert diagrams.free_name("Db", is_taken) == "Db"
    assert diagrams.free_name("Web", is_taken) == f"Web_{taken + 1}"
    assert len(asked) <= 24
