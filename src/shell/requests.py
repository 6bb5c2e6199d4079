"""Requests, read leniently into cloudshell-cp-core's classes.

cp-core's own parser is not used: it turns every text "true" into a bool, an app's name too, and one word that it does
not know fails the whole request. Here what is unknown is left out, what is null has its default, and an action of an
unknown type is a `StrangeAction`, which gets its answer like any other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache, partial
from typing import Any, Callable

from cloudshell.cp.core.request_actions import models

from shell.errors import BadRequest


@dataclass
class StrangeAction:
    """An action of a type that is not ours."""

    actionId: str = ""
    type: str = ""


ACTIONS: dict[str, Any] = {
    "deployApp": models.DeployApp,
    "connectSubnet": models.ConnectSubnet,
    "setVlan": models.SetVlan,
    "removeVlan": models.RemoveVlan,
    "prepareCloudInfra": models.PrepareCloudInfra,
    "prepareSubnet": models.PrepareSubnet,
    "createKeys": models.CreateKeys,
    "cleanupNetwork": models.CleanupNetwork,
}

# What stands inside what. cp-core's annotations do not say it.
_OBJECTS: dict[tuple[Any, str], Any] = {
    (models.DeployApp, "actionParams"): models.DeployAppParams,
    (models.DeployAppParams, "deployment"): models.DeployAppDeploymentInfo,
    (models.DeployAppParams, "appResource"): models.AppResourceInfo,
    (models.ConnectSubnet, "actionParams"): models.ConnectToSubnetParams,
    (models.SetVlan, "connectionParams"): models.SetVlanParameter,
    (models.RemoveVlan, "connectionParams"): models.SetVlanParameter,
    (models.SetVlan, "actionTarget"): models.ActionTarget,
    (models.RemoveVlan, "actionTarget"): models.ActionTarget,
    (models.PrepareCloudInfra, "actionParams"): models.PrepareCloudInfraParams,
    (models.PrepareSubnet, "actionParams"): models.PrepareSubnetParams,
}
_ATTRIBUTE_LISTS = {
    "attributes",
    "vlanServiceAttributes",
    "subnetServiceAttributes",
    "connectorAttributes",
    "customActionAttributes",
}
# DeployApp fills this one by itself, from its parameters.
_DERIVED = {(models.DeployApp, "attributes"), (models.PrepareSubnet, "attributes")}
Reader = Callable[[Any], Any]


def read_json(request: object) -> Any:
    """Return what the JSON text says; raise BadRequest."""
    try:
        return json.loads(request)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise BadRequest(reason="it is not JSON text") from None


def read_actions(request: object) -> list[Any]:
    """Return the actions of a request, in its order; raise BadRequest when it is not {"driverRequest": {"actions": []}}."""
    envelope = read_json(request)
    body = envelope.get("driverRequest") if isinstance(envelope, dict) else None
    if not isinstance(body, dict):
        raise BadRequest(reason="it has no driverRequest")
    actions = body.get("actions") or []
    if not isinstance(actions, list):
        raise BadRequest(reason="its actions are not a list")
    return [_action(action) for action in actions]


def attributes(listed: Any) -> dict[str, Any]:
    """Return a list of cp-core's attributes as names and values."""
    return {item.attributeName: item.attributeValue for item in listed}


def _action(raw: Any) -> Any:
    raw = raw if isinstance(raw, dict) else {}
    kind = raw.get("type")
    model = ACTIONS.get(kind) if isinstance(kind, str) else None
    if model is None:
        return StrangeAction(_as_text(raw.get("actionId", "")), _as_text(kind))
    return _fill(model, raw)


def _fill(model: Any, raw: Any) -> Any:
    raw = raw if isinstance(raw, dict) else {}
    values = {}
    for name, read, always in _plan(model):
        value = raw.get(name)
        if value is not None or always:
            values[name] = read(value)
    return model(**values)


@cache
def _plan(model: Any) -> list[tuple[str, Reader, bool]]:
    """Return how to read each field: its name, its reader, and whether it is there even if null, as an object is."""
    named = [(field.name, field.type) for field in fields(model) if not field.name.startswith("_")]
    return [
        (name, _reader(model, name, kind), (model, name) in _OBJECTS or name in _ATTRIBUTE_LISTS)
        for name, kind in named
        if (model, name) not in _DERIVED
    ]


def _reader(model: Any, name: str, kind: Any) -> Reader:
    if (model, name) in _OBJECTS:
        return partial(_fill, _OBJECTS[model, name])
    if name in _ATTRIBUTE_LISTS:
        return _attribute_list
    return _as_text if kind is str else _as_it_is


def _attribute_list(raw: Any) -> list[models.Attribute]:
    return [_attribute(item) for item in raw] if isinstance(raw, list) else []


def _attribute(raw: Any) -> models.Attribute:
    if not isinstance(raw, dict):
        return models.Attribute()
    name, value = raw.get("attributeName"), raw.get("attributeValue")
    if isinstance(name, str) and isinstance(value, str):  # as it should be
        return models.Attribute(name, value)
    return models.Attribute(_as_text(name), _as_text(value))


def _as_it_is(raw: Any) -> Any:
    return raw


def _as_text(raw: Any) -> str:
    """Old servers send vlanId as a list, and nobody promises that a number will not come where a text should."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, list):
        return ",".join(_as_text(item) for item in raw)
    return "" if raw is None or isinstance(raw, dict) else str(raw)
