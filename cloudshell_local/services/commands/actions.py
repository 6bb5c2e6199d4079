"""The requests that drivers get, and what they answer: actions, each answered by one result with its id."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cloudshell_local.errors import CommandFailed
from cloudshell_local.services.commands.contexts import (
    app_as_asked,
    app_request_json,
    attribute_list,
    deployed_app_json,
)
from cloudshell_local.storage.model import App, Resource, new_id

Json = dict[str, Any]


def request(actions: Sequence[Json]) -> str:
    """Return actions as a driver gets them."""
    return json.dumps({"driverRequest": {"actions": list(actions)}})


def results(command: str, actions: Sequence[Json], answer: str | None) -> dict[str, Json]:
    """Return the results by their actions' ids; raise CommandFailed for an answer of another shape."""
    try:
        found = json.loads(answer or "")["driverResponse"]["actionResults"]
        by_id = {str(result["actionId"]): dict(result) for result in found}
    except (ValueError, KeyError, TypeError):
        raise CommandFailed(
            f"'{command}' answered no driverResponse with actionResults, each with its actionId"
        ) from None
    unknown = by_id.keys() - {action["actionId"] for action in actions}
    if unknown:
        raise CommandFailed(f"'{command}' answered an actionId that was not asked: {', '.join(sorted(unknown))}")
    return by_id


def problem(results_by_id: Mapping[str, Json], action: Json) -> str:
    """Return why an action failed, empty if it did not."""
    result = results_by_id.get(action["actionId"])
    if result is None:
        return f"The driver answered nothing to the action '{action['type']}'"
    if result.get("success"):
        return ""
    return str(result.get("errorMessage") or f"The action '{action['type']}' failed, and the driver does not say why")


def action(kind: str, **parts: Any) -> Json:
    """Return an action with an id of its own."""
    return {"actionId": new_id(), "type": kind, **parts}


def deploy_app(app: App, name: str = "") -> Json:
    """Return the action that deploys an App; name: another one that was asked for."""
    asked = app_as_asked(app)
    return action("deployApp", actionParams={**asked, "appName": name or app.name})


def connect_subnet(
    subnet_id: str, cidr: str, public: bool, vnic: str | None = None, attributes: Mapping[str, str] | None = None
) -> Json:
    """Return the action that connects an App to a subnet when it is deployed."""
    parameters = {
        "cidr": cidr,
        "subnetId": subnet_id,
        "isPublic": public,
        "vnicName": vnic,
        "subnetServiceAttributes": attribute_list(attributes or {}),
    }
    return action("connectSubnet", actionParams={**parameters, "type": "connectToSubnetParams"})


def prepare_network(cidr: str) -> Json:
    """Return the action that makes a sandbox's network."""
    return action("prepareCloudInfra", actionParams={"cidr": cidr, "type": "prepareCloudInfraParams"})


def prepare_subnet(cidr: str, alias: str, public: bool, attributes: Mapping[str, str] | None = None) -> Json:
    """Return the action that makes a subnet; attributes: of its service, None if it has none."""
    parameters = {
        "isPublic": public,
        "cidr": cidr,
        "alias": alias,
        "subnetServiceAttributes": None if attributes is None else attribute_list(attributes),
    }
    target = {"fullName": None, "fullAddress": None, "type": "actionTarget"}
    return action("prepareSubnet", actionTarget=target, actionParams={**parameters, "type": "prepareSubnetParams"})


def vlan(
    kind: str,
    app: Resource,
    service: Mapping[str, str],
    vlan_id: str,
    mode: str = "Access",
    interface: str = "",
    vnic: str = "",
    connection: str = "",
) -> Json:
    """Return a setVlan or removeVlan action.

    service: the attributes of the VLAN service; interface: what setting it answered; vnic: what the designer asked for;
    connection: the connector's id. An action's id is the connector's and that of the resource at its end.
    """
    details = app.vm_details
    custom = {**details.custom_parameters, "VM_UUID": details.uid} if details else {}
    asked = {"Vnic Name": vnic} if vnic else {}
    return {
        "connectionId": connection,
        "connectionParams": {
            "vlanId": vlan_id,
            "mode": mode,
            "type": "setVlanParameter",
            "vlanServiceAttributes": attribute_list({**service, "Virtual Network": vlan_id}, "vlanServiceAttribute"),
        },
        "connectorAttributes": attribute_list({"Interface": interface} if interface else {}, "connectorAttribute"),
        "actionTarget": {"fullName": app.name, "fullAddress": app.address, "type": "actionTarget"},
        "customActionAttributes": attribute_list({**custom, **asked}, "customAttribute"),
        "actionId": f"{connection}_{app.id}",
        "type": kind,
    }


def vm_details(apps: Sequence[Resource]) -> str:
    """Return the request of GetVmDetails."""
    items = [
        {"appRequestJson": app_request_json(app) or None, "deployedAppJson": deployed_app_json(app)} for app in apps
    ]
    return json.dumps({"items": items})


def security_groups(app: Resource, rules: Mapping[str, Sequence[Mapping[str, str]]]) -> Json:
    """Return what SetAppSecurityGroups gets for an App: its rules by subnet."""
    groups = [{"subnetId": subnet, "rules": list(some)} for subnet, some in rules.items()]
    return {"deployedApp": deployed_app_json(app), "securityGroupsConfigurations": groups}
