from __future__ import annotations

import pytest

from cloudshell_local import CloudShellLocal
from cloudshell_local.errors import CommandFailed
from cloudshell_local.storage.model import Resource
from tests.cloudshell_local.portal.portal_client import PortalClient
from tests.cloudshell_local.toy import Toy, package, until

PAGE = "/inventory/My toys/discovery"


@pytest.fixture
def resource(toy: Toy, client: PortalClient) -> str:
    """A resource that is created and not discovered."""
    client.submit("/inventory/new", shell="Toy", name="My toys", description="Mine")
    return "My toys"


def stored(toy: Toy, name: str) -> Resource:
    return toy.services.store.resources.get(name)


def discovered(toy: Toy, name: str) -> Resource:
    until(lambda: not toy.services.background.running(stored(toy, name).id))
    return stored(toy, name)


def test_resources_are_listed_with_model_address_and_status(toy: Toy, client: PortalClient, resource: str) -> None:
    page = client.page_text("/inventory")
    assert f"{toy.provider.name} Toy NA Online included" in page
    assert "My toys Toy NA No status excluded" in page
    assert "/icons/shells/Toy" in client.get("/inventory").text


def test_a_new_resource_leads_to_its_discovery_and_is_excluded_until_then(toy: Toy, client: PortalClient) -> None:
    assert "A toy" in client.page_text("/inventory/new"), "the shell's inventory_description"
    assert client.submit("/inventory/new", shell="Toy", name="r 1") == "/inventory/r%201/discovery"
    assert stored(toy, "r 1").excluded
    assert "Not discovered yet" in client.page_text("/inventory/r 1/discovery")


def test_a_resource_whose_shell_switches_discovery_off_is_usable_at_once(
    server: CloudShellLocal, client: PortalClient
) -> None:
    enabled = "enable_auto_discovery: {type: boolean, default: true}"
    off = package(lambda text: text.replace(enabled, enabled.replace("true", "false")))
    server.services.catalog.add(off, "admin")
    assert client.submit("/inventory/new", shell="Toy", name="Mine") == "/inventory/Mine/attributes"
    assert not server.services.store.resources.get("Mine").excluded
    assert server.create_resource("Toy", "Of Python", discover=True).live_status == ("", "")
    assert server.executions() == []


def test_the_address_is_asked_for_unless_the_shell_hides_it(server: CloudShellLocal, client: PortalClient) -> None:
    server.services.catalog.add(package(), "admin")
    asking = package(lambda text: text.replace("hide_address: {type: string, default: true}", ""), name="Other")
    server.services.catalog.add(asking, "admin")
    assert "Address" not in client.page_text("/inventory/new?shell=Toy")
    assert "Address" in client.page_text("/inventory/new?shell=Other")
    assert client.submit_error("/inventory/new", shell="Other", name="r") == "The resource's address is missing"
    client.submit("/inventory/new", shell="Other", name="r", address="192.0.2.1")
    assert server.services.store.resources.get("r").address == "192.0.2.1"


def test_an_invalid_resource_is_an_error_and_is_not_created(toy: Toy, client: PortalClient) -> None:
    before = list(toy.services.store.resources)
    assert client.submit_error("/inventory/new", shell="Toy", name="a/b").startswith(
        "The resource name 'a/b' should be 1 to 100"
    )
    assert client.submit_error("/inventory/new", shell="Toy", name=" ") == "The resource's name is missing"
    assert "already exists" in client.submit_error("/inventory/new", shell="Toy", name=toy.provider.name)
    assert "'Moon' not found" in client.submit_error("/inventory/new", shell="Moon", name="r")
    assert list(toy.services.store.resources) == before


def test_a_resource_whose_discovery_failed_is_created_again(toy: Toy, client: PortalClient) -> None:
    services = toy.services
    services.inventory.create("Toy", "r", values={"Control": str(toy.control)})
    toy.fail(get_inventory={"raise": "wrong password"})
    with pytest.raises(CommandFailed):
        services.inventory.discover("r")
    assert client.submit("/inventory/new", shell="Toy", name="r", description="again") == "/inventory/r/discovery"
    assert services.store.resources.get("r").description == "again"


def test_discovery_asks_for_exactly_the_attributes_of_the_shells_capability(
    client: PortalClient, resource: str
) -> None:
    page = client.get(PAGE).text
    assert page.count('<div class="field">') == 2
    assert 'name="attribute:Toy.User" value="someone"' in page
    assert 'name="attribute:Toy.Region" value=""' in page


