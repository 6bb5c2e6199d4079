from __future__ import annotations

from dataclasses import replace

import pytest

from cloudshell_local.storage.model import App
from tests.cloudshell_local.portal.portal_client import PortalClient
from tests.cloudshell_local.toy import APP_DEFINITION, Toy, app_package

SIZE = "attribute:Toy.Brick.Size"


def template(toy: Toy, name: str) -> App:
    return toy.services.store.templates.get(name).app


@pytest.fixture
def app(toy: Toy, client: PortalClient) -> str:
    client.submit("/apps/new", option="Toy.Brick", name="Web", provider=toy.provider.name, **{SIZE: "3"})
    return "/apps/Web"


def test_the_deployment_types_are_offered_with_their_icons(toy: Toy, client: PortalClient) -> None:
    page = client.get("/apps/new").text
    assert "/icons/types/Toy.Brick" in page
    assert "Brick Toy: Toys to deploy" in client.page_text("/apps/new")


def test_a_path_asks_for_its_provider_and_for_what_is_tagged_user_input(toy: Toy, client: PortalClient) -> None:
    page = client.get("/apps/new?type=Toy.Brick").text
    assert f"<option>{toy.provider.name}</option>" in page
    assert f'name="{SIZE}" value="1" step="1"' in page
    assert "Auto Delete" not in page
    assert "Autoload" not in page


def test_creating_an_app_leads_to_its_app_resource(toy: Toy, client: PortalClient) -> None:
    fields = {"option": "Toy.Brick", "name": "My App", "provider": toy.provider.name, SIZE: "3"}
    assert client.submit("/apps/new", **fields) == "/apps/My%20App/resource"
    path = template(toy, "My App").path
    assert (path.provider, path.attributes["Toy.Brick.Size"]) == (toy.provider.name, "3")
    assert path.attributes["Toy.Brick.Auto Delete"] == "True"
    assert path.name == f"{toy.provider.name} - Toy.Brick"
    assert "My App" in client.page_text("/apps")
    assert "An App template named 'My App' already exists" in client.submit_error("/apps/new", **fields)


def test_invalid_values_are_an_error_and_nothing_is_stored(toy: Toy, client: PortalClient) -> None:
    fields = {"option": "Toy.Brick", "name": "Web", "provider": toy.provider.name}
    error = client.submit_error("/apps/new", **{**fields, SIZE: "big"})
    assert error == "The attribute 'Toy.Brick.Size' is 'big' and should be of the type integer"
    assert client.submit_error("/apps/new", **{**fields, "provider": ""}) == "The cloud provider resource is missing"
    assert client.submit_error("/apps/new", **{**fields, "name": ""}) == "The App's name is missing"
    assert "Deployment types: Toy.Brick" in client.submit_error("/apps/new", **{**fields, "option": "Toy.Stone"})
    assert list(toy.services.store.templates) == []


def test_a_changed_path_keeps_the_attributes_that_the_form_does_not_ask_for(
    toy: Toy, client: PortalClient, app: str
) -> None:
    old = template(toy, "Web").path
    changed = {**old.attributes, "Toy.Brick.Auto Delete": "False"}
    toy.services.blueprints.set_path("Web", replace(old, attributes=changed), old.name)
    fields = {"path": old.name, "path_name": "Fast", "provider": toy.provider.name, SIZE: "8"}
    assert client.submit(f"{app}/path", **fields) == app
    (path,) = template(toy, "Web").paths
    assert (path.name, path.default) == ("Fast", True)
    assert (path.attributes["Toy.Brick.Size"], path.attributes["Toy.Brick.Auto Delete"]) == ("8", "False")
    assert "'Slow' not found" in client.submit_error(f"{app}/path", **{**fields, "path": "Slow"})


def test_an_app_may_have_several_paths(toy: Toy, client: PortalClient, app: str) -> None:
    first = template(toy, "Web").path.name
    fields = {"option": "Toy.Brick", "path_name": "Second", "provider": toy.provider.name}
    assert "Add a deployment path" in client.page_text(f"{app}/add?type=Toy.Brick")
    client.submit(f"{app}/path", **fields)
    assert "has a deployment path named 'Second' already" in client.submit_error(f"{app}/path", **fields)
    client.submit(f"{app}/path/choose", path="Second")
    assert template(toy, "Web").path.name == "Second"
    client.submit(f"{app}/path/delete", path=first)
    assert [path.name for path in template(toy, "Web").paths] == ["Second"]
    assert "is the only deployment path" in client.submit_error(f"{app}/path/delete", path="Second")


def test_the_app_resource_has_a_user_and_a_password(toy: Toy, client: PortalClient, app: str) -> None:
    fields = {"model": "Generic App Model", "attribute:User": "root", "attribute:Password": "s3cret"}
    assert client.submit(f"{app}/resource", **fields) == "/apps"
    found = template(toy, "Web").attributes
    assert (found["User"], toy.services.passwords.decrypt(found["Password"])) == ("root", "s3cret")
    page = client.get(f"{app}/resource").text
    assert 'value="root"' in page
    assert "stored; type a new one to change it" in page
    assert "s3cret" not in page
    client.submit(f"{app}/resource", **{**fields, "attribute:Password": ""})
    assert toy.services.passwords.decrypt(template(toy, "Web").attributes["Password"]) == "s3cret"


def test_the_app_resource_may_have_the_model_of_an_app_shell(toy: Toy, client: PortalClient, app: str) -> None:
    toy.services.catalog.add(app_package(), "admin")
    assert 'name="attribute:Puppet.Strings" value="4"' in client.get(f"{app}/resource?model=Puppet").text
    client.submit(f"{app}/resource", model="Puppet", **{"attribute:Puppet.Strings": "6"})
    assert template(toy, "Web").model == "Puppet"
    assert template(toy, "Web").attributes["Puppet.Strings"] == "6"


def test_a_read_only_attribute_of_the_app_resource_is_not_edited(
    toy: Toy, client: PortalClient, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tagged = APP_DEFINITION.replace("default: 4", "default: 4, tags: [read_only]")
    monkeypatch.setattr("tests.cloudshell_local.toy.APP_DEFINITION", tagged)
    toy.services.catalog.add(app_package(), "admin")
    assert "attribute:Puppet.User" in client.get(f"{app}/resource?model=Puppet").text
    assert "attribute:Puppet.Strings" not in client.get(f"{app}/resource?model=Puppet").text
    client.submit(f"{app}/resource", model="Puppet", **{"attribute:Puppet.Strings": "6"})
    assert template(toy, "Web").attributes["Puppet.Strings"] == "4"


def test_an_app_is_deleted(toy: Toy, client: PortalClient, app: str) -> None:
    assert client.submit(f"{app}/delete") == "/apps"
    assert list(toy.services.store.templates) == []
