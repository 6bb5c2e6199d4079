"""Contexts of driver commands, as plain JSON values.

Their fields, and "class", the name of the context's class in cloudshell-shell-core: docs/reference/wire.md §1.1 and §1.2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudshell_local.shells.standards import node_types_of
from cloudshell_local.storage.model import App, Resource, Sandbox

Json = dict[str, Any]
DOMAIN = "Global"
VERSION = "2024.1.0.0"


def name_value_pairs(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    """Return attributes as a list of names and values, which app_request_json and deployed_app_json have."""
    return [{"name": name, "value": value} for name, value in attributes.items()]


@dataclass(frozen=True)
class Contexts:
    """Maker of contexts. server_address: the address at which drivers find the APIs."""

    server_address: str

    def command(
        self, token: str, resource: Resource, standard: str, reservation: Json | None, connectors: Sequence[Json] = ()
    ) -> Json:
        """Return the context of a command on a resource. connectors: those of the resource in the sandbox's diagram."""
        return {
            **self._of("ResourceCommandContext", token, resource, standard),
            "reservation": reservation,
            "connectors": list(connectors),
        }

    def remote(self, token: str, resource: Resource, standard: str, reservation: Json | None, app: Resource) -> Json:
        """Return the context of a command on a deployed app; outside of a sandbox, it has no field remote_reservation."""
        context = self._of("ResourceRemoteCommandContext", token, resource, standard)
        context["remote_endpoints"] = [resource_json(app)]
        return {**context, "remote_reservation": reservation} if reservation else context

    def discovery(self, token: str, resource: Resource, standard: str) -> Json:
        """Return the context of get_inventory."""
        return self._of("AutoLoadCommandContext", token, resource, standard)

    def initialization(self, token: str, resource: Resource, standard: str) -> Json:
        """Return the context of initialize."""
        return self._of("InitCommandContext", token, resource, standard)

    def _of(self, kind: str, token: str, resource: Resource, standard: str) -> Json:
        connectivity = {
            "server_address": self.server_address,
            "cloudshell_api_port": "8029",
            "quali_api_port": "9000",
            "admin_auth_token": token,
            "cloudshell_version": VERSION,
            "cloudshell_api_scheme": "http",
            "use_webapi_endpoint": "False",
        }
        return {"class": kind, "connectivity": connectivity, "resource": resource_json(resource, standard)}


def reservation_json(sandbox: Sandbox, user: str, access_key: str) -> Json:
    """Return a sandbox as contexts have it. access_key: the private key of its network, in clear, or empty."""
    return {
        "environment_name": sandbox.blueprint,
        "environment_path": sandbox.blueprint,
        "domain": DOMAIN,
        "description": sandbox.description,
        "owner_user": sandbox.owner,
        "owner_email": None,
        "reservation_id": sandbox.id,
        "saved_sandbox_name": "",
        "saved_sandbox_id": "",
        "running_user": user,
        "cloud_info_access_key": access_key,
    }


def resource_json(resource: Resource, standard: str = "") -> Json:
    """Return a resource as contexts have it. standard: the file name of its shell's standard."""
    name, _, version = standard.removesuffix(".yaml").replace("_standard_", "_standard ").partition(" ")
    return {
        "id": resource.id,
        "name": resource.name,
        "fullname": resource.name,
        "type": "Resource",
        "address": resource.address,
        "model": resource.model,
        "family": resource.family,
        "description": resource.description,
        "attributes": dict(resource.attributes),
        "app_context": _app_context(resource),
        "networks_info": None,
        "shell_standard": name if node_types_of(standard) else "",
        "shell_standard_version": version.replace("_", "."),
    }


def _app_context(resource: Resource) -> Json:
    if not resource.vm_details:
        return {"app_request_json": "", "deployed_app_json": ""}
    return {
        # Real servers print these JSON texts over several lines, which end in CRLF: docs/reference/wire.md §1.2.
        "app_request_json": _printed(app_request_json(resource)),
        "deployed_app_json": _printed(deployed_app_json(resource)),
    }


def _printed(value: Json) -> str:
    return json.dumps(value, indent=2).replace("\n", "\r\n") if value else ""


def app_request_json(resource: Resource) -> Json:
    """Return a deployed app as it was asked for: its App, and the deployment path; empty for a static VM."""
    app = resource.app
    if not app:
        return {}
    path = app.path
    return {
        "name": app.name,
        "description": app.description or None,
        "logicalResource": {
            "family": resource.family,
            "model": app.model,
            "driver": None,
            "description": "",
            "attributes": name_value_pairs(app.attributes),
        },
        "deploymentService": {
            "cloudProviderName": path.provider,
            "name": path.name,
            "model": path.option,
            "driver": None,
            "attributes": name_value_pairs(path.attributes),
        },
    }


def deployed_app_json(resource: Resource) -> Json:
    """Return a deployed app as it is now."""
    details = resource.vm_details
    assert details
    parameters = [{"id": f"{details.id}-{name}", **pair} for name, pair in _by_name(details.custom_parameters)]
    return {
        "name": resource.name,
        "family": resource.family,
        "model": resource.model,
        "address": resource.address,
        "attributes": name_value_pairs(resource.attributes),
        "vmdetails": {
            "id": details.id,
            "cloudProviderId": details.provider,
            "uid": details.uid,
            "vmCustomParams": parameters,
        },
    }


def _by_name(parameters: Mapping[str, str]) -> list[tuple[str, dict[str, str]]]:
    return [(pair["name"], pair) for pair in name_value_pairs(parameters)]


def deploy_app_params(app: App) -> Json:
    """Return the parameters of the deployApp action for an App."""
    path = app.path
    return {
        "appName": app.name,
        "deployment": {
            "deploymentPath": path.option,
            "attributes": attribute_list(path.attributes),
            "type": "deployAppDeploymentInfo",
        },
        "appResource": {"attributes": attribute_list(app.attributes), "type": "appResourceInfo"},
        "type": "deployAppParams",
    }


def attribute_list(attributes: Mapping[str, str], kind: str = "attribute") -> list[dict[str, str]]:
    """Return attributes as requests have them. kind: the type of each entry in the list."""
    return [{"attributeName": name, "attributeValue": value, "type": kind} for name, value in attributes.items()]
