"""Contexts and requests for a shell's unit tests: what a server sends to a driver, made without a server.

>>> app = SandboxApp("Web", "MyShell.VM from image", {"MyShell.VM from image.Image": "ubuntu"}, {"User": "ubuntu"})
>>> deploy_app(app)["actionParams"]["appName"]
'Web'
>>> sandbox = SandboxContext("127.0.0.1", "My Cloud", "MyShell", {"MyShell.Region": "here"})
>>> sandbox.resource_context("a token")["resource"]["name"]
'My Cloud'

A context is a plain JSON value here; `cloudshell_local.execution.driver_host.as_context` turns it into the object that a
driver gets. Actions are what `request` puts together to the JSON text that Deploy, ApplyConnectivityChanges,
PrepareSandboxInfra and CleanupSandboxInfra get.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cloudshell_local.services.commands import actions
from cloudshell_local.services.commands.actions import action, connect_subnet, prepare_network, prepare_subnet, request
from cloudshell_local.services.commands.contexts import (
    Contexts,
    app_request_json,
    attribute_list,
    deployed_app_json,
    reservation_json,
)
from cloudshell_local.storage import model as records
from cloudshell_local.storage.model import GENERIC_APP_MODEL, DeploymentPath, Resource, VmDetails, new_id

__all__ = [
    "SandboxApp",
    "SandboxContext",
    "action",
    "attribute_list",
    "connect_subnet",
    "deploy_app",
    "prepare_network",
    "prepare_subnet",
    "request",
    "security_groups",
    "vlan",
    "vm_details",
]
Json = dict[str, Any]
STANDARD = "cloudshell_cloud_provider_standard_1_0_0.yaml"


@dataclass
class SandboxApp:
    """App of a sandbox: first as a user asked for it, and, once `deployed` was called, as a deployed App.

    name: the App's name. deployment_path: its deployment type in full, "<Model>.<deployment type>".
    deployment: attributes of the deployment type, by full names; attributes: those of the App resource, as User.
    model: the model of the App resource; the resource of a generic App unless given.
    resource_name, address, vm_id, custom_parameters: what `deployed` sets; empty before.
    """

    name: str
    deployment_path: str
    deployment: dict[str, str]
    attributes: dict[str, str]
    model: str = GENERIC_APP_MODEL
    resource_name: str = ""
    address: str = ""
    vm_id: str = ""
    custom_parameters: dict[str, str] = field(default_factory=dict)
    id: str = field(default_factory=new_id)

    def deployed(self, result: Mapping[str, Any]) -> None:
        """Become the deployed App that Deploy's result (a deployApp result) describes.

        As on the server, the values of the additional data become text, and the driver's attributes replace the App's.
        """
        self.resource_name = result["vmName"]
        self.address = result["deployedAppAddress"]
        self.vm_id = result["vmUuid"]
        self.custom_parameters = {name: str(value) for name, value in result["deployedAppAdditionalData"].items()}
        for attribute in result["deployedAppAttributes"]:
            self.attributes[attribute["attributeName"]] = attribute["attributeValue"]

    def to_record(self, provider: str = "heaven") -> records.App:
        """Return the App as the server stores it before it is deployed. provider: the cloud provider resource's name."""
        path = DeploymentPath(self.deployment_path, self.deployment_path, provider, self.deployment)
        return records.App(self.name, self.name, self.model, self.attributes, [path])

    def resource(self, provider: str = "heaven", sandbox: str = "") -> Resource:
        """Return the resource that the server stores for the deployed App. sandbox: the id of the sandbox that it is in."""
        details = VmDetails(self.id, self.vm_id, provider, self.custom_parameters)
        family = "Generic App Family" if self.model == GENERIC_APP_MODEL else "CS_GenericAppFamily"
        return Resource(
            self.resource_name,
            family,
            self.model,
            self.address,
            dict(self.attributes),
            created_in=sandbox,
            app=self.to_record(provider),
            vm_details=details,
            id=self.id,
        )

    def request_json(self) -> Json:
        """Return the App as it was asked for, as app_request_json of a context has it."""
        return app_request_json(self.resource())

    def deployed_json(self) -> Json:
        """Return the deployed App as it is now, as deployed_app_json of a context has it."""
        return deployed_app_json(self.resource())