def test_discovery_stores_what_was_typed_and_includes_the_resource(
    toy: Toy, client: PortalClient, resource: str
) -> None:
    assert client.submit(PAGE, **{"attribute:Toy.User": "me", "attribute:Toy.Limit": "9"}) == ""
    found = discovered(toy, resource)
    assert (found.excluded, found.live_status[0]) == (False, "Online")
    assert found.attributes["Toy.User"] == "me"
    assert found.attributes["Toy.Region"] == "here", "as the driver returned it"
    assert found.attributes["Toy.Limit"] == "5", "it is not asked for at discovery"
    assert "Discovered: My toys is included" in client.page_text(PAGE)


def test_a_failed_discovery_shows_the_drivers_sentence_and_keeps_what_was_typed(
    toy: Toy, client: PortalClient, resource: str
) -> None:
    toy.services.inventory.set_attributes(resource, {"Control": str(toy.control)})
    toy.fail(get_inventory={"raise": "No <b>entry</b>", "times": 1})
    client.submit(PAGE, **{"attribute:Toy.User": "me"})
    assert discovered(toy, resource).excluded
    page = client.get(PAGE).text
    assert "Description: No &lt;b&gt;entry&lt;/b&gt;" in page
    assert 'value="me"' in page
    client.submit(PAGE)
    assert not discovered(toy, resource).excluded


def test_a_running_discovery_is_shown_and_not_started_twice(toy: Toy, client: PortalClient, resource: str) -> None:
    toy.services.inventory.set_attributes(resource, {"Control": str(toy.control)})
    toy.fail(get_inventory={"wait": 1})
    client.submit(PAGE)
    assert '<progress aria-label="Discovery">' in client.get(PAGE).text
    assert client.submit_error(PAGE) == "Discovery is under way already"
    assert '<progress aria-label="Discovery">' in client.get("/inventory/My toys").text
    discovered(toy, resource)


def test_attributes_are_edited_and_checked(toy: Toy, client: PortalClient, resource: str) -> None:
    page = "/inventory/My toys/attributes"
    assert 'type="password" id="attribute:Toy.Password"' in client.get(page).text
    assert (
        client.submit(page, **{"attribute:Toy.Limit": "7", "attribute:Toy.Password": "halo"}) == "/inventory/My%20toys"
    )
    assert toy.services.passwords.decrypt(stored(toy, resource).attributes["Toy.Password"]) == "halo"
    error = client.submit_error(page, **{"attribute:Toy.Limit": "many", "attribute:Toy.Color": "blue"})
    assert error == "The attribute 'Toy.Limit' is 'many' and should be of the type integer"
    assert stored(toy, resource).attributes["Toy.Color"] == "red"
    assert "Limit 7" in client.page_text("/inventory/My toys")
    for path in (page, "/inventory/My toys", "/inventory"):
        assert "halo" not in client.get(path).text


def test_attributes_that_are_read_only_are_shown_and_not_edited(toy: Toy, client: PortalClient, resource: str) -> None:
    tagged = package(lambda text: text.replace("Limit: {type: integer,", "Limit: {type: integer, tags: [read_only],"))
    toy.services.catalog.update("Toy", tagged, "admin")
    page = f"/inventory/{resource}/attributes"
    assert "attribute:Toy.Color" in client.get(page).text
    assert "attribute:Toy.Limit" not in client.get(page).text
    client.submit(page, **{"attribute:Toy.Limit": "7", "attribute:Toy.Color": "blue"})
    assert (stored(toy, resource).attributes["Toy.Limit"], stored(toy, resource).attributes["Toy.Color"]) == (
        "5",
        "blue",
    )
    assert "Limit 5" in client.page_text(f"/inventory/{resource}")


def test_a_resource_is_excluded_included_and_deleted(toy: Toy, client: PortalClient) -> None:
    path = f"/inventory/{toy.provider.name}"
    client.submit(f"{path}/excluded", excluded="yes")
    assert stored(toy, toy.provider.name).excluded
    client.submit(f"{path}/excluded", excluded="no")
    assert not stored(toy, toy.provider.name).excluded
    assert client.submit(f"{path}/delete") == "/inventory"
    assert toy.provider.name not in toy.services.store.resources


def test_a_resource_in_use_is_not_deleted(toy: Toy, client: PortalClient) -> None:
    toy.app("Web")
    toy.cloudshell.add_blueprint("B", ["Web"])
    toy.cloudshell.reserve("B")
    error = client.submit_error(f"/inventory/{toy.provider.name}/delete")
    assert "cannot be deleted while it is used: the deployed app Web" in error
