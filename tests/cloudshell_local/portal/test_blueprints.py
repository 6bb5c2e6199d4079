from __future__ import annotations

import pytest

from cloudshell_local.errors import WrongCall
from cloudshell_local.portal.blueprints import minutes_of
from cloudshell_local.storage.model import Blueprint
from tests.cloudshell_local.portal.portal_client import PortalClient
from tests.cloudshell_local.toy import OPTIONS, Toy, package

PATH = "/blueprints/My B"


@pytest.fixture
def toy_with_blueprint(toy: Toy, client: PortalClient) -> Toy:
    """A blueprint with the Apps "Web" and "Web_1", a VLAN, and a connector."""
    toy.app("Web")
    client.submit("/blueprints/new", name="My B", description="All mine")
    for _ in range(2):
        client.submit(f"{PATH}/apps", template="Web")
    client.submit(f"{PATH}/services", service="VLAN Auto", alias="V")
    client.submit(f"{PATH}/connectors", source="Web", target="V")
    return toy


def blueprint(toy: Toy) -> Blueprint:
    return toy.services.store.blueprints.get("My B")


def test_a_blueprint_is_created_from_apps_services_and_connectors(
    toy_with_blueprint: Toy, client: PortalClient
) -> None:
    found = blueprint(toy_with_blueprint)
    assert [app.name for app in found.apps] == ["Web", "Web_1"]
    assert [(each.alias, each.name) for each in found.services] == [("V", "VLAN Auto")]
    assert [(line.source, line.target) for line in found.connectors] == [("Web", "V")]
    page = client.page_text(PATH)
    assert "All mine" in page
    assert "Web - V" in page
    assert "My B Web, Web_1 V" in client.page_text("/blueprints")


def test_apps_services_and_connectors_can_be_removed(toy_with_blueprint: Toy, client: PortalClient) -> None:
    client.submit(f"{PATH}/connectors/remove", source="Web", target="V")
    client.submit(f"{PATH}/services/remove", alias="V")
    for app in ("Web", "Web_1"):
        client.submit(f"{PATH}/apps/remove", app=app)
    found = blueprint(toy_with_blueprint)
    assert [len(each) for each in (found.apps, found.services, found.connectors)] == [0, 0, 0]
    assert "The blueprint is empty" in client.page_text(PATH)
    assert client.submit(f"{PATH}/delete") == "/blueprints"
    assert list(toy_with_blueprint.services.store.blueprints) == []


def test_deployment_attributes_are_edited_as_their_tags_allow(toy_with_blueprint: Toy, client: PortalClient) -> None:
    page = f"{PATH}/app?app=Web_1"
    assert "/blueprints/My%20B/app?app=Web_1" in client.get(PATH).text
    assert 'name="attribute:Toy.Brick.Size" value="1"' in client.get(page).text
    assert "Auto Delete" not in client.page_text(page)
    fields = {"attribute:Toy.Brick.Size": "9", "attribute:Toy.Brick.Auto Delete": "False"}
    assert client.submit(f"{PATH}/app", app="Web_1", **fields) == "/blueprints/My%20B"
    apps = {app.name: app.path.attributes for app in blueprint(toy_with_blueprint).apps}
    assert (apps["Web"]["Toy.Brick.Size"], apps["Web_1"]["Toy.Brick.Size"]) == ("1", "9")
    assert apps["Web_1"]["Toy.Brick.Auto Delete"] == "True", "it has no tag user_input"
    locked = OPTIONS.replace("[user_input]", "[user_input, editable_only_in_app_template]")
    toy_with_blueprint.services.catalog.install(package(options={"d.yaml": locked, "brick.png": b""}), "admin")
    assert "no attribute that you may edit here" in client.page_text(page)


def test_an_impossible_change_of_the_diagram_is_an_error(toy_with_blueprint: Toy, client: PortalClient) -> None:
    assert "App templates: Web" in client.submit_error(f"{PATH}/apps", template="Moon")
    assert "Services: VLAN Auto, VLAN Manual, Subnet" in client.submit_error(f"{PATH}/services", service="Moon")
    assert "Two things of the diagram are named 'Web'" in client.submit_error(
        f"{PATH}/services", service="Subnet", alias="Web"
    )
    assert client.submit_error(f"{PATH}/connectors", source="Web") == "The other end is missing"
    assert "cannot be connected to itself" in client.submit_error(f"{PATH}/connectors", source="Web", target="Web")


def test_a_services_attributes_can_be_edited_except_those_of_the_server(
    toy_with_blueprint: Toy, client: PortalClient
) -> None:
    page = client.get(f"{PATH}/service?alias=V").text
    assert "Allocation Ranges" in page
    assert "Virtual Network" not in page
    fields = {"attribute:Allocation Ranges": "7-9", "attribute:Access Mode": "Trunk"}
    assert client.submit(f"{PATH}/service", alias="V", **fields) == "/blueprints/My%20B"
    values = blueprint(toy_with_blueprint).services[0].attributes
    assert (values["Allocation Ranges"], values["Access Mode"], values["QnQ"]) == ("7-9", "Trunk", "False")
    error = client.submit_error(f"{PATH}/service", alias="V", **{"attribute:Access Mode": "Open"})
    assert error == "'Access Mode' is 'Open' and should be one of Access, Trunk"


def test_a_sandbox_is_reserved_with_or_without_its_setup(toy_with_blueprint: Toy, client: PortalClient) -> None:
    for set_up, state in (("yes", "Setup"), ("", "Active")):
        location = client.submit(f"{PATH}/reserve", sandbox="Mine", minutes="30", set_up=set_up)
        sandbox = toy_with_blueprint.services.sandboxes.get(location.removeprefix("/sandboxes/"))
        assert (sandbox.name, sandbox.owner, sandbox.state) == ("Mine", "admin", state)
        toy_with_blueprint.services.lifecycle.wait(sandbox.id)
    assert "should be 1 to 525600" in client.submit_error(f"{PATH}/reserve", minutes="0")


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "soon", "525601", "²"])
def test_a_duration_is_whole_minutes(text: str) -> None:
    assert minutes_of("1") == 1
    with pytest.raises(WrongCall, match="should be 1 to 525600"):
        minutes_of(text)
