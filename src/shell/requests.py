"""Requests, read leniently into cloudshell-cp-core's classes.

cp-core's own parser is not used: it turns every text "true" into a bool, an app's name too, and one word that it does
not know fails the whole request (docs/reference/wire.md §14.2). Here what is unknown is left out, what is null has its
default, and an action of an unknown type is a `StrangeAction`, which gets its answer like any other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable, TypeVar, Union

from cloudshell.cp.core.request_actions import models

from shell.errors import BadRequest


@dataclass
class StrangeAction:
    """An action of a type that this shell does not know."""

    actionId: str = ""
    type: str = ""


Action = Union[models.BaseRequestAction, StrangeAction]
Json = Mapping[str, Any]
VlanAction = TypeVar("VlanAction", models.SetVlan, models.RemoveVlan)


def read_json(request: object) -> object:
    """Return the value of JSON text; raise BadRequest."""
    if not isinstance(request, (str, bytes)):
        raise BadRequest(reason="it is not JSON text")
    try:
        value: object = json.loads(request)
    except ValueError:
        raise BadRequest(reason="it is not JSON text") from None
    return value


def read_actions(request: object) -> list[Action]:
    """Return the actions of a request, in its order; raise BadRequest when it is not {"driverRequest": {"actions": []}}."""
    envelope = read_json(request)
    body = envelope.get("driverRequest") if isinstance(envelope, dict) else None
    if not isinstance(body, dict):
        raise BadRequest(reason="it has no driverRequest")
    actions = body.get("actions") or []
    if not isinstance(actions, list):
        raise BadRequest(reason="its actions are not a list")
    return [_action(_object(raw)) for raw in actions]


def attributes(items: Iterable[models.Attribute]) -> dict[str, str]:
    """Return a list of attributes as names and values."""
    return {item.attributeName: item.attributeValue for item in items}


def _action(raw: Json) -> Action:
    kind = raw.get("type")
    known = _READERS.get(kind) if isinstance(kind, str) else None
    return known[1](raw) if known else StrangeAction(_text(raw, "actionId"), _text(raw, "type"))


def _deploy_app(raw: Json) -> models.DeployApp:
    params = _object(raw.get("actionParams"))
    deployment = _object(params.get("deployment"))
    return models.DeployApp(
        actionId=_text(raw, "actionId"),
        actionParams=models.DeployAppParams(
            appName=_text(params, "appName"),
            deployment=models.DeployAppDeploymentInfo(
                deploymentPath=_text(deployment, "deploymentPath"), attributes=_attributes(deployment, "attributes")
            ),
            appResource=models.AppResourceInfo(
                attributes=_attributes(_object(params.get("appResource")), "attributes")
            ),
        ),
    )


def _connect_subnet(raw: Json) -> models.ConnectSubnet:
    params = _object(raw.get("actionParams"))
    return models.ConnectSubnet(
        actionId=_text(raw, "actionId"),
        actionTarget=_target(raw),
        actionParams=models.ConnectToSubnetParams(
            cidr=_text(params, "cidr"),
            subnetId=_text(params, "subnetId"),
            isPublic=_or_default(params, "isPublic", True),
            subnetServiceAttributes=_attributes(params, "subnetServiceAttributes"),
            vnicName=_text(params, "vnicName"),
        ),
    )


def _vlan_action(model: type[VlanAction], raw: Json) -> VlanAction:
    return model(
        actionId=_text(raw, "actionId"),
        actionTarget=_target(raw),
        connectionId=_text(raw, "connectionId"),
        connectionParams=_vlan_parameters(raw),
        connectorAttributes=_attributes(raw, "connectorAttributes"),
        customActionAttributes=_attributes(raw, "customActionAttributes"),
    )


def _vlan_parameters(raw: Json) -> models.SetVlanParameter:
    params = _object(raw.get("connectionParams"))
    return models.SetVlanParameter(
        vlanId=_text(params, "vlanId"),
        mode=_text(params, "mode"),
        vlanServiceAttributes=_attributes(params, "vlanServiceAttributes"),
    )


def _prepare_cloud_infra(raw: Json) -> models.PrepareCloudInfra:
    params = models.PrepareCloudInfraParams(cidr=_text(_object(raw.get("actionParams")), "cidr"))
    return models.PrepareCloudInfra(actionId=_text(raw, "actionId"), actionTarget=_target(raw), actionParams=params)


def _prepare_subnet(raw: Json) -> models.PrepareSubnet:
    params = _object(raw.get("actionParams"))
    return models.PrepareSubnet(
        actionId=_text(raw, "actionId"),
        actionTarget=_target(raw),
        actionParams=models.PrepareSubnetParams(
            cidr=_text(params, "cidr"),
            isPublic=_or_default(params, "isPublic", True),
            alias=_text(params, "alias"),
            subnetServiceAttributes=_attributes(params, "subnetServiceAttributes"),
        ),
    )


def _create_keys(raw: Json) -> models.CreateKeys:
    return models.CreateKeys(actionId=_text(raw, "actionId"))


def _cleanup_network(raw: Json) -> models.CleanupNetwork:
    return models.CleanupNetwork(
        actionId=_text(raw, "actionId"),
        actionTarget=_target(raw),
        customActionAttributes=_attributes(raw, "customActionAttributes"),
    )


_READERS: dict[str, tuple[type[models.BaseRequestAction], Callable[[Json], models.BaseRequestAction]]] = {
    "deployApp": (models.DeployApp, _deploy_app),
    "connectSubnet": (models.ConnectSubnet, _connect_subnet),
    "setVlan": (models.SetVlan, partial(_vlan_action, models.SetVlan)),
    "removeVlan": (models.RemoveVlan, partial(_vlan_action, models.RemoveVlan)),
    "prepareCloudInfra": (models.PrepareCloudInfra, _prepare_cloud_infra),
    "prepareSubnet": (models.PrepareSubnet, _prepare_subnet),
    "createKeys": (models.CreateKeys, _create_keys),
    "cleanupNetwork": (models.CleanupNetwork, _cleanup_network),
}
# The action types that are known, with the classes that they are read into.
ACTIONS = {name: model for name, (model, _) in _READERS.items()}


def _object(raw: object) -> Json:
    return raw if isinstance(raw, dict) else {}


def _target(raw: Json) -> models.ActionTarget:
    target = _object(raw.get("actionTarget"))
    return models.ActionTarget(fullAddress=_text(target, "fullAddress"), fullName=_text(target, "fullName"))


def _attributes(raw: Json, name: str) -> list[models.Attribute]:
    items = raw.get(name)
    return [_attribute(_object(item)) for item in items] if isinstance(items, list) else []


def _attribute(raw: Json) -> models.Attribute:
    name, value = raw.get("attributeName"), raw.get("attributeValue")
    if isinstance(name, str) and isinstance(value, str):  # as it should be, and there are many
        return models.Attribute(name, value)
    return models.Attribute(_as_text(name), _as_text(value))


def _or_default(raw: Json, name: str, default: bool) -> object:
    value = raw.get(name)
    return default if value is None else value


def _text(raw: Json, name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else _as_text(value)


def _as_text(value: object) -> str:
    """Return as text what should have been one: old servers send vlanId as a list (docs/reference/wire.md §7)."""
    if isinstance(value, list):
        return ",".join(item if isinstance(item, str) else _as_text(item) for item in value)
    return "" if value is None or isinstance(value, dict) else str(value)
