from __future__ import annotations

from pathlib import Path

import pytest

from cloudshell_local.errors import AlreadyExists, InUse, InvalidPackage, NotFound
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.storage.model import App, AppTemplate, Blueprint, DeploymentPath, Resource, Sandbox
from cloudshell_local.storage.store import Store
from tests.cloudshell_local.toy import app_package, package


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.db")


@pytest.fixture
def catalog(store: Store, tmp_path: Path) -> Catalog:
    return Catalog(store, tmp_path / "shells")


def files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "shells").iterdir())


def test_a_shell_is_installed_found_and_there_after_a_restart(catalog: Catalog, store: Store, tmp_path: Path) -> None:
    catalog.add(package(), "eve")
    for each in (catalog, Catalog(store, tmp_path / "shells")):
        assert each.shell("Toy").version == "1.2.0"
        assert each.installed("Toy").modified_by == "eve"
        assert each.of_model("Toy").name == "Toy"
        assert each.option("Toy.Brick").name == "Toy.Brick"
        assert each.family("Toy") == "CS_CloudProvider"


def test_a_name_is_taken_once(catalog: Catalog) -> None:
    catalog.add(package(), "admin")
    with pytest.raises(AlreadyExists, match="named 'Toy' already exists"):
        catalog.add(package(), "admin")


def test_a_model_is_taken_once(catalog: Catalog) -> None:
    catalog.add(package(), "admin")
    with pytest.raises(InUse, match="The model 'Toy' belongs to another shell: Toy"):
        catalog.add(package(lambda text: text.replace("template_name: Toy", "template_name: Other")), "admin")


def test_an_update_replaces_the_package_and_leaves_no_old_one(catalog: Catalog, tmp_path: Path) -> None:
    catalog.add(package(), "admin")
    before, first = files(tmp_path), catalog.installed("Toy").id
    catalog.update("Toy", package(lambda text: text.replace("1.2.0", "1.3.0")), "eve")
    assert catalog.shell("Toy").version == "1.3.0"
    assert (catalog.installed("Toy").id, catalog.installed("Toy").modified_by) == (first, "eve")
    assert len(files(tmp_path)) == 1
    assert files(tmp_path) != before


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
def test_an_update_may_not_without_the_switch_and_is_told_how_it_could(
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
    store.blueprints.put("b", Blueprint("b", apps=[app]))
    store.sandboxes.put("s", Sandbox("s", "s", "admin", "", "", apps=[app]))
    catalog.update("Toy", without_control(CAPABILITY_TYPES, CAPABILITY), "admin")
    left = store.resources.get("r").attributes
    assert "Toy.Control" not in left
    assert left["Toy.Limit"] == "9"
    assert store.resources.get("other").attributes == given
    apps = [store.templates.get("a").app, *store.blueprints.get("b").apps, *store.sandboxes.get("s").apps]
    assert [each.attributes for each in apps] == [{"Toy.Limit": "9"}] * 3


def test_an_update_may_not_be_older_nor_another_shell(catalog: Catalog) -> None:
    catalog.add(package(), "admin")
    with pytest.raises(InvalidPackage, match=r"version 1\.1\.9 is lower than the installed 1\.2\.0"):
        catalog.update("Toy", package(lambda text: text.replace("1.2.0", "1.1.9")), "admin")
    with pytest.raises(InvalidPackage, match="a shell's name and model cannot change"):
        catalog.update("Toy", package(name="Ball"), "admin")
    with pytest.raises(NotFound):
        catalog.update("Ball", package(name="Ball"), "admin")


def test_resources_get_the_attributes_that_an_update_brings(catalog: Catalog, store: Store) -> None:
    catalog.add(package(), "admin")
    store.resources.put("r", Resource("r", "CS_CloudProvider", "Toy", "NA", {"Toy.Limit": "9"}))
    more = package(
        lambda text: text.replace(
            "User: {type: string}", "User: {type: string}\n      Taste: {type: string, default: sweet}", 1
        )
    )
    catalog.update("Toy", more, "admin")
    kept = store.resources.get("r").attributes
    assert (kept["Toy.Taste"], kept["Toy.Limit"]) == ("sweet", "9")


def test_a_shell_in_use_is_not_deleted_and_says_by_what(catalog: Catalog, store: Store, tmp_path: Path) -> None:
    catalog.add(package(), "admin")
    path = DeploymentPath("p", "Toy.Brick", "r", {})
    store.resources.put("r", Resource("r", "CS_CloudProvider", "Toy", "NA", {}))
    store.templates.put("a", AppTemplate(App("a", "a", "Generic App Model", {}, [path])))
    with pytest.raises(InUse, match="This shell is used; delete these before 'Toy': the resource r, the App a"):
        catalog.delete("Toy")
    store.resources.remove("r")
    store.templates.remove("a")
    catalog.delete("Toy")
    assert files(tmp_path) == []
    with pytest.raises(NotFound, match="Installed shells: none"):
        catalog.shell("Toy")


def test_what_is_not_there_is_told_with_what_is(catalog: Catalog) -> None:
    catalog.add(package(), "admin")
    with pytest.raises(NotFound, match="Models of installed shells: Toy"):
        catalog.of_model("Ball")
    with pytest.raises(NotFound, match=r"Deployment types: Toy\.Brick"):
        catalog.option("Toy.Stone")


def test_a_driver_that_cannot_be_imported_is_refused(store: Store, tmp_path: Path) -> None:
    catalog = Catalog(store, tmp_path / "shells", lambda _, shell: f"{shell.name} has no wheels")
    with pytest.raises(InvalidPackage, match=r"ToyDriver\.zip: invalid driver, Toy has no wheels"):
        catalog.add(package(), "admin")
    assert files(tmp_path) == []


def test_built_in_and_deployed_apps_models_have_attributes(catalog: Catalog) -> None:
    catalog.add(app_package(), "admin")
    assert set(catalog.attributes("Generic App Model")) == {"User", "Password", "Public IP"}
    assert "Puppet.Password" in catalog.attributes("Puppet")
    assert catalog.family("Puppet") == "CS_GenericAppFamily"
