"""Updates as the catalog makes them: what another version of a shell may change, and what becomes of its attributes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cloudshell_local.errors import InvalidPackage, NotFound
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.storage.model import App, AppTemplate, Blueprint, DeploymentPath, Resource, Sandbox
from cloudshell_local.storage.parts import Parts
from cloudshell_local.storage.store import Store
from tests.cloudshell_local.toy import OPTIONS, package


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

WITHOUT_SIZE = OPTIONS.replace("      Size: {type: integer, default: 1, tags: [user_input]}\n", "")
STONE_ONLY = OPTIONS[: OPTIONS.index("  vendor.resource.Brick:")] + (
    "  vendor.resource.Stone: {derived_from: cloudshell.nodes.CustomDeploymentOption}\n"
)
OPTION_CAPABILITY = f"    capabilities:{CAPABILITY}"


def with_options(options: str, change: Callable[[str], str] = lambda text: text) -> bytes:
    return package(change, options={"deployment.yaml": options, "brick.png": b"a brick"})


def brick_path(attributes: dict[str, str]) -> DeploymentPath:
    return DeploymentPath("p", "Toy.Brick", "r", attributes)


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


@pytest.mark.parametrize("is_of_shell", [True, False], ids=["switch of the shell", "switch of the deployment type"])
def test_attributes_of_a_deployment_type_are_taken_from_paths(
    catalog: Catalog, store: Store, is_of_shell: bool
) -> None:
    catalog.add(package(), "admin")
    app = App("a", "a", "Generic App Model", {}, [brick_path({"Toy.Brick.Size": "2", "Toy.Brick.Autoload": "True"})])
    store.templates.put("a", AppTemplate(app))
    store.blueprints.put("b", Blueprint("b", apps=Parts([app])))
    store.sandboxes.put("s", Sandbox("s", "s", "admin", "", "", apps=Parts([app])))
    store.resources.put("a-1", Resource("a-1", "CS_GenericAppFamily", "Generic App Model", "", {}, app=app))
    if is_of_shell:
        new = with_options(
            WITHOUT_SIZE, lambda text: text.replace("    capabilities:\n", f"    capabilities:\n{CAPABILITY}")
        )
    else:
        new = with_options(WITHOUT_SIZE.replace("    artifacts:", f"{OPTION_CAPABILITY}    artifacts:"))
    catalog.update("Toy", new, "eve")
    apps = [store.templates.get("a").app, *store.blueprints.get("b").apps, *store.sandboxes.get("s").apps]
    deployed = store.resources.get("a-1").app
    assert [each and each.path.attributes for each in [*apps, deployed]] == [{"Toy.Brick.Autoload": "True"}] * 4


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        (
            with_options(OPTIONS.replace("Brick", "Stone")),
            "the deployment type 'Toy.Brick' is missing, and it is used by {}",
        ),
        (
            with_options(WITHOUT_SIZE),
            "the deployment type 'Toy.Brick' lacks the attributes 'Size', and it is used by {}. To remove them all the same",
        ),
        (
            with_options(OPTIONS.replace("Size: {type: integer", "Size: {type: float")),
            "the type of the attribute 'Toy.Brick.Size' cannot change from integer to float, since it is used by {}",
        ),
    ],
    ids=["deployment type", "attribute", "type of an attribute"],
)
def test_what_apps_use_is_not_dropped_and_the_error_names_them(
    catalog: Catalog, store: Store, new: bytes, problem: str
) -> None:
    catalog.add(package(), "admin")
    store.templates.put("a", AppTemplate(App("a", "a", "Generic App Model", {}, [brick_path({})])))
    before = catalog.package("Toy")
    with pytest.raises(InvalidPackage) as caught:
        catalog.update("Toy", new, "admin")
    assert problem.format("the App a") in str(caught.value)
    assert catalog.package("Toy") == before
    store.templates.remove("a")
    catalog.update("Toy", new, "admin")


def test_a_type_changes_only_while_no_resource_has_the_attribute(catalog: Catalog, store: Store) -> None:
    catalog.add(package(), "admin")
    store.resources.put("r", Resource("r", "CS_CloudProvider", "Toy", "NA", {"Toy.Limit": "9"}))
    new = package(lambda text: text.replace("Limit: {type: integer", "Limit: {type: string"))
    with pytest.raises(InvalidPackage) as caught:
        catalog.update("Toy", new, "admin")
    assert (
        "the type of the attribute 'Toy.Limit' cannot change from integer to string, since it is used by the resource r"
    ) in caught.value.problems
    store.resources.remove("r")
    catalog.update("Toy", new, "admin")
    assert catalog.shell("Toy").attributes["Toy.Limit"].type == "string"


def test_all_that_is_dropped_is_named_at_once(catalog: Catalog, store: Store) -> None:
    catalog.add(package(), "admin")
    store.resources.put("r", Resource("r", "CS_CloudProvider", "Toy", "NA", {}))
    store.templates.put("a", AppTemplate(App("a", "a", "Generic App Model", {}, [brick_path({})])))

    def change(text: str) -> str:
        return text.replace("      Control: {type: string}\n", "").replace(
            "Limit: {type: integer", "Limit: {type: string"
        )

    with pytest.raises(InvalidPackage) as caught:
        catalog.update("Toy", with_options(STONE_ONLY, change), "admin")
    removed, changed, missing = caught.value.problems
    assert "new shell definition: 'Control' (used by the resource r). To remove them" in removed
    assert changed.startswith("the type of the attribute 'Toy.Limit'")
    assert missing.startswith("the deployment type 'Toy.Brick' is missing")


def test_resources_do_not_get_a_default_that_does_not_fit(catalog: Catalog, store: Store) -> None:
    catalog.add(package(), "admin")
    more = package(
        lambda text: text.replace("      User:", "      Pips: {type: integer, default: lots}\n      User:", 1)
    )
    store.resources.put("r", Resource("r", "CS_CloudProvider", "Toy", "NA", {}))
    with pytest.raises(InvalidPackage, match=r"new attribute 'Pips' is 'lots' and should be of the type integer.*: r$"):
        catalog.update("Toy", more, "admin")
    store.resources.remove("r")
    catalog.update("Toy", more, "admin")


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
