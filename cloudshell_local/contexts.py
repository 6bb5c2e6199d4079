"""The contexts and requests that a server gives to a driver, as plain JSON values; "class" is the context's class."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


def pairs(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    """Return attributes as descriptions of apps list them."""
    return [{"name": name, "value": value} for name, value in attributes.items()]


def listed(attributes: Mapping[str, str], kind: str = "attribute") -> list[dict[str, str]]:
    """Return attributes as requests list them."""
    return [{"attributeName": name, "attributeValue": value, "type": kind} for name, value in attributes.items()]


@dataclass
class App:
    """An App of a sandbox; from deployed() on, with its resource's name, address, VM and custom parameters."""

    name: str
    deployment_path: str
    deployment: dict[str, str]
    attributes: dict[str, str]
    model: str = "Generic App Model"
    resource_name: str = ""
    address: str = ""
    vm_id: str = ""
    custom_parameters: dict[str, str] = field(default_factory=dict)

    def deployed(self, result: Mapping[str, Any]) -> None:
        """Take over what Deploy answered, as the server does: all values become text."""
        self.resource_name = result["vmName"]
        self.address = result["deployedAppAddress"]
        self.vm_id = result["vmUuid"]
        self.custom_parameters = {name: str(value) for name, value in result["deployedAppAdditionalData"].items()}
        for attribute in result["deployedAppAttributes"]:
            self.attributes[attribute["attributeName"]] = attribute["attributeValue"]

    def request_json(self) -> Json:
        """Return the App as it was asked for."""
        resource = {"family": "Generic App Family", "model": self.model, "driver": None, "description": ""}
        service = {"cloudProviderName": "heaven", "name": self.deployment_path, "model": self.deployment_path}
        return {
            "name": self.name,
            "description": None,
            "logicalResource": {**resource, "attributes": pairs(self.attributes)},
            "deploymentService": {**service, "driver": None, "attributes": pairs(self.deployment)},
        }

    def deployed_json(self) -> Json:
        """Return the deployed app."""
        parameters = [{"id": str(uuid.uuid4()), **pair} for pair in pairs(self.custom_parameters)]
        details = {"id": str(uuid.uuid4()), "cloudProviderId": "1", "uid": self.vm_id, "vmCustomParams": parameters}
        return {
            "name": self.resource_name,
            "family": "Generic App Family",
            "model": self.model,
            "address": self.address,
            "attributes": pairs(self.attributes),
            "vmdetails": details,
        }


@dataclass
class Sandbox:
    """A sandbox on one cloud provider resource, whose attributes are keyed "<model>.<name>"."""

    server_address: str
    resource_name: str
    model: str
    attributes: dict[str, str]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def resource_context(self, token: str, kind: str = "ResourceCommandContext", reserved: bool = True) -> Json:
        """Return the context of a command on the provider resource."""
        reservation = self._reservation() if reserved else None
        return {**self._base(kind, token), "reservation": reservation, "connectors": []}

    def autoload_context(self, token: str) -> Json:
        """Return the context of get_inventory."""
        return self._base("AutoLoadCommandContext", token)

    def init_context(self, token: str) -> Json:
        """Return the context of initialize."""
        return self._base("InitCommandContext", token)

    def remote_context(self, token: str, app: App, reserved: bool = True) -> Json:
        """Return the context of a command on a deployed app; outside of a sandbox it has no reservation at all."""
        texts = {
            # Servers print them over several lines, with CRLF.
            "app_request_json": json.dumps(app.request_json(), indent=2).replace("\n", "\r\n"),
            "deployed_app_json": json.dumps(app.deployed_json(), indent=2).replace("\n", "\r\n"),
        }
        endpoint = _resource(app.resource_name, app.address, app.model, "Generic App Family", app.attributes, texts)
        context = {**self._base("ResourceRemoteCommandContext", token), "remote_endpoints": [endpoint]}
        return {**context, "remote_reservation": self._reservation()} if reserved else context

    def _base(self, kind: str, token: str) -> Json:
        connectivity = {
            "server_address": self.server_address,
            "cloudshell_api_port": "8029",
            "quali_api_port": "9000",
            "admin_auth_token": token,
            "cloudshell_version": "2024.1.0.0",
            "cloudshell_api_scheme": "http",
            "use_webapi_endpoint": "False",
        }
        no_app = {"app_request_json": "", "deployed_app_json": ""}
        resource = _resource(self.resource_name, "NA", self.model, "CS_CloudProvider", self.attributes, no_app)
        return {"class": kind, "connectivity": connectivity, "resource": resource}

    def _reservation(self) -> Json:
        people = {"owner_user": "admin", "owner_email": None, "running_user": "admin"}
        saved = {"saved_sandbox_name": "", "saved_sandbox_id": "", "cloud_info_access_key": ""}
        names = {"environment_name": "Heaven", "environment_path": "Heaven", "domain": "Global", "description": ""}
        return {**names, **people, **saved, "reservation_id": self.id}


