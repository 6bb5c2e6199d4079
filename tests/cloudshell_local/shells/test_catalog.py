from __future__ import annotations

from pathlib import Path

import pytest

from cloudshell_local.errors import AlreadyExists, InUse, InvalidPackage, NotFound
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.storage.model import App, AppTemplate, DeploymentPath, Resource
from cloudshell_local.storage.store import Store
from tests.cloudshell_local.toy import METADATA, app_package, package


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


def test_the_warnings_of_a_shell_are_kept_with_it_and_logged(
    catalog: Catalog, store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lists_more = METADATA.replace("</Layout>", '<Category><Command Name="SaveApp"/></Category></Layout>')
    catalog.add(package(driver={"drivermetadata.xml": lists_more}), "admin")
    sentence = "it lists the command 'SaveApp', which the body of driver.ToyDriver does not have"
    for each in (catalog, Catalog(store, tmp_path / "shells")):
        assert [sentence in warning for warning in each.installed("Toy").warnings] == [True]
    assert f"Shell Toy: ToyDriver.zip/drivermetadata.xml: {sentence}" in caplog.text
    catalog.update("Toy", package(), "admin")
    assert catalog.installed("Toy").warnings == []


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


def test_a_shell_in_use_is_not_deleted_and_the_error_names_its_users(
    catalog: Catalog, store: Store, tmp_path: Path
) -> None:
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


def test_an_unknown_name_is_an_error_with_the_known_ones(catalog: Catalog) -> None:
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
