"""The connectors of a resource as contexts of its commands have them: docs/reference/features.md A7."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudshell_local.errors import NotFound
from cloudshell_local.services.diagrams import connectors_of
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.storage.model import Connector, Resource, Sandbox
from cloudshell_local.storage.store import Store

# The family of VLAN and Subnet services is a guess: see "What is guessed" in README.md.
SERVICE_FAMILY = "Virtual Network"


class ConnectorContexts:
    """Maker of the connectors in contexts."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog

    def of(self, sandbox: Sandbox | None, resource: Resource) -> list[dict[str, Any]]:
        """Return the connectors of a resource in a sandbox; none without a sandbox.

        The resource is the source of each, whichever end of the connector it is (cloudshell-shell-core, driver_context.py).
        """
        lines = connectors_of(sandbox, resource.name) if sandbox else []
        return [_context(line, resource.name, self._target(sandbox, line, resource.name)) for line in lines if sandbox]

    def _target(self, sandbox: Sandbox, line: Connector, source: str) -> dict[str, Any]:
        name = line.target if line.source == source else line.source
        service, app = sandbox.services.get(name), sandbox.apps.get(name)
        if service:
            return _target("Service", name, SERVICE_FAMILY, service.name, service.attributes)
        if app:
            return _target("App", name, self._family(app.model), app.model, app.attributes)
        try:
            found = self._store.resources.get(name)
        except NotFound:  # It may be deleted at this moment.
            return _target("Resource", name, "", "", {})
        return _target("Resource", name, found.family, found.model, found.attributes)

    def _family(self, model: str) -> str:
        try:
            return self._catalog.family(model)
        except NotFound:  # The shell of the App's model may have been deleted.
            return ""


def _target(kind: str, name: str, family: str, model: str, attributes: Mapping[str, str]) -> dict[str, Any]:
    return {
        "target": name,
        "target_family": family,
        "target_model": model,
        "target_type": kind,
        "target_attributes": dict(attributes),
    }


def _context(line: Connector, source: str, target: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "class": "Connector",
        "source": source,
        **target,
        "direction": line.direction.capitalize(),
        "alias": line.alias,
        "attributes": dict(line.attributes),
        "connection_type": "Visual Connector",
    }
