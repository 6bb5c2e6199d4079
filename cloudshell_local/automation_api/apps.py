"""Operations that setup and teardown call on the Apps and connectors of a sandbox.

Their order, and what orchestration reads from each response: docs/reference/server.md §3.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from cloudshell_local.access import Session
from cloudshell_local.automation_api.diagram_xml import route_element
from cloudshell_local.automation_api.xml import Record, Records, Texts, response_info
from cloudshell_local.errors import CommandFailed, WrongCall
from cloudshell_local.services.commands import actions
from cloudshell_local.services.container import Services
from cloudshell_local.services.sandboxes.deployment import DeploymentResult
from cloudshell_local.storage.model import Connector, Resource, Sandbox
from cloudshell_local.text import parsed_json
from cloudshell_local.xml import node


class AppOperations:
    """Operations that deploy, connect and configure Apps."""

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._commands = services.commands
        self._sandboxes = services.sandboxes
        self._deployment = services.deployment
        self._vlans = services.vlans
        self._subnets = services.subnets
        self._permissions = services.permissions

    def PrepareSandboxConnectivity(self, reservationId: str) -> None:
        self._subnets.prepare(reservationId)

    def CleanupSandboxConnectivity(self, reservationId: str) -> None:
        self._subnets.cleanup(reservationId)

    def DeployAppToCloudProviderBulk(
        self, reservationId: str, appNames: Texts, commandInputs: Records = (), printOutput: bool = False
    ) -> Element:
        names = {each.text("AppName"): each.text("Value", "") for each in _name_inputs(commandInputs)}
        results = self._deployment.deploy(reservationId, appNames, names)
        return response_info("BulkAppDeploymentyInfo", node("ResultItems", *(_result_item(each) for each in results)))

    def DeployAppToCloudProvider(
        self, reservationId: str, appName: str, commandInputs: Records = (), printOutput: bool = False
    ) -> Element | None:
        requested = [each.text("Value", "") for each in _name_inputs(commandInputs)]
        names = {appName: requested[-1]} if requested else {}
        (result,) = self._deployment.deploy(reservationId, [appName], names)
        if result.error:
            raise CommandFailed(result.error)
        return _deployed_app(result, response_info)

    def RefreshVMDetails(self, session: Session, reservationId: str, deployedAppNames: Texts) -> None:
        self._permissions.require_in(session, reservationId, deployedAppNames)
        self._deployment.refresh(reservationId, deployedAppNames)

    def ConnectRoutesInReservation(self, reservationId: str, endpoints: Texts, mappingType: str = "bi") -> Element:
        return _routes(self._vlans.connect(reservationId, endpoints))

    def DisconnectRoutesInReservation(self, reservationId: str, endpoints: Texts) -> Element:
        return _routes(self._vlans.disconnect(reservationId, endpoints))

    def RemapConnections(self, reservationId: str, resourcesFullPath: Texts, printOutput: bool = False) -> Element:
        """Return no result: connectors would move to sub-resources, which deployed Apps do not have here."""
        self._sandboxes.get(reservationId)
        return response_info("RemapConnectionResultInfo", node("ResultItems"))

    def ConfigureAppsV2(self, reservationId: str, appConfigurationsData: Records, printOutput: bool = False) -> Element:
        """Return no result: this server has no configuration management (Ansible, custom scripts)."""
        self._sandboxes.get(reservationId)
        return response_info("ConfigureAppsInfo", node("ResultItems"))

    def ConfigureApps(self, reservationId: str, appConfigurations: Records, printOutput: bool = False) -> Element:
        return self.ConfigureAppsV2(reservationId, appConfigurations)

    def SetAppSecurityGroups(
        self, session: Session, reservationId: str, securityGroups: Records, printOutput: bool = False
    ) -> None:
        """Have each provider set the rules of its Apps; raise CommandFailed with the errors of all Apps."""
        self._permissions.require_in(session, reservationId, [each.text("Name") for each in securityGroups])
        sandbox = self._sandboxes.get(reservationId)
        by_provider: dict[str, list[dict[str, Any]]] = {}
        for each in securityGroups:
            app = self._store.resources.get(each.text("Name"))
            groups = _rules_by_subnet(each.records("SecurityGroupsConfigurations"))
            by_provider.setdefault(_provider(app), []).append(actions.security_groups(app, groups))
        errors = [error for item in by_provider.items() for error in self._set_security_groups(sandbox, *item)]
        if errors:
            raise CommandFailed("; ".join(errors))

    def _set_security_groups(self, sandbox: Sandbox, provider: str, request: Sequence[dict[str, Any]]) -> list[str]:
        """Call a provider's command; return the errors of Apps."""
        resource = self._store.resources.get(provider)
        output = self._commands.run(resource, "SetAppSecurityGroups", sandbox, request=json.dumps(request))
        try:
            results = parsed_json(output or "[]")
            return [f"{each['appName']}: {each['error']}" for each in results if not each["success"]]
        except (ValueError, KeyError, TypeError):
            raise CommandFailed(
                f"'SetAppSecurityGroups' of '{provider}' answered no list of results, each with appName, success and error"
            ) from None


def _name_inputs(inputs: Records) -> list[Record]:
    """Return the inputs that name Apps; orchestration sends no others (docs/reference/server.md §3, step 7)."""
    return [each for each in inputs if each.text("Name") == "Name"]


def _result_item(result: DeploymentResult) -> Element:
    return node(
        "ResultItem",
        _deployed_app(result, node) if result.resource else None,
        node("Error", result.error) if result.error else None,
        AppName=result.app,
        Success=not result.error,
        ErrorCode=CommandFailed.code if result.error else 0,
    )


def _deployed_app(result: DeploymentResult, make: Callable[..., Element]) -> Element:
    """Return the deployed App of a result. make: of a ResponseInfo, or of an element inside one."""
    resource = result.resource
    assert resource
    assert resource.vm_details
    return make(
        "AppDeploymentyInfo",  # The client's class has this spelling.
        LogicalResourceName=resource.name,
        VmUuid=resource.vm_details.uid,
        CloudProviderResourceName=resource.vm_details.provider,
    )


def _routes(connectors: Iterable[Connector]) -> Element:
    return response_info("EndPointConnectionInfo", node("Routes", *map(route_element, connectors)))


def _provider(app: Resource) -> str:
    if not app.vm_details:
        raise WrongCall(f"The resource '{app.name}' is not a deployed App")
    return app.vm_details.provider


def _rules_by_subnet(configurations: Records) -> dict[str, list[dict[str, str]]]:
    return {each.text("SubnetId"): [_rule(rule) for rule in each.records("Rules")] for each in configurations}


def _rule(rule: Record) -> dict[str, str]:
    return {
        "fromPort": rule.text("FromPort"),
        "toPort": rule.text("ToPort"),
        "protocol": rule.text("Protocol"),
        "source": rule.text("Source", ""),
    }
