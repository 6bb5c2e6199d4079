"""Helpers for tests of networking and deployment: sandboxes with a given diagram, and the requests that a driver got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cloudshell_local.services.networking.service_models import new_service
from cloudshell_local.storage.model import Connector, Sandbox
from tests.cloudshell_local.toy import Toy

Services = Mapping[str, tuple[str, Mapping[str, str]]]


def sandbox_of(
    toy: Toy, services: Services, lines: Sequence[tuple[str, str]], apps: Sequence[str] = ("Web", "Db")
) -> Sandbox:
    """Return a sandbox with a diagram. Its Apps are not deployed, and no setup or teardown runs on it."""
    sandbox = toy.services.sandboxes.create("s", "admin", 60)
    for name in apps:
        toy.app(name)
        toy.services.sandboxes.add_app(sandbox.id, toy.services.blueprints.new_app(name))
    for alias, (kind, values) in services.items():
        # As from a blueprint: a Subnet service cannot be added to a sandbox.
        with toy.services.sandboxes.changing(sandbox.id) as changed:
            changed.services.append(new_service(kind, alias, values))
    toy.services.sandboxes.set_connectors(sandbox.id, [Connector(*line) for line in lines])
    return toy.cloudshell.sandbox(sandbox)


def deploy(toy: Toy, sandbox: Sandbox) -> dict[str, str]:
    """Deploy all Apps of a sandbox; return the names of their resources by the names of the Apps."""
    results = toy.services.deployment.deploy(sandbox.id, [app.name for app in sandbox.apps])
    assert not any(result.error for result in results)
    toy.calls()
    return {result.app: result.resource.name for result in results if result.resource}


def actions(toy: Toy, command: str) -> list[Any]:
    return [
        action for name, request in toy.calls() if name == command for action in request["driverRequest"]["actions"]
    ]


def values(attributes: list[dict[str, str]]) -> dict[str, str]:
    return {each["attributeName"]: each["attributeValue"] for each in attributes}


def ends(toy: Toy, sandbox: Sandbox) -> list[str]:
    return [end for line in toy.cloudshell.sandbox(sandbox).connectors for end in (line.target, line.source)]


def lines(toy: Toy, sandbox: Sandbox) -> list[Connector]:
    return list(toy.cloudshell.sandbox(sandbox).connectors)
