from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from cloudshell_local import CloudShellLocal
from cloudshell_local.errors import AlreadyExists, CommandFailed, InUse, NoDriver, NoSuchCommand, NotFound, WrongCall
from cloudshell_local.storage.model import GENERIC_APP_MODEL, Resource
from tests.cloudshell_local.toy import DRIVER, Toy, package, without_l3


def resource(toy: Toy, name: str = "") -> Resource:
    return toy.cloudshell.services.store.resources.get(name or toy.provider.name)


def test_a_resource_has_the_forms_defaults_and_the_given_attributes(toy: Toy) -> None:
    made = toy.cloudshell.create_resource("Toy", "r", {"Password": "halo", "Toy.Color": "blue"}, discover=False)
    assert (made.family, made.address, made.driver) == ("CS_CloudProvider", "NA", "ToyDriver")
    assert (made.attributes["Toy.User"], made.attributes["Toy.Color"], made.attributes["Toy.Limit"]) == (
        "someone",
        "blue",
        "5",
    )
    assert toy.services.passwords.decrypt(made.attributes["Toy.Password"]) == "halo"


@pytest.mark.parametrize("name", ["", "a/b", "x" * 101, "a\n", "<b>"])
def test_names_are_as_cloudshell_allows_them(toy: Toy, name: str) -> None:
    with pytest.raises(WrongCall, match="should be 1 to 100 letters, digits, spaces"):
        toy.services.inventory.create("Toy", name)


def test_a_resource_that_cannot_be_created_is_an_error_and_not_stored(toy: Toy) -> None:
    inventory = toy.services.inventory
    with pytest.raises(AlreadyExists):
        inventory.create("Toy", toy.provider.name)
    with pytest.raises(NotFound, match="Models of installed shells: Toy"):
        inventory.create("Ball", "r")
    with pytest.raises(WrongCall, match="comes of deploying an App"):
        inventory.create(GENERIC_APP_MODEL, "r")
    with pytest.raises(WrongCall, match=r"'Toy\.Limit' is 'many' and should be of the type integer"):
        inventory.create("Toy", "r", values={"Limit": "many"})
    assert "r" not in toy.services.store.resources


def test_discovery_fills_in_attributes_and_shows_the_resource_online(toy: Toy) -> None:
    found = resource(toy)
    assert found.attributes["Toy.Region"] == "here"
    assert (found.excluded, found.live_status) == (False, ("Online", ""))
    assert toy.commands() == ["initialize", "get_inventory"]


def test_during_discovery_it_is_excluded_and_offline_and_if_it_fails_it_stays_so(toy: Toy) -> None:
    toy.fail(get_inventory={"raise": "the region is gone"})
    with pytest.raises(CommandFailed) as caught:
        toy.services.inventory.discover(toy.provider.name)
    assert str(caught.value) == (
        f"Resource '{toy.provider.name}' synchronization failed due to a driver error: 'get_inventory' command failed with "
        "'RuntimeError' error. Description: the region is gone"
    )
    found = resource(toy)
    assert (found.excluded, found.live_status[0]) == (True, "Offline")
    toy.fail()
    toy.services.inventory.discover(toy.provider.name)
    assert not resource(toy).excluded


def test_an_attribute_that_the_shell_does_not_have_fails_discovery(server: CloudShellLocal) -> None:
    driver = without_l3(DRIVER).replace('Attribute("Region",', 'Attribute("Regoin",')
    server.services.catalog.add(package(driver={"driver.py": driver}), "admin")
    with pytest.raises(CommandFailed, match="Entity 'Regoin' not found"):
        server.create_resource("Toy", "r")


def test_a_driver_without_get_inventory_and_a_resource_without_driver_have_their_codes(server: CloudShellLocal) -> None:
    driver = without_l3(DRIVER).replace("def get_inventory", "def _get_inventory")
    server.services.catalog.add(package(driver={"driver.py": driver}), "admin")
    server.create_resource("Toy", "r", discover=False)
    with pytest.raises(NoSuchCommand):
        server.services.inventory.discover("r")
    assert not server.services.store.resources.get("r").excluded
    server.services.store.resources.put("app", Resource("app", "f", GENERIC_APP_MODEL, "", {}))
    with pytest.raises(NoDriver, match="There is no driver associated with the resource 'app'"):
        server.services.inventory.discover("app")


def test_a_networking_type_that_the_driver_does_not_have_is_a_warning(
    toy: Toy, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        toy.cloudshell.create_resource("Toy", "r", {"Networking type": "L3"})
    assert "r: its Networking type is L3, but by its driver's commands it is L2" in caplog.text


def test_attributes_are_set_all_or_none(toy: Toy) -> None:
    with pytest.raises(WrongCall):
        toy.services.inventory.set_attributes(toy.provider.name, {"Color": "blue", "Limit": "many"})
    assert resource(toy).attributes["Toy.Color"] == "red"
    toy.services.inventory.set_attributes(toy.provider.name, {"Color": "blue"})
    assert toy.services.inventory.attribute(toy.provider.name, "Color") == ("Toy.Color", "blue")


def test_a_resource_is_renamed_with_all_it_has(toy: Toy) -> None:
    before = resource(toy)
    toy.services.inventory.rename(before.name, "renamed")
    assert resource(toy, "renamed").id == before.id
    assert before.name not in toy.services.store.resources
    toy.cloudshell.create_resource("Toy", "other", discover=False)
    with pytest.raises(AlreadyExists):
        toy.services.inventory.rename("other", "renamed")
    assert resource(toy, "other").name == "other"


def test_a_provider_in_use_is_neither_deleted_nor_renamed_and_says_by_what(toy: Toy) -> None:
    toy.app("Web")
    toy.cloudshell.add_blueprint("B", ["Web"])
    sandbox = toy.cloudshell.reserve("B")
    (app,) = toy.cloudshell.deployed(sandbox).values()
    acts: list[Callable[[], None]] = [
        lambda: toy.services.inventory.delete(toy.provider.name),
        lambda: toy.services.inventory.rename(toy.provider.name, "x"),
    ]
    for act in acts:
        with pytest.raises(InUse, match=f"the deployed app {app.name}"):
            act()
    with pytest.raises(InUse, match="the sandbox B"):
        toy.services.inventory.delete(app.name)


def test_deleting_a_deployed_app_that_no_sandbox_has_deletes_its_vm(toy: Toy) -> None:
    toy.app("Web", **{"Auto Delete": "False"})
    toy.cloudshell.add_blueprint("B", ["Web"])
    sandbox = toy.cloudshell.reserve("B")
    (app,) = toy.cloudshell.deployed(sandbox).values()
    toy.cloudshell.end(sandbox)
    assert len(toy.left()["vms"]) == 1
    toy.commands()
    toy.services.inventory.delete(app.name)
    assert toy.commands() == ["DeleteInstance"]
    assert toy.left()["vms"] == []
    assert app.name not in toy.services.store.resources


def test_a_deleted_resources_driver_is_ended(toy: Toy) -> None:
    toy.services.inventory.delete(toy.provider.name)
    assert (toy.control / "cleaned").exists()
