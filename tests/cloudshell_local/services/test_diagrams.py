"""On a blueprint; on a sandbox they are tested in test_sandboxes.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudshell_local.errors import ConnectionNotFound, NotFound, WrongCall
from cloudshell_local.services import diagrams
from cloudshell_local.services.networking.service_models import new_service
from cloudshell_local.storage.model import CONNECTED, App, Blueprint, Connector, DeploymentPath


def app(name: str) -> App:
    return App(name, name, "Generic App Model", {}, [DeploymentPath("p", "Toy.Brick", "toys", {})])


@pytest.fixture
def diagram() -> Blueprint:
    drawn = Blueprint("B", apps=[app("Web"), app("Db")], services=[new_service("VLAN Auto", "V", {})])
    diagrams.add_connectors(drawn, [Connector("Web", "V"), Connector("Db", "V")])
    return drawn


def test_an_app_gets_a_name_that_nothing_else_has(diagram: Blueprint) -> None:
    for name in ("Web", "V"):
        diagrams.add_app(diagram, app(name))
    assert diagrams.names(diagram) == ["Web", "Db", "Web_1", "V_1", "V"]


def test_what_is_taken_out_leaves_with_its_lines(diagram: Blueprint) -> None:
    diagrams.remove_app(diagram, "Web")
    assert [(line.source, line.target) for line in diagram.connectors] == [("Db", "V")]
    diagrams.remove_service(diagram, "V")
    assert (diagram.connectors, diagrams.names(diagram)) == ([], ["Db"])


def test_lines_are_found_either_way_round(diagram: Blueprint) -> None:
    assert diagrams.find_connector(diagram, "V", "Web").source == "Web"
    diagrams.remove_connector(diagram, "V", "Web")
    with pytest.raises(ConnectionNotFound):
        diagrams.remove_connector(diagram, "V", "Web")


@pytest.mark.parametrize(
    ("act", "kind", "told"),
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
def test_what_cannot_be_is_told(
    diagram: Blueprint, act: Callable[[Blueprint], None], kind: type[Exception], told: str
) -> None:
    with pytest.raises(kind, match=told):
        act(diagram)


def test_what_is_connected_stays(diagram: Blueprint) -> None:
    diagram.connectors[0].state = CONNECTED
    with pytest.raises(WrongCall, match="'Web' and 'V' are connected; disconnect them first"):
        diagrams.remove_connector(diagram, "Web", "V")