def _resource(
    name: str, address: str, model: str, family: str, attributes: Mapping[str, str], app_context: Mapping[str, str]
) -> Json:
    known = {"name": name, "fullname": name, "address": address, "model": model, "family": family}
    shell = {"shell_standard": "cloudshell_cloud_provider_standard", "shell_standard_version": "1.0.0"}
    rest = {"id": str(uuid.uuid4()), "type": "Resource", "description": "", "networks_info": None}
    return {**known, **shell, **rest, "attributes": dict(attributes), "app_context": dict(app_context)}


def request(actions: Sequence[Json]) -> str:
    """Return actions as a driver gets them."""
    return json.dumps({"driverRequest": {"actions": list(actions)}})


def action(kind: str, **parts: Any) -> Json:
    """Return an action with an id of its own, unless one is given."""
    return {"actionId": str(uuid.uuid4()), "type": kind, **parts}


def deploy_app(app: App) -> Json:
    """Return the action that deploys an App."""
    deployment = {"deploymentPath": app.deployment_path, "attributes": listed(app.deployment)}
    parameters = {
        "appName": app.name,
        "deployment": {**deployment, "type": "deployAppDeploymentInfo"},
        "appResource": {"attributes": listed(app.attributes), "type": "appResourceInfo"},
        "type": "deployAppParams",
    }
    return action("deployApp", actionParams=parameters)


def connect_subnet(subnet_id: str, cidr: str, public: bool, vnic: str | None = None) -> Json:
    """Return the action that connects an App to a subnet when it is deployed."""
    parameters = {
        "cidr": cidr,
        "subnetId": subnet_id,
        "isPublic": public,
        "vnicName": vnic,
        "subnetServiceAttributes": [],
    }
    return action("connectSubnet", actionParams={**parameters, "type": "connectToSubnetParams"})


def prepare_network(cidr: str) -> Json:
    """Return the action that makes a sandbox's network."""
    return action("prepareCloudInfra", actionParams={"cidr": cidr, "type": "prepareCloudInfraParams"})


def prepare_subnet(cidr: str, alias: str, public: bool) -> Json:
    """Return the action that makes a subnet."""
    parameters = {"isPublic": public, "cidr": cidr, "alias": alias, "subnetServiceAttributes": None}
    target = {"fullName": None, "fullAddress": None, "type": "actionTarget"}
    return action("prepareSubnet", actionTarget=target, actionParams={**parameters, "type": "prepareSubnetParams"})


def vlan(
    kind: str, app: App, vlan_id: str, mode: str = "Access", interface: str = "", vnic: str = "", connection: str = "c"
) -> Json:
    """Return a setVlan or removeVlan action. interface: what setting it answered; vnic: what the designer asked for."""
    service = {"QnQ": "False", "CTag": "", "Isolation Level": "Exclusive", "Access Mode": mode, "VLAN ID": ""}
    custom = {**app.custom_parameters, "VM_UUID": app.vm_id, **({"Vnic Name": vnic} if vnic else {})}
    return {
        "connectionId": connection,
        "connectionParams": {
            "vlanId": vlan_id,
            "mode": mode,
            "type": "setVlanParameter",
            "vlanServiceAttributes": listed({**service, "Virtual Network": vlan_id}, "vlanServiceAttribute"),
        },
        "connectorAttributes": listed({"Interface": interface} if interface else {}, "connectorAttribute"),
        "actionTarget": {"fullName": app.resource_name, "fullAddress": app.address, "type": "actionTarget"},
        "customActionAttributes": listed(custom, "customAttribute"),
        "actionId": f"{connection}_{uuid.uuid4()}",
        "type": kind,
    }


def vm_details(apps: Sequence[App]) -> str:
    """Return the request of GetVmDetails."""
    return json.dumps(
        {"items": [{"appRequestJson": app.request_json(), "deployedAppJson": app.deployed_json()} for app in apps]}
    )


def security_groups(app: App, rules: Mapping[str, Sequence[Mapping[str, str]]]) -> Json:
    """Return what SetAppSecurityGroups gets for an App: its rules by subnet."""
    groups = [{"subnetId": subnet, "rules": list(some)} for subnet, some in rules.items()]
    return {"deployedApp": app.deployed_json(), "securityGroupsConfigurations": groups}
