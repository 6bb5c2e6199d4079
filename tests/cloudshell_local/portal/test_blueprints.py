from __future__ import annotations

import pytest

from cloudshell_local.errors import WrongCall
from cloudshell_local.portal.blueprints import minutes_of
from cloudshell_local.storage.model import Blueprint
from tests.cloudshell_local.portal.visitor import Visitor
from tests.cloudshell_local.toy import Toy

PATH = "/blueprints/My B"


@pytest.fixture
def drawn(toy: Toy, visitor: Visitor) -> Toy:
    """A blueprint with the Apps "Web" and "Web_1", a VLAN, and a line."""
    toy.app("Web")
    visitor.does("/blueprints/new", name="My B", description="All mine")
    for _ in range(2):
        visitor.does(f"{PATH}/apps", template="Web")
    visitor.does(f"{PATH}/services", service="VLAN Auto", alias="V")
    visitor.does(f"{PATH}/connectors", source="Web", target="V")
    return toy


def blueprint(toy: Toy) -> Blueprint:
    return toy.services.store.blueprints.get("My B")


def test_it_is_drawn_without_xml(drawn: Toy, visitor: Visitor) -> None:
    found = blueprint(drawn)
    assert [app.name for app in found.apps] == ["Web", "Web_1"]
    assert [(each.alias, each.name) for each in found.services] == [("V", "VLAN Auto")]
    assert [(line.source, line.target) for line in found.connectors] == [("Web", "V")]
    page = visitor.sees(PATH)
    assert "All mine" in page
    assert "Web - V" in page
    assert "My B Web, Web_1 V" in visitor.sees("/blueprints")


def test_what_was_drawn_can_be_taken_out(drawn: Toy, visitor: Visitor) -> None:
    visitor.does(f"{PATH}/connectors/remove", source="Web", target="V")
    visitor.does(f"{PATH}/services/remove", alias="V")
    for app in ("Web", "Web_1"):
        visitor.does(f"{PATH}/apps/remove", app=app)
    found = blueprint(drawn)
    assert (found.apps, found.services, found.connectors) == ([], [], [])
    assert "Nothing is in it yet" in visitor.sees(PATH)
    assert visitor.does(f"{PATH}/delete") == "/blueprints"
    assert list(drawn.services.store.blueprints) == []


def test_what_cannot_be_drawn_is_told(drawn: Toy, visitor: Visitor) -> None:
    assert "App templates: Web" in visitor.fails(f"{PATH}/apps", template="Moon")
    assert "Services: VLAN Auto, VLAN Manual, Subnet" in visitor.fails(f"{PATH}/services", service="Moon")
    assert "Two things of the diagram are named 'Web'" in visitor.fails(
        f"{PATH}/services", service="Subnet", alias="Web"
    )
    assert visitor.fails(f"{PATH}/connectors", source="Web") == "The other end is missing"
    assert "cannot be connected to itself" in visitor.fails(f"{PATH}/connectors", source="Web", target="Web")


def test_a_services_attributes_are_edited_but_for_what_the_server_fills_in(drawn: Toy, visitor: Visitor) -> None:
    page = visitor.get(f"{PATH}/service?alias=V").text
    assert "Allocation Ranges" in page
    assert "Virtual Network" not in page
    typed = {"attribute:Allocation Ranges": "7-9", "attribute:Access Mode": "Trunk"}
    assert visitor.does(f"{PATH}/service", alias="V", **typed) == "/blueprints/My%20B"
    values = blueprint(drawn).services[0].attributes
    assert (values["Allocation Ranges"], values["Access Mode"], values["QnQ"]) == ("7-9", "Trunk", "False")
    told = visitor.fails(f"{PATH}/service", alias="V", **{"attribute:Access Mode": "Open"})
    assert told == "'Access Mode' is 'Open' and should be one of Access, Trunk"


def test_it_is_reserved_with_or_without_its_setup(drawn: Toy, visitor: Visitor) -> None:
    for set_up, state in (("yes", "Setup"), ("", "Active")):
        led = visitor.does(f"{PATH}/reserve", sandbox="Mine", minutes="30", set_up=set_up)
        sandbox = drawn.services.sandboxes.get(led.removeprefix("/sandboxes/"))
        assert (sandbox.name, sandbox.owner, sandbox.state) == ("Mine", "admin", state)
        drawn.services.lifecycle.wait(sandbox.id)
    assert "should be 1 to 525600" in visitor.fails(f"{PATH}/reserve", minutes="0")


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "soon", "525601", "²"])
def test_a_duration_is_whole_minutes(text: str) -> None:
    assert minutes_of("1") == 1
    with pytest.raises(WrongCall, match="should be 1 to 525600"):
        minutes_of(text)
