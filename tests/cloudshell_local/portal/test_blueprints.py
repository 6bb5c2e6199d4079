from __future__ import annotations

import pytest

from cloudshell_local.errors import WrongCall
from cloudshell_local.portal.blueprints import minutes_of
from cloudshell_local.storage.model import Blueprint
from tests.cloudshell_local.portal.portal_client import PortalClient
from tests.cloudshell_local.toy import Toy

PATH = "/blueprints/My B"


@pytest.fixture
def drawn(toy: Toy, client: PortalClient) -> Toy:
    """A blueprint with the Apps "Web" and "Web_1", a VLAN, and a line."""
    toy.app("Web")
    client.submit("/blueprints/new", name="My B", description="All mine")
    for _ in range(2):
        client.submit(f"{PATH}/apps", template="Web")
    client.submit(f"{PATH}/services", service="VLAN Auto", alias="V")
    client.submit(f"{PATH}/connectors", source="Web", target="V")
    return toy


def blueprint(toy: Toy) -> Blueprint:
    return toy.server.store.blueprints.get("My B")  # type: ignore[no-any-return]


def test_it_is_drawn_without_xml(drawn: Toy, client: PortalClient) -> None:
    found = blueprint(drawn)
    assert [app.name for app in found.apps] == ["Web", "Web_1"]
    assert [(each.alias, each.name) for each in found.services] == [("V", "VLAN Auto")]
    assert [(line.source, line.target) for line in found.connectors] == [("Web", "V")]
    page = client.page_text(PATH)
    assert "All mine" in page
    assert "Web - V" in page
    assert "My B Web, Web_1 V" in client.page_text("/blueprints")


def test_what_was_drawn_can_be_taken_out(drawn: Toy, client: PortalClient) -> None:
    client.submit(f"{PATH}/connectors/remove", source="Web", target="V")
    client.submit(f"{PATH}/services/remove", alias="V")
    for app in ("Web", "Web_1"):
        client.submit(f"{PATH}/apps/remove", app=app)
    found = blueprint(drawn)
    assert (found.apps, found.services, found.connectors) == ([], [], [])
    assert "Nothing is in it yet" in client.page_text(PATH)
    assert client.submit(f"{PATH}/delete") == "/blueprints"
    assert list(drawn.server.store.blueprints) == []


def test_what_cannot_be_drawn_is_told(drawn: Toy, client: PortalClient) -> None:
    assert "App templates: Web" in client.submit_error(f"{PATH}/apps", template="Moon")
    assert "Services: VLAN Auto, VLAN Manual, Subnet" in client.submit_error(f"{PATH}/services", service="Moon")
    assert "Two things of the diagram are named 'Web'" in client.submit_error(
        f"{PATH}/services", service="Subnet", alias="Web"
    )
    assert client.submit_error(f"{PATH}/connectors", source="Web") == "The other end is missing"
    assert "cannot be connected to itself" in client.submit_error(f"{PATH}/connectors", source="Web", target="Web")


def test_a_services_attributes_are_edited_but_for_what_the_server_fills_in(drawn: Toy, client: PortalClient) -> None:
    page = client.get(f"{PATH}/service?alias=V").text
    assert "Allocation Ranges" in page
    assert "Virtual Network" not in page
    typed = {"attribute:Allocation Ranges": "7-9", "attribute:Access Mode": "Trunk"}
    assert client.submit(f"{PATH}/service", alias="V", **typed) == "/blueprints/My%20B"
    values = blueprint(drawn).services[0].attributes
    assert (values["Allocation Ranges"], values["Access Mode"], values["QnQ"]) == ("7-9", "Trunk", "False")
    told = client.submit_error(f"{PATH}/service", alias="V", **{"attribute:Access Mode": "Open"})
    assert told == "'Access Mode' is 'Open' and should be one of Access, Trunk"


def test_it_is_reserved_with_or_without_its_setup(drawn: Toy, client: PortalClient) -> None:
    for set_up, state in (("yes", "Setup"), ("", "Active")):
        led = client.submit(f"{PATH}/reserve", sandbox="Mine", minutes="30", set_up=set_up)
        sandbox = drawn.server.sandboxes.get(led.removeprefix("/sandboxes/"))
        assert (sandbox.name, sandbox.owner, sandbox.state) == ("Mine", "admin", state)
        drawn.server.lifecycle.wait(sandbox.id)
    assert "should be 1 to 525600" in client.submit_error(f"{PATH}/reserve", minutes="0")


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "soon", "525601", "²"])
def test_a_duration_is_whole_minutes(text: str) -> None:
    assert minutes_of("1") == 1
    with pytest.raises(WrongCall, match="should be 1 to 525600"):
        minutes_of(text)
