from __future__ import annotations

import pytest

from cloudshell_local.shells.usage import users_of_model, users_of_options
from cloudshell_local.storage.model import App, AppTemplate, Blueprint, DeploymentPath, Resource, Sandbox
from cloudshell_local.storage.parts import Parts
from cloudshell_local.storage.store import Store


def app(name: str, model: str, *options: str) -> App:
    return App(name, name, model, {}, [DeploymentPath(option, option, "Cloud", {}) for option in options])


@pytest.fixture
def store(store: Store) -> Store:
    """A store in which everything uses the model Puppet or the deployment type Toy.Brick, or neither of them."""
    puppet, brick = app("Puppet", "Puppet", "Toy.Stone"), app("Brick", "Generic App Model", "Toy.Stone", "Toy.Brick")
    other = app("Other", "Generic App Model", "Toy.Stone")
    for each in (puppet, brick, other):
        store.templates.put(each.name, AppTemplate(each))
        store.blueprints.put(each.name, Blueprint(f"{each.name} plan", apps=Parts([each])))
        for status in ("Started", "Completed"):
            name = f"{each.name} {status}"
            store.sandboxes.put(name, Sandbox(name, name, "admin", "", "", status=status, apps=Parts([each])))
    deployed = app("Web", "Generic App Model", "Toy.Brick")
    store.resources.put("web-1", Resource("web-1", "", "Generic App Model", "", {}, app=deployed))
    store.resources.put("puppet-1", Resource("puppet-1", "", "Puppet", "", {}))
    return store


def test_a_model_is_used_by_resources_and_apps(store: Store) -> None:
    assert users_of_model(store, "Puppet") == [
        "the resource puppet-1",
        "the App Puppet",
        "the blueprint Puppet plan",
        "the sandbox Puppet Started",
    ]
    assert users_of_model(store, "Doll") == []


def test_a_deployment_type_is_used_by_apps_and_deployed_apps(store: Store) -> None:
    assert users_of_options(store, ["Toy.Brick", "Toy.Wood"]) == [
        "the App Brick",
        "the blueprint Brick plan",
        "the sandbox Brick Started",
        "the deployed app web-1",
    ]
    assert users_of_options(store, ["Toy.Wood"]) == []
