from __future__ import annotations

from dataclasses import replace

import pytest

from cloudshell_local.storage.model import App
from tests.cloudshell_local.portal.visitor import Visitor
from tests.cloudshell_local.toy import Toy, app_package

SIZE = "attribute:Toy.Brick.Size"


def template(toy: Toy, name: str) -> App:
    return toy.services.store.templates.get(name).app


@pytest.fixture
def app(toy: Toy, visitor: Visitor) -> str:
    visitor.does("/apps/new", option="Toy.Brick", name="Web", provider=toy.provider.name, **{SIZE: "3"})
    return "/apps/Web"


def test_the_deployment_types_are_offered_with_their_icons(toy: Toy, visitor: Visitor) -> None:
    page = visitor.get("/apps/new").text
    assert "/icons/types/Toy.Brick" in page
    assert "Brick Toy: Toys to deploy" in visitor.sees("/apps/new")


def test_a_path_asks_for_its_provider_and_for_what_is_tagged_user_input(toy: Toy, visitor: Visitor) -> None:
    page = visitor.get("/apps/new?type=Toy.Brick").text
    assert f"<option>{toy.provider.name}</option>" in page
    assert f'name="{SIZE}" value="1" step="1"' in page
    assert "Auto Delete" not in page
    assert "Autoload" not in page


def test_an_app_is_created_and_leads_to_its_resource(toy: Toy, visitor: Visitor) -> None:
    fields = {"option": "Toy.Brick", "name": "My App", "provider": toy.provider.name, SIZE: "3"}
    assert visitor.does("/apps/new", **fields) == "/apps/My%20App/resource"
    path = template(toy, "My App").path
    assert (path.provider, path.attributes["Toy.Brick.Size"]) == (toy.provider.name, "3")
    assert path.attributes["Toy.Brick.Auto Delete"] == "True"
    assert path.name == f"{toy.provider.name} - Toy.Brick"
    assert "My App" in visitor.sees("/apps")
    assert "An App template named 'My App' already exists" in visitor.fails("/apps/new", **fields)


def test_what_does_not_fit_is_told_and_nothing_is_kept(toy: Toy, visitor: Visitor) -> None:
    fields = {"option": "Toy.Brick", "name": "Web", "provider": toy.provider.name}
    told = visitor.fails("/apps/new", **{**fields, SIZE: "big"})
    assert told == "The attribute 'Toy.Brick.Size' is 'big' and should be of the type integer"
    assert visitor.fails("/apps/new", **{**fields, "provider": ""}) == "The cloud provider resource is missing"
    assert visitor.fails("/apps/new", **{**fields, "name": ""}) == "The App's name is missing"
    assert "Deployment types: Toy.Brick" in visitor.fails("/apps/new", **{**fields, "option": "Toy.Stone"})
    assert list(toy.services.store.templates) == []


def test_a_path_is_changed_and_keeps_what_is_not_asked_for(toy: Toy, visitor: Visitor, app: str) -> None:
    old = template(toy, "Web").path
    unattended = {**old.attributes, "Toy.Brick.Auto Delete": "False"}
    toy.services.blueprints.set_path("Web", replace(old, attributes=unattended), old.name)
    fields = {"path": old.name, "path_name": "Fast", "provider": toy.provider.name, SIZE: "8"}
    assert visitor.does(f"{app}/path", **fields) == app
    (path,) = template(toy, "Web").paths
    assert (path.name, path.default) == ("Fast", True)
    assert (path.attributes["Toy.Brick.Size"], path.attributes["Toy.Brick.Auto Delete"]) == ("8", "False")
    assert "'Slow' not found" in visitor.fails(f"{app}/path", **{**fields, "path": "Slow"})


def test_an_app_may_have_several_paths(toy: Toy, visitor: Visitor, app: str) -> None:
    first = template(toy, "Web").path.name
    fields = {"option": "Toy.Brick", "path_name": "Second", "provider": toy.provider.name}
    assert "Add a deployment path" in visitor.sees(f"{app}/add?type=Toy.Brick")
    visitor.does(f"{app}/path", **fields)
    assert "has a deployment path named 'Second' already" in visitor.fails(f"{app}/path", **fields)
    visitor.does(f"{app}/path/choose", path="Second")
    assert template(toy, "Web").path.name == "Second"
    visitor.does(f"{app}/path/delete", path=first)
    assert [path.name for path in template(toy, "Web").paths] == ["Second"]
    assert "is the only deployment path" in visitor.fails(f"{app}/path/delete", path="Second")


def test_the_app_resource_has_a_user_and_a_password(toy: Toy, visitor: Visitor, app: str) -> None:
    fields = {"model": "Generic App Model", "attribute:User": "root", "attribute:Password": "s3cret"}
    assert visitor.does(f"{app}/resource", **fields) == "/apps"
    found = template(toy, "Web").attributes
    assert (found["User"], toy.services.passwords.decrypt(found["Password"])) == ("root", "s3cret")
    page = visitor.get(f"{app}/resource").text
    assert 'value="root"' in page
    assert "kept; type another one to change it" in page
    assert "s3cret" not in page
    visitor.does(f"{app}/resource", **{**fields, "attribute:Password": ""})
    assert toy.services.passwords.decrypt(template(toy, "Web").attributes["Password"]) == "s3cret"


def test_the_app_resource_may_be_of_an_apps_shell(toy: Toy, visitor: Visitor, app: str) -> None:
    toy.services.catalog.add(app_package(), "admin")
    assert 'name="attribute:Puppet.Strings" value="4"' in visitor.get(f"{app}/resource?model=Puppet").text
    visitor.does(f"{app}/resource", model="Puppet", **{"attribute:Puppet.Strings": "6"})
    assert template(toy, "Web").model == "Puppet"
    assert template(toy, "Web").attributes["Puppet.Strings"] == "6"


def test_an_app_is_deleted(toy: Toy, visitor: Visitor, app: str) -> None:
    assert visitor.does(f"{app}/delete") == "/apps"
    assert list(toy.services.store.templates) == []
