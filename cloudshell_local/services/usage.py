"""Usage of resources and App templates: who uses one, and how App templates and blueprints follow its rename."""

from __future__ import annotations

from collections.abc import Iterable

from cloudshell_local.services import diagrams
from cloudshell_local.storage.model import App, Blueprint, Sandbox
from cloudshell_local.storage.store import Store


def live_users(store: Store, resource: str) -> list[str]:
    """Return the sandboxes that have not ended and the deployed apps that use a resource, as "the sandbox <name>"."""
    sandboxes = [f"the sandbox {each.name}" for each in _live(store) if _uses(each, resource)]
    deployed = [
        f"the {'static VM' if each.is_static_vm else 'deployed app'} {each.name}"
        for each in store.resources
        if each.vm_details and each.vm_details.provider == resource
    ]
    return sandboxes + deployed


def users(store: Store, resource: str) -> list[str]:
    """Return all that uses a resource: sandboxes that have not ended, deployed apps, App templates and blueprints."""
    templates = [f"the App template {each.app.name}" for each in store.templates if _deploys_on([each.app], resource)]
    blueprints = [f"the blueprint {each.name}" for each in store.blueprints if _uses(each, resource)]
    return live_users(store, resource) + templates + blueprints


def template_users(store: Store, template: str) -> list[str]:
    """Return the blueprints, and the sandboxes that have not ended, that have an App of a template."""
    blueprints = [f"the blueprint {each.name}" for each in store.blueprints if _has_app_of(each.apps, template)]
    sandboxes = [f"the sandbox {each.name}" for each in _live(store) if _has_app_of(each.apps, template)]
    deployed = [f"the deployed app {each.name}" for each in store.resources if each.app and _is_of(each.app, template)]
    return blueprints + sandboxes + deployed


def follow_rename(store: Store, old: str, new: str) -> None:
    """Let App templates and blueprints name a renamed resource by its new name."""
    with store.lock:
        for name in [each.app.name for each in store.templates if _deploys_on([each.app], old)]:
            with store.templates.changing(name) as template:
                _move_paths([template.app], old, new)
        for name in [each.name for each in store.blueprints if _uses(each, old)]:
            with store.blueprints.changing(name) as blueprint:
                _move_paths(blueprint.apps, old, new)
                _rename_resource(blueprint, old, new)


def _live(store: Store) -> list[Sandbox]:
    return [each for each in store.sandboxes if not each.is_over]


def _uses(diagram: Blueprint | Sandbox, resource: str) -> bool:
    return resource in diagram.resources or _deploys_on(diagram.apps, resource)


def _deploys_on(apps: Iterable[App], resource: str) -> bool:
    return any(path.provider == resource for app in apps for path in app.paths)


def _has_app_of(apps: Iterable[App], template: str) -> bool:
    return any(_is_of(app, template) for app in apps)


def _is_of(app: App, template: str) -> bool:
    return app.template == template


def _move_paths(apps: Iterable[App], old: str, new: str) -> None:
    for path in [path for app in apps for path in app.paths if path.provider == old]:
        path.provider = new


def _rename_resource(blueprint: Blueprint, old: str, new: str) -> None:
    if old not in blueprint.resources:
        return
    blueprint.resources = [new if name == old else name for name in blueprint.resources]
    diagrams.move_connectors(blueprint, old, new)
