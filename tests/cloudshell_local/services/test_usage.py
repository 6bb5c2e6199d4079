from __future__ import annotations

import pytest

from cloudshell_local.errors import AlreadyExists, CommandFailed, InUse
from cloudshell_local.storage.model import Connector
from cloudshell_local.storage.parts import Parts
from tests.cloudshell_local.toy import Toy


@pytest.fixture
def used(toy: Toy) -> Toy:
    """A provider that an App template and a blueprint use; the blueprint also has it in its diagram."""
    toy.app("Web")
    blueprint = toy.cloudshell.add_blueprint("B", ["Web"])
    with toy.services.blueprints.changing(blueprint.name) as changed:
        changed.resources = [toy.provider.name]
        changed.connectors = Parts([Connector("Web", toy.provider.name)])
    return toy


def test_app_templates_and_blueprints_follow_the_rename_of_their_provider(used: Toy) -> None:
    used.services.inventory.rename(used.provider.name, "Cloud")
    store = used.services.store
    assert store.templates.get("Web").app.path.provider == "Cloud"
    blueprint = store.blueprints.get("B")
    assert (blueprint.apps[0].path.provider, blueprint.resources) == ("Cloud", ["Cloud"])
    assert [(each.source, each.target) for each in blueprint.connectors] == [("Web", "Cloud")]
    with used.services.blueprints.changing("B") as changed:
        changed.resources, changed.connectors = [], Parts()
    sandbox = used.cloudshell.reserve("B")
    assert sandbox.state == "Active"
    assert [each.vm_details.provider for each in used.cloudshell.deployed(sandbox).values() if each.vm_details] == [
        "Cloud"
    ]


def test_an_app_that_has_the_providers_name_is_not_renamed_with_it(toy: Toy) -> None:
    toy.app("Web")
    toy.cloudshell.add_blueprint("B", {toy.provider.name: "Web", "Db": "Web"}, connections=[(toy.provider.name, "Db")])
    toy.services.inventory.rename(toy.provider.name, "Cloud")
    blueprint = toy.services.store.blueprints.get("B")
    assert [app.name for app in blueprint.apps] == [toy.provider.name, "Db"]
    assert blueprint.connectors[0].source == toy.provider.name


def test_a_provider_in_use_is_not_deleted_and_its_users_are_named(used: Toy) -> None:
    with pytest.raises(InUse, match="while it is used: the App template Web, the blueprint B$"):
        used.services.inventory.delete(used.provider.name)
    with used.services.blueprints.changing("B") as changed:
        changed.resources, changed.connectors = [], Parts()
    with pytest.raises(InUse, match="the App template Web, the blueprint B$"):
        used.services.inventory.delete(used.provider.name)
    used.services.blueprints.delete_blueprint("B")
    used.services.blueprints.delete_template("Web")
    used.services.inventory.delete(used.provider.name)
    assert used.provider.name not in used.services.store.resources


def test_a_provider_of_an_app_in_a_live_sandbox_is_neither_renamed_nor_deleted(toy: Toy) -> None:
    toy.app("Web")
    sandbox = toy.services.lifecycle.reserve_empty("S", "admin", 5)
    toy.services.sandboxes.add_app(sandbox.id, toy.services.blueprints.new_app("Web"))
    with pytest.raises(InUse, match="cannot be renamed while it is used: the sandbox S"):
        toy.services.inventory.rename(toy.provider.name, "x")
    with pytest.raises(InUse, match="The App template 'Web' cannot be deleted while it is used: the sandbox S"):
        toy.services.blueprints.delete_template("Web")
    toy.cloudshell.end(sandbox)
    toy.services.blueprints.delete_template("Web")
    toy.services.inventory.rename(toy.provider.name, "x")


def test_a_resource_whose_discovery_failed_can_be_created_again(toy: Toy) -> None:
    toy.fail(get_inventory={"raise": "wrong password"})
    control = {"Control": str(toy.control)}
    with pytest.raises(CommandFailed, match="wrong password"):
        toy.cloudshell.create_resource("Toy", "r", {**control, "Password": "n0t-it"})
    first = toy.services.store.resources.get("r")
    toy.fail()
    made = toy.cloudshell.create_resource("Toy", "r", {**control, "Password": "halo", "Color": "blue"})
    assert (made.id, made.excluded, made.attributes["Toy.Color"]) == (first.id, False, "blue")
    assert toy.services.passwords.decrypt(made.attributes["Toy.Password"]) == "halo"
    with pytest.raises(AlreadyExists):
        toy.cloudshell.create_resource("Toy", "r")


def test_a_resource_that_was_discovered_once_is_not_created_again(toy: Toy) -> None:
    toy.fail(get_inventory={"raise": "the region is gone"})
    with pytest.raises(CommandFailed):
        toy.services.inventory.discover(toy.provider.name)
    with pytest.raises(AlreadyExists):
        toy.cloudshell.create_resource("Toy", toy.provider.name)


def test_the_api_never_creates_a_resource_in_the_place_of_another(toy: Toy) -> None:
    toy.fail(get_inventory={"raise": "wrong password"})
    with pytest.raises(CommandFailed):
        toy.cloudshell.create_resource("Toy", "r", {"Control": str(toy.control)})
    with pytest.raises(AlreadyExists):
        toy.services.inventory.create("Toy", "r")


def test_a_resource_that_is_used_is_not_created_again(toy: Toy) -> None:
    toy.fail(get_inventory={"raise": "wrong password"})
    with pytest.raises(CommandFailed):
        toy.cloudshell.create_resource("Toy", "r", {"Control": str(toy.control)})
    toy.cloudshell.add_app("Web", "Toy.Brick", "r")
    with pytest.raises(AlreadyExists):
        toy.cloudshell.create_resource("Toy", "r")
