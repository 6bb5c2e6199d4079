"""Operations that setup and teardown call on a sandbox's Apps and connections."""

from __future__ import annotations

import json
from typing import Any
from xml.etree.ElementTree import Element

from cloudshell_local.automation_api import infos
from cloudshell_local.automation_api.xml import Records, info
from cloudshell_local.errors import CommandFailed, WrongCall
from cloudshell_local.services.commands import actions
from cloudshell_local.services.container import Services
from cloudshell_local.services.sandboxes.deployment import DeploymentResult
from cloudshell_local.storage.model import Resource
from cloudshell_local.xml import node


class AppOperations:
    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._commands = services.commands
        self._sandboxes = services.sandboxes
        self._deployment = services.deployment
        self._vlans = services.vlans
        self._subnets = services.subnets

    def PrepareSandboxConnectivity(self, reservationId: str) -> None:
        self._subnets.prepare(reservationId)

    def CleanupSandboxConnectivity(self, reservationId: str) -> None:
        self._subnets.cleanup(reservationId)

    def DeployAppToCloudProviderBulk(
        self,
        reservationId: str,
        appNames: list[str],
        commandInputs: Records = [],  # noqa: B006 - it is only read
        printOutput: bool = False,
    ) -> Element:
        wanted = {each["AppName"]: each["Value"] for each in commandInputs if each["Name"] == "Name"}
        deployed = self._deployment.deploy(reservationId, appNames, wanted)
        return info("BulkAppDeploymentyInfo", node("ResultItems", *(_result(each) for each in deployed)))

    def DeployAppToCloudProvider(
        self,
        reservationId: str,
        appName: str,
        commandInputs: Records = [],  # noqa: B006 - it is only read
        printOutput: bool = False,
    ) -> Element | None:
        wanted = {name: each["Value"] for name, each in _inputs(appName, commandInputs)}
        (deployed,) = self._deployment.deploy(reservationId, [appName], wanted)
        if deployed.error:
            raise CommandFailed(deployed.error)
        return _deployed_app(deployed, info)

    def RefreshVMDetails(self, reservationId: str, deployedAppNames: list[str]) -> None:
        self._deployment.refresh(reservationId, deployedAppNames)

    def ConnectRoutesInReservation(self, reservationId: str, endpoints: list[str], mappingType: str = "bi") -> Element:
        lines = self._vlans.connect(reservationId, endpoints)
        return info("EndPointConnectionInfo", node("Routes", *map(infos.route, lines)))

    def DisconnectRoutesInReservation(self, reservationId: str, endpoints: list[str]) -> Element:
        lines = self._vlans.disconnect(reservationId, endpoints)
        return info("EndPointConnectionInfo", node("Routes", *map(infos.route, lines)))

    def RemapConnections(self, reservationId: str, resourcesFullPath: list[str], printOutput: bool = False) -> Element:
        """Lines would move to the sub-resources that discovery found; deployed apps have none here."""
        self._sandboxes.get(reservationId)
        return info("RemapConnectionResultInfo", node("ResultItems"))

    def ConfigureAppsV2(self, reservationId: str, appConfigurationsData: Records, printOutput: bool = False) -> Element:
        """No configuration management (Ansible, scripts) is here, so there is nothing to configure."""
        self._sandboxes.get(reservationId)
        return info("ConfigureAppsInfo", node("ResultItems"))

    def ConfigureApps(self, reservationId: str, appConfigurations: Records, printOutput: bool = False) -> Element:
        return self.ConfigureAppsV2(reservationId, appConfigurations)

    def SetAppSecurityGroups(self, reservationId: str, securityGroups: Records, printOutput: bool = False) -> None:
        sandbox = self._sandboxes.get(reservationId)
        by_provider: dict[str, list[dict[str, Any]]] = {}
        for each in securityGroups:
            app = self._store.resources.get(each["Name"])
            groups = _rules(each["SecurityGroupsConfigurations"] or [])
            by_provider.setdefault(_provider(app), []).append(actions.security_groups(app, groups))
        told = []
        for provider, asked in by_provider.items():
            resource = self._store.resources.get(provider)
            answer = self._commands.run(resource, "SetAppSecurityGroups", sandbox, request=json.dumps(asked))
            told += [
                f"{each['appName']}: {each['error']}" for each in json.loads(answer or "[]") if not each["success"]
            ]
        if told:
            raise CommandFailed("; ".join(told))


def _inputs(app: str, inputs: Records) -> list[tuple[str, dict[str, Any]]]:
    """Return the names that were asked for, the last one last."""
    return [(app, each) for each in inputs if each["Name"] == "Name"]


def _result(deployed: DeploymentResult) -> Element:
    return node(
        "ResultItem",
        _deployed_app(deployed, node) if deployed.resource else None,
        node("Error", deployed.error) if deployed.error else None,
        AppName=deployed.app,
        Success=not deployed.error,
        ErrorCode=CommandFailed.code if deployed.error else 0,
    )


def _deployed_app(deployed: DeploymentResult, make: Any) -> Element:
    resource = deployed.resource
    assert resource
    assert resource.vm_details
    element: Element = make(
        "AppDeploymentyInfo",
        LogicalResourceName=resource.name,
        VmUuid=resource.vm_details.uid,
        CloudProviderResourceName=resource.vm_details.provider,
    )
    return element


def _provider(app: Resource) -> str:
    if not app.vm_details:
        raise WrongCall(f"The resource '{app.name}' is no deployed app")
    return app.vm_details.provider


def _rules(configurations: Records) -> dict[str, list[dict[str, str]]]:
    return {
        each["SubnetId"]: [
            {
                "fromPort": rule["FromPort"],
                "toPort": rule["ToPort"],
                "protocol": rule["Protocol"],
                "source": rule.get("Source", ""),
            }
            for rule in each["Rules"] or ()
        ]
        for each in configurations
    }
