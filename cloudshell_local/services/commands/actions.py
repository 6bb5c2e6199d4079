"""Requests to drivers and their answers: actions, each of which gets one result, which has its actionId.

The shapes of all actions and results: docs/reference/wire.md §2, §4, §7, §8 and §9.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cloudshell_local.errors import CommandFailed
from cloudshell_local.services.commands.contexts import (
    app_request_json,
    attribute_list,
    deploy_app_params,
    deployed_app_json,
)
from cloudshell_local.storage.model import App, Resource, new_id
from cloudshell_local.text import parsed_json

Json = dict[str, Any]


def request(actions: Sequence[Json]) -> str:
    """Return the request that has these actions, as JSON text."""
    return json.dumps({"driverRequest": {"actions": list(actions)}})


def results(command: str, actions: Sequence[Json], answer: str | None) -> dict[str, Json]:
    """Return the results in a driver's answer, by their actionId.

    Raises CommandFailed for an answer of another shape, or with a result for an unknown action. The results' types are not
    looked at, since real shells answer various ones: docs/reference/wire.md §2.
    """
    try:
        found = parsed_json(answer or "")["driverResponse"]["actionResults"]
        by_id = {str(result["actionId"]): dict(result) for result in found}
    except (ValueError, KeyError, TypeError):
        raise CommandFailed(
            f"'{command}' answered no driverResponse with actionResults, each with its actionId"
        ) from None
    unknown = by_id.keys() - {action["actionId"] for action in actions}
    if unknown:
        raise CommandFailed(f"'{command}' answered an actionId that was not requested: {', '.join(sorted(unknown))}")
    return by_id


def problem(results_by_id: Mapping[str, Json], action: Json) -> str:
    """Return why an action failed; empty if it succeeded."""
    result = results_by_id.get(action["actionId"])
    if result is None:
        return f"The driver answered nothing to the action '{action['type']}'"
    if result.get("success"):
        return ""
    return str(result.get("errorMessage") or f"The action '{action['type']}' failed, and the driver does not say why")


def information(answered: Iterable[Json]) -> str:
    """Return what successful results have to say to the sandbox's users: their infoMessage, each once."""
    found = [str(each.get("infoMessage") or "") for each in answered if each.get("success")]
    return "; ".join(text for text in dict.fromkeys(found) if text)


def action(kind: str, **parts: Any) -> Json:
    """Return an action of a type, with a new id and the given parts."""
    return {"actionId": new_id(), "type": kind, **parts}


def deploy_app(app: App, name: str = "") -> Json:
    """Return the deployApp action for an App. name: a name for the deployed app; the App's unless given."""
    return action("deployApp", actionParams={**deploy_app_params(app), "appName": name or app.name})


def connect_subnet(
    subnet_id: str, cidr: str, public: bool, vnic: str | None = None, attributes: Mapping[str, str] | None = None
) -> Json:
    """Return the connectSubnet action, which connects an App to a subnet during its Deploy. vnic: the requested vNIC."""
    parameters = {
        "cidr": cidr,
        "subnetId": subnet_id,
        "isPublic": public,
        "vnicName": vnic,
        "subnetServiceAttributes": attribute_list(attributes or {}),
    }
    return action("connectSubnet", actionParams={**parameters, "type": "connectToSubnetParams"})


def prepare_network(cidr: str) -> Json:
    """Return the prepareCloudInfra action, which prepares a sandbox's network."""
    return action("prepareCloudInfra", actionParams={"cidr": cidr, "type": "prepareCloudInfraParams"})


def prepare_subnet(cidr: str, alias: str, public: bool, attributes: Mapping[str, str] | None = None) -> Json:
    """Return the prepareSubnet action. attributes: those of its Subnet service; None without one."""
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
    """Return a setVlan or removeVlan action (the kind) for a deployed app.

    service: the attributes of the VLAN service. interface: the interface that setVlan answered, for removeVlan. vnic: the
    requested vNIC. connection: the connector's id; the action's id is made of it and of the resource's.
    """
    details = app.vm_details
    custom = {**details.custom_parameters, "VM_UUID": details.uid} if details else {}
    requested = {"Vnic Name": vnic} if vnic else {}
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
        "customActionAttributes": attribute_list({**custom, **requested}, "customAttribute"),
        "actionId": f"{connection}_{app.id}",
        "type": kind,
    }


def vm_details(apps: Sequence[Resource]) -> str:
    """Return the request of GetVmDetails for deployed apps, as JSON text."""
    items = [
        {"appRequestJson": app_request_json(app) or None, "deployedAppJson": deployed_app_json(app)} for app in apps
    ]
    return json.dumps({"items": items})


def security_groups(app: Resource, rules: Mapping[str, Sequence[Mapping[str, str]]]) -> Json:
    """Return the entry of a deployed app in the request of SetAppSecurityGroups. rules: by the subnets' ids."""
    groups = [{"subnetId": subnet, "rules": list(some)} for subnet, some in rules.items()]
    return {"deployedApp": deployed_app_json(app), "securityGroupsConfigurations": groups}
