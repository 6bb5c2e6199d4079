"""The driver: a method for each command that CloudShell calls. What a command does is in `operations`.

The methods stand in this class's own body, because CloudShell does not see inherited ones (docs/reference/wire.md §1).
They run in parallel on one object (the shell declares SupportConcurrentCommands), so no state of a command is kept on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudshell.shell.core.resource_driver_interface import ResourceDriverInterface

from operations import (
    connectivity,
    delete,
    deploy,
    inventory,
    power,
    refresh_ip,
    sandbox_infra,
    security_groups,
    vm_details,
)
from provider.connection import CloudConnections
from shell.command import Commands
from shell.requests import read_actions

if TYPE_CHECKING:
    from cloudshell.shell.core.driver_context import (
        AutoLoadCommandContext,
        AutoLoadDetails,
        CancellationContext,
        InitCommandContext,
        ResourceCommandContext,
        ResourceRemoteCommandContext,
    )


class HeavenlyCloudShellDriver(ResourceDriverInterface):
    def __init__(self) -> None:
        self._commands = Commands(CloudConnections())

    def initialize(self, context: InitCommandContext) -> None:
        """CloudShell calls this first. The cloud is connected to by the first command, which knows the resource."""

    def cleanup(self) -> None:
        """CloudShell calls this last. A cloud in memory ends with the process; one in a store lasts."""

    def get_inventory(self, context: AutoLoadCommandContext) -> AutoLoadDetails:
        with self._commands.discovery(context) as command:
            return inventory.discover(command, context.resource.attributes, networking=sandbox_infra.NETWORKING)

    def Deploy(
        self,
        context: ResourceCommandContext,
        request: str | None = None,
        cancellation_context: CancellationContext | None = None,
    ) -> str:
        with self._commands.resource(context, cancellation_context) as command:
            return deploy.deploy(command, read_actions(request), default_network=sandbox_infra.default_subnet)

    def PowerOn(
        self,
        context: ResourceRemoteCommandContext,
        ports: list[str],
        cancellation_context: CancellationContext | None = None,
    ) -> None:
        with self._commands.remote(context, cancellation_context) as command:
            power.power_on(command)

    def PowerOff(
        self,
        context: ResourceRemoteCommandContext,
        ports: list[str],
        cancellation_context: CancellationContext | None = None,
    ) -> None:
        with self._commands.remote(context, cancellation_context) as command:
            power.power_off(command)

    def PowerCycle(
        self,
        context: ResourceRemoteCommandContext,
        ports: list[str],
        delay: str = "0",
        cancellation_context: CancellationContext | None = None,
    ) -> None:
        with self._commands.remote(context, cancellation_context) as command:
            power.power_cycle(command, delay)

    def DeleteInstance(self, context: ResourceRemoteCommandContext, ports: list[str]) -> None:
        with self._commands.remote(context) as command:
            delete.delete_instance(command)

    def remote_refresh_ip(
        self,
        context: ResourceRemoteCommandContext,
        ports: list[str],
        cancellation_context: CancellationContext | None = None,
    ) -> None:
        with self._commands.remote(context, cancellation_context) as command:
            refresh_ip.refresh_ip(command)

    def GetVmDetails(
        self,
        context: ResourceCommandContext,
        requests: str,
        cancellation_context: CancellationContext | None = None,
    ) -> str:
        with self._commands.resource(context, cancellation_context) as command:
            return vm_details.get_vm_details(command, requests)

    def ApplyConnectivityChanges(self, context: ResourceCommandContext, request: str) -> str:
        with self._commands.resource(context) as command:
            return connectivity.apply_connectivity_changes(command, read_actions(request))

    def PrepareSandboxInfra(
        self,
        context: ResourceCommandContext,
        request: str,
        cancellation_context: CancellationContext | None = None,
    ) -> str:
        with self._commands.resource(context, cancellation_context) as command:
            return sandbox_infra.prepare_sandbox_infra(command, read_actions(request))

    def CleanupSandboxInfra(self, context: ResourceCommandContext, request: str) -> str:
        with self._commands.resource(context) as command:
            return sandbox_infra.cleanup_sandbox_infra(command, read_actions(request))

    def SetAppSecurityGroups(self, context: ResourceCommandContext, request: str) -> str:
        with self._commands.resource(context) as command:
            return security_groups.set_app_security_groups(command, request)
