from __future__ import annotations

from dataclasses import replace

import pytest

from cloudshell_local import CloudShellLocal
from cloudshell_local.errors import InUse, NotFound, WrongCall
from cloudshell_local.storage.model import Blueprint, DeploymentPath
from cloudshell_local.storage.parts import Parts
from tests.cloudshell_local.toy import OPTIONS, Toy, app_package, package


def test_an_app_has_all_its_defaults(toy: Toy) -> None:
    toy.app("Web", Size="3")
    app = toy.services.blueprints.new_app("Web")
    assert app.path.option == "Toy.Brick"
    assert app.path.name == f"{toy.provider.name} - Toy.Brick"
    assert app.path.attributes["Toy.Brick.Size"] == "3"
    assert app.path.attributes["Toy.Brick.Autoload"] == "True"
    assert set(app.attributes) == {"User", "Password", "Public IP"}
    assert toy.services.passwords.decrypt(app.attributes["Password"]) == "pw"


def test_wrong_values_are_errors_that_name_the_right_ones(toy: Toy) -> None:
    provider = toy.provider.name
    with pytest.raises(NotFound, match=r"Deployment types: Toy\.Brick"):
        toy.cloudshell.add_app("A", "Toy.Stone", provider)
    with pytest.raises(NotFound, match="'Heaven' not found"):
        toy.cloudshell.add_app("A", "Toy.Brick", "Heaven")
    with pytest.raises(NotFound, match=r"'Weight' not found\. 'Toy\.Brick' has the attributes"):
        toy.cloudshell.add_app("A", "Toy.Brick", provider, {"Weight": "1"})
    with pytest.raises(WrongCall, match="should be of the type integer"):
        toy.cloudshell.add_app("A", "Toy.Brick", provider, {"Size": "big"})
    with pytest.raises(WrongCall, match="has no deployment path"):
        toy.services.blueprints.complete_app("A", "Generic App Model", {}, [])
    assert list(toy.services.store.templates) == []


def test_a_default_that_does_not_fit_is_installed_with_a_warning_and_refused_where_it_is_taken(
    server: CloudShellLocal,
) -> None:
    options = {"d.yaml": OPTIONS.replace("Size: {type: integer, default: 1", "Size: {type: integer, default: lots")}
    shell = server.services.catalog.add(package(options={**options, "brick.png": b""}), "admin")
    assert [warning.partition(":")[0] for warning in shell.warnings] == ["Deployments.zip/d.yaml"]
    server.create_resource("Toy", "toys", discover=False)
    with pytest.raises(WrongCall, match=r"'Toy\.Brick\.Size' has the default 'lots' and should be of the type integer"):
        server.add_app("A", "Toy.Brick", "toys")
    assert server.add_app("A", "Toy.Brick", "toys", {"Size": "2"}).path.attributes["Toy.Brick.Size"] == "2"


def test_an_app_template_has_a_name_of_the_rule_and_one_default_path(toy: Toy) -> None:
    blueprints = toy.services.blueprints
    paths = [DeploymentPath(name, "Toy.Brick", toy.provider.name, {}, default=True) for name in ("a", "b")]
    expected = "The App 'A' has the default deployment paths 'a' and 'b'; one path is the default"
    with pytest.raises(WrongCall, match=expected):
        blueprints.complete_app("A", "Generic App Model", {}, paths)
    app = blueprints.complete_app("A", "Generic App Model", {}, paths[:1])
    twice = replace(app, paths=paths)
    for store in (blueprints.add_template, blueprints.new_template):
        with pytest.raises(WrongCall, match=expected):
            store(twice)
    with pytest.raises(WrongCall, match=expected):
        blueprints.add_blueprint(Blueprint("B", apps=Parts([twice])))
    blueprints.add_template(app)
    with pytest.raises(WrongCall, match=expected):
        blueprints.set_path("A", paths[1])
    for name in ("", "..", " A", "A/B", "x" * 101):
        with pytest.raises(WrongCall, match="The App name"):
            blueprints.add_template(replace(app, name=name))
    assert [each.app for each in toy.services.store.templates] == [app]
    assert list(toy.services.store.blueprints) == []
    blueprints.set_path("A", replace(paths[1], default=False))
    assert blueprints.new_app("A").path.name == "a"


def test_a_deployment_type_needs_a_provider_of_its_model(toy: Toy) -> None:
    toy.services.catalog.add(app_package(), "admin")
    toy.cloudshell.create_resource("Puppet", "puppet", discover=False)
    with pytest.raises(WrongCall, match=r"'puppet' is a Puppet; 'Toy\.Brick' needs a Toy"):
        toy.cloudshell.add_app("A", "Toy.Brick", "puppet")


def test_an_app_may_become_a_resource_of_an_apps_shell(toy: Toy) -> None:
    toy.services.catalog.add(app_package(), "admin")
    app = toy.cloudshell.add_app("A", "Toy.Brick", toy.provider.name, {}, {"Strings": "2"}, "Puppet")
    assert app.attributes["Puppet.Strings"] == "2"


def test_a_blueprints_connectors_have_two_ends_and_its_names_are_different(toy: Toy) -> None:
    toy.app("Web")
    with pytest.raises(WrongCall, match="A connector ends at 'Db', which is not in the diagram: Web, V"):
        toy.cloudshell.add_blueprint("B", ["Web"], {"V": ("VLAN Auto", {})}, [("Web", "Db")])
    with pytest.raises(WrongCall, match="Two things of the diagram are named 'Web'"):
        toy.cloudshell.add_blueprint("B", ["Web"], {"Web": ("VLAN Auto", {})})
    with pytest.raises(NotFound, match="App templates: Web"):
        toy.cloudshell.add_blueprint("B", ["Db"])


def test_one_template_makes_several_apps(toy: Toy) -> None:
    toy.app("Web")
    blueprint = toy.cloudshell.add_blueprint("B", {"Web 1": "Web", "Web 2": "Web"})
    assert [(app.name, app.template) for app in blueprint.apps] == [("Web 1", "Web"), ("Web 2", "Web")]


def test_a_blueprint_is_found_by_its_name_and_in_no_folder(toy: Toy) -> None:
    toy.app("Web")
    toy.cloudshell.add_blueprint("B", ["Web"])
    assert toy.services.blueprints.blueprint("B").name == "B"
    for missing in ("C", "Folder/B"):
        with pytest.raises(NotFound, match=f"'{missing}' not found. Blueprints: B"):
            toy.services.blueprints.blueprint(missing)
    with pytest.raises(InUse, match="The App template 'Web' cannot be deleted while it is used: the blueprint B"):
        toy.services.blueprints.delete_template("Web")
    toy.services.blueprints.delete_blueprint("B")
    toy.services.blueprints.delete_template("Web")
    with pytest.raises(NotFound):
        toy.services.blueprints.delete_template("Web")
