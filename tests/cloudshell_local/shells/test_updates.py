"""Updates as the catalog makes them: what another version of a shell may change, and what becomes of its attributes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudshell_local.errors import InvalidPackage, NotFound
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.storage.model import App, AppTemplate, Blueprint, Resource, Sandbox
from cloudshell_local.storage.parts import Parts
from cloudshell_local.storage.store import Store
from tests.cloudshell_local.toy import package


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.db")


@pytest.fixture
def catalog(store: Store, tmp_path: Path) -> Catalog:
    return Catalog(store, tmp_path / "shells")


def test_an_update_may_not_take_attributes_away(catalog: Catalog) -> None:
    catalog.add(package(), "admin")
    without = package(lambda text: text.replace("      Control: {type: string}\n", ""))
    with pytest.raises(InvalidPackage) as caught:
        catalog.update("Toy", without, "admin")
    assert (
        "Error: Removing attributes from an existing shell is not supported. The following attributes are missing from the "
        "new shell definition: 'Control'"
    ) in str(caught.value)
    assert "Toy.Control" in catalog.shell("Toy").attributes


CAPABILITY_TYPES = """
capability_types:
  cloudshell.capabilities.DeprecateProperties:
    derived_from: tosca.capabilities.Root
    properties:
      allow_deprecate_properties:
        type: boolean
        default: true
"""
CAPABILITY = """
      deprecate_properties:
        type: cloudshell.capabilities.DeprecateProperties
        properties:
          allow_deprecate_properties:
            type: boolean
            default: true
"""


def without_control(capability_types: str, capability: str) -> bytes:
    """Return the toy shell without an attribute, and with the developer guide's parts that allow this."""
    return package(
        lambda text: (
            text.replace("      Control: {type: string}\n", "").replace(
                "    capabilities:\n", f"    capabilities:\n{capability}"
            )
            + capability_types
        )
    )


@pytest.mark.parametrize(
    ("capability_types", "capability"),
    [
        (CAPABILITY_TYPES, CAPABILITY),
        ("", CAPABILITY),
        (CAPABILITY_TYPES, "      deprecate_properties: {type: cloudshell.capabilities.DeprecateProperties}\n"),
        (CAPABILITY_TYPES.replace("true", "false"), CAPABILITY),
    ],
    ids=["of the guide", "type not declared", "default of the type", "the node type's default counts"],
)
def test_an_update_may_take_attributes_away_with_the_switch(
    catalog: Catalog, capability_types: str, capability: str
) -> None:
    catalog.add(package(), "admin")
    catalog.update("Toy", without_control(capability_types, capability), "admin")
    assert "Toy.Control" not in catalog.shell("Toy").attributes


@pytest.mark.parametrize(
    ("capability_types", "capability"),
    [
        (CAPABILITY_TYPES, ""),
        (CAPABILITY_TYPES, CAPABILITY.replace("true", "false")),
        (
            CAPABILITY_TYPES.replace("true", "false"),
            "      deprecate_properties: {type: cloudshell.capabilities.DeprecateProperties}\n",
        ),
    ],
    ids=["only declared", "switched off", "switched off by the type"],
)
def test_an_update_may_not_without_the_switch_and_the_error_shows_the_switch(
    catalog: Catalog, capability_types: str, capability: str
) -> None:
    catalog.add(package(), "admin")
    with pytest.raises(InvalidPackage, match="new shell definition: 'Control'. To remove them all the same") as caught:
        catalog.update("Toy", without_control(capability_types, capability), "admin")
    assert (
        "`deprecate_properties: {type: cloudshell.capabilities.DeprecateProperties, properties: "
        "{allow_deprecate_properties: {type: boolean, default: true}}}`"
    ) in str(caught.value)


def test_removed_attributes_are_taken_from_resources_and_apps(catalog: Catalog, store: Store) -> None:
    catalog.add(package(), "admin")
    given = {"Toy.Control": "x", "Toy.Limit": "9"}
    app = App("a", "a", "Toy", dict(given), [])
    store.resources.put("r", Resource("r", "CS_CloudProvider", "Toy", "NA", dict(given)))
    store.resources.put("other", Resource("other", "CS_CloudProvider", "Ball", "NA", dict(given)))
    store.templates.put("a", AppTemplate(app))
    store.blueprints.put("b", Blueprint("b", apps=Parts([app, App("b", "b", "Ball", dict(given), [])])))
    store.sandboxes.put("s", Sandbox("s", "s", "admin", "", "", apps=Parts([app])))
    catalog.update("Toy", without_control(CAPABILITY_TYPES, CAPABILITY), "admin")
    left = store.resources.get("r").attributes
    assert "Toy.Control" not in left
    assert left["Toy.Limit"] == "9"
    assert store.resources.get("other").attributes == given
    apps = [store.templates.get("a").app, store.blueprints.get("b").apps[0], *store.sandboxes.get("s").apps]
    assert [each.attributes for each in apps] == [{"Toy.Limit": "9"}] * 3
    assert store.blueprints.get("b").apps[1].attributes == given


def test_an_update_may_not_be_older_nor_another_shell(catalog: Catalog) -> None:
    catalog.add(package(), "admin")
    with pytest.raises(InvalidPackage, match=r"version 1\.1\.9 is lower than the installed 1\.2\.0"):
        catalog.update("Toy", package(lambda text: text.replace("1.2.0", "1.1.9")), "admin")
    catalog.update("Toy", package(lambda text: text.replace("1.2.0", "1.10.0")), "admin")
    with pytest.raises(InvalidPackage, match=r"version 1\.9\.0 is lower than the installed 1\.10\.0"):
        catalog.update("Toy", package(lambda text: text.replace("1.2.0", "1.9.0")), "admin")
    with pytest.raises(InvalidPackage, match="a shell's name and model cannot change"):
        catalog.update("Toy", package(name="Ball"), "admin")
    with pytest.raises(NotFound):
        catalog.update("Ball", package(name="Ball"), "admin")


def test_resources_get_the_attributes_that_an_update_brings(catalog: Catalog, store: Store) -> None:
    catalog.add(package(), "admin")
    store.resources.put("r", Resource("r", "CS_CloudProvider", "Toy", "NA", {"Toy.Limit": "9"}))
    more = package(
        lambda text: text.replace(
            "User: {type: string}",
            "User: {type: string}\n      Taste: {type: string, default: sweet}"
            "\n      Pin: {type: cloudshell.datatypes.Password, default: 1234}",
            1,
        )
    )
    catalog.update("Toy", more, "admin")
    kept = store.resources.get("r").attributes
    assert (kept["Toy.Taste"], kept["Toy.Limit"]) == ("sweet", "9")
    assert "1234" not in kept.values(), "a password is stored encrypted or not at all"