@dataclass
class SandboxContext:
    """Maker of the contexts that drivers get in one sandbox, on one cloud provider resource.

    server_address: the address at which drivers would find the server's APIs. resource_name, model, attributes: of the
    cloud provider resource; the attributes by full names, "<Model>.<name>". id: the sandbox's id.
    """

    server_address: str
    resource_name: str
    model: str
    attributes: dict[str, str]
    id: str = field(default_factory=new_id)

    def resource_context(self, token: str, reserved: bool = True) -> Json:
        """Return the context (ResourceCommandContext) of a command on the cloud provider resource.

        token: the API token that the driver may use. reserved: False for a command outside of any sandbox.
        """
        return self._contexts().command(token, self._provider(), STANDARD, self._reservation(reserved))

    def autoload_context(self, token: str) -> Json:
        """Return the context (AutoLoadCommandContext) of get_inventory."""
        return self._contexts().discovery(token, self._provider(), STANDARD)

    def init_context(self, token: str) -> Json:
        """Return the context (InitCommandContext) of initialize."""
        return self._contexts().initialization(token, self._provider(), STANDARD)

    def remote_context(self, token: str, app: SandboxApp, reserved: bool = True) -> Json:
        """Return the context (ResourceRemoteCommandContext) of a command on a deployed App.

        reserved: False for a command outside of any sandbox; then the context has no field remote_reservation at all.
        """
        provider, reservation = self._provider(), self._reservation(reserved)
        return self._contexts().remote(token, provider, STANDARD, reservation, app.resource(self.resource_name))

    def _contexts(self) -> Contexts:
        return Contexts(self.server_address)

    def _provider(self) -> Resource:
        return Resource(self.resource_name, "CS_CloudProvider", self.model, "NA", self.attributes)

    def _reservation(self, reserved: bool) -> Json | None:
        sandbox = records.Sandbox(self.id, "Heaven", "admin", "", "", blueprint="Heaven")
        return reservation_json(sandbox, "admin", "") if reserved else None


def deploy_app(app: SandboxApp) -> Json:
    """Return the deployApp action for an App."""
    return actions.deploy_app(app.to_record())


def vlan(
    kind: str,
    app: SandboxApp,
    vlan_id: str,
    mode: str = "Access",
    interface: str = "",
    vnic: str = "",
    connection: str = "",
) -> Json:
    """Return a connectivity action for a deployed App, of the kind setVlan or removeVlan.

    vlan_id: an id, a range or a list, as "7" or "5-9". mode: Access or Trunk. interface: the interface that setVlan
    answered, for removeVlan. vnic: the vNIC that the designer asked for. connection: the connector's id; one
    of this App and this VLAN unless given.
    """
    connection = connection or f"{app.name}-{vlan_id}"
    service = {"QnQ": "False", "CTag": "", "Isolation Level": "Exclusive", "Access Mode": mode, "VLAN ID": ""}
    made = actions.vlan(kind, app.resource(), service, vlan_id, mode, interface, vnic, connection)
    return {**made, "actionId": f"{connection}_{new_id()}"}


def vm_details(apps: Sequence[SandboxApp]) -> str:
    """Return the request of GetVmDetails for deployed Apps, as JSON text."""
    return actions.vm_details([app.resource() for app in apps])


def security_groups(app: SandboxApp, rules: Mapping[str, Sequence[Mapping[str, str]]]) -> Json:
    """Return the entry of a deployed App in the request of SetAppSecurityGroups. rules: its rules, by the subnet's id."""
    return actions.security_groups(app.resource(), rules)
