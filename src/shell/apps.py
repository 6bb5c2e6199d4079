"""The deployed app that a command is about."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shell import values
from shell.errors import BadApp, InvalidValue

if TYPE_CHECKING:
    from cloudshell.shell.core.driver_context import ResourceRemoteCommandContext

REFRESH_IP_TIMEOUT = 600


@dataclass(frozen=True)
class App:
    """A deployed app.

    name: the resource's full name; vm_id: the cloud's id; attributes: the app resource's, under their full names;
    deployment: its deployment path's, empty for a static VM.
    """

    name: str
    vm_id: str
    address: str
    attributes: Mapping[str, object]
    deployment: Mapping[str, object]

    @property
    def refresh_ip_timeout(self) -> float:
        """How long to wait for an address, in seconds; raises InvalidValue."""
        seconds = values.number(self.deployment, "Refresh IP Timeout", REFRESH_IP_TIMEOUT)
        if not (seconds >= 0 and math.isfinite(seconds)):  # or the wait would have no end
            raise InvalidValue(name="'Refresh IP Timeout'", value=seconds, right="a number of seconds from 0 up")
        return seconds


def remote_app(context: ResourceRemoteCommandContext) -> App:
    """Return the app of a command on a deployed app; raise BadApp."""
    if not context.remote_endpoints:
        raise BadApp(name="", reason="CloudShell named no app")
    endpoint = context.remote_endpoints[0]
    name = endpoint.fullname or endpoint.name
    deployed = _object(endpoint.app_context.deployed_app_json, name)
    app = app_from_json(deployed, _object(endpoint.app_context.app_request_json or "{}", name))
    # The context is newer than the app's own description: an earlier command may have changed address and attributes.
    return App(
        name, app.vm_id, endpoint.address or "", {**app.attributes, **(endpoint.attributes or {})}, app.deployment
    )


def app_from_json(deployed: Any, request: Any = None) -> App:
    """Return the app that two objects of a request describe; request is null or empty for a static VM. Raises BadApp."""
    deployed = _object(deployed, "")
    name = str(deployed.get("name") or "")
    vm_id = str(_dict(deployed.get("vmdetails")).get("uid") or "")
    if not vm_id:
        raise BadApp(name=name, reason="it has no VM (vmdetails.uid is missing)")
    service = _dict(_object(request or {}, name).get("deploymentService"))
    address = str(deployed.get("address") or "")
    return App(name, vm_id, address, _attributes(deployed), _attributes(service))


def _object(raw: Any, name: str) -> dict[str, Any]:
    try:
        value = json.loads(raw) if isinstance(raw, str) else raw
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise BadApp(name=name, reason="its description is not a JSON object")
    return value


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _attributes(owner: Mapping[str, Any]) -> dict[str, object]:
    items = owner.get("attributes")
    items = items if isinstance(items, list) else []
    return {str(item.get("name")): item.get("value") for item in items if isinstance(item, dict)}
