"""Contexts and requests for the unit tests of a shell: what a server sends to a driver, without a server.

>>> app = App("Web", "MyShell.VM from image", {"MyShell.VM from image.Image": "ubuntu"}, {"User": "ubuntu", "Password": ""})
>>> deploy_app(app)["actionParams"]["appName"]
'Web'

A context is a plain JSON value; `cloudshell_local.execution.driver_host.as_context` makes the object of it that drivers get.
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
    deployed_app_json,
    listed,
    reservation_json,
)
from cloudshell_local.storage import model as kept
from cloudshell_local.storage.model import GENERIC_APP_MODEL, DeploymentPath, Resource, VmDetails, new_id

__all__ = [
    "App",
    "Sandbox",
    "action",
    "connect_subnet",
    "deploy_app",
    "listed",
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
class App:
    """An App of a sandbox; from deployed() on, with its resource's name, address, VM and custom parameters.

    deployment_path: "<Model>.<deployment type>"; deployment, attributes: of the deployment type and of the App resource.
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
        """Take over what Deploy answered, as the server does: all values become text."""
        self.resource_name = result["vmName"]
        self.address = result["deployedAppAddress"]
        self.vm_id = result["vmUuid"]
        self.custom_parameters = {name: str(value) for name, value in result["deployedAppAdditionalData"].items()}
        for attribute in result["deployedAppAttributes"]:
            self.attributes[attribute["attributeName"]] = attribute["attributeValue"]

    def asked(self, provider: str = "heaven") -> kept.App:
        """Return the App as the server keeps it before it is deployed."""
        path = DeploymentPath(self.deployment_path, self.deployment_path, provider, self.deployment)
        return kept.App(self.name, self.name, self.model, self.attributes, [path])

    def resource(self, provider: str = "heaven", sandbox: str = "") -> Resource:
        """Return the deployed app as the server keeps it."""
        details = VmDetails(self.id, self.vm_id, provider, self.custom_parameters)
        family = "Generic App Family" if self.model == GENERIC_APP_MODEL else "CS_GenericAppFamily"
        return Resource(
            self.resource_name,
            family,
            self.model,
            self.address,
            dict(self.attributes),
            created_in=sandbox,
            app=self.asked(provider),
            vm_details=details,
            id=self.id,
        )

    def request_json(self) -> Json:
        """Return the App as contexts tell how it was asked for."""
        return app_request_json(self.resource())

    def deployed_json(self) -> Json:
        """Return the App as contexts tell how it is."""
        return deployed_app_json(self.resource())


@dataclass
class Sandbox:
    """A sandbox on one cloud provider resource, whose attributes are keyed "<model>.<name>"."""

    server_address: str
    resource_name: str
    model: str
    attributes: dict[str, str]
    id: str = field(default_factory=new_id)

    def resource_context(self, token: str, reserved: bool = True) -> Json:
        """Return the context of a command on the provider resource."""
        return self._contexts().command(token, self._provider(), STANDARD, self._reservation(reserved))

    def autoload_context(self, token: str) -> Json:
        """Return the context of get_inventory."""
        return self._contexts().discovery(token, self._provider(), STANDARD)

    def init_context(self, token: str) -> Json:
        """Return the context of initialize."""
        return self._contexts().initialization(token, self._provider(), STANDARD)

    def remote_context(self, token: str, app: App, reserved: bool = True) -> Json:
        """Return the context of a command on a deployed app; outside of a sandbox it has no reservation at all."""
        provider, reservation = self._provider(), self._reservation(reserved)
        return self._contexts().remote(token, provider, STANDARD, reservation, app.resource(self.resource_name))

    def _contexts(self) -> Contexts:
        return Contexts(self.server_address)

    def _provider(self) -> Resource:
        return Resource(self.resource_name, "CS_CloudProvider", self.model, "NA", self.attributes)

    def _reservation(self, reserved: bool) -> Json | None:
        sandbox = kept.Sandbox(self.id, "Heaven", "admin", "", "", blueprint="Heaven")
        return reservation_json(sandbox, "admin", "") if reserved else None


def deploy_app(app: App) -> Json:
    """Return the action that deploys an App."""
    return actions.deploy_app(app.asked())


def vlan(
    kind: str, app: App, vlan_id: str, mode: str = "Access", interface: str = "", vnic: str = "", connection: str = "c"
) -> Json:
    """Return a setVlan or removeVlan action. interface: what setting it answered; vnic: what the designer asked for."""
    service = {"QnQ": "False", "CTag": "", "Isolation Level": "Exclusive", "Access Mode": mode, "VLAN ID": ""}
    made = actions.vlan(kind, app.resource(), service, vlan_id, mode, interface, vnic, connection)
    return {**made, "actionId": f"{connection}_{new_id()}"}


def vm_details(apps: Sequence[App]) -> str:
    """Return the request of GetVmDetails."""
    return actions.vm_details([app.resource() for app in apps])


def security_groups(app: App, rules: Mapping[str, Sequence[Mapping[str, str]]]) -> Json:
    """Return what SetAppSecurityGroups gets for an App: its rules by subnet."""
    return actions.security_groups(app.resource(), rules)
