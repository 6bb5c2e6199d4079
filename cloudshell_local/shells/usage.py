"""Users of a shell: resources, App templates, blueprints, live sandboxes and deployed apps."""

from __future__ import annotations

from collections.abc import Callable, Collection

from cloudshell_local.storage.model import App
from cloudshell_local.storage.store import Store

Uses = Callable[[App], bool]


def users_of_model(store: Store, model: str) -> list[str]:
    """Return the resources of a model, and the App templates, blueprints and live sandboxes with an App of it.

    Each is a text: "the resource Cloud", "the App Web", "the blueprint B", "the sandbox S".
    """
    resources = [f"the resource {each.name}" for each in store.resources if each.model == model]
    return resources + _apps(store, lambda app: app.model == model)


def users_of_options(store: Store, names: Collection[str]) -> list[str]:
    """Return the App templates, blueprints, live sandboxes and deployed apps that have one of these deployment types."""
    deployed = [
        f"the deployed app {each.name}" for each in store.resources if each.app and each.app.path.option in names
    ]
    return _apps(store, lambda app: any(path.option in names for path in app.paths)) + deployed


def _apps(store: Store, uses: Uses) -> list[str]:
    templates = [f"the App {each.app.name}" for each in store.templates if uses(each.app)]
    blueprints = [f"the blueprint {each.name}" for each in store.blueprints if any(map(uses, each.apps.read_only()))]
    sandboxes = [
        f"the sandbox {each.name}"
        for each in store.sandboxes
        if not each.is_over and any(map(uses, each.apps.read_only()))
    ]
    return templates + blueprints + sandboxes
