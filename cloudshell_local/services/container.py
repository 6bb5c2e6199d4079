"""All services of a server, built once: what the automation API, the REST API and the portal are made from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from cloudshell_local.access import Access, Sessions
from cloudshell_local.execution.execution_server import ExecutionServer
from cloudshell_local.orchestration.runner import Orchestration
from cloudshell_local.services.background import BackgroundTasks
from cloudshell_local.services.blueprints import Blueprints
from cloudshell_local.services.commands.contexts import Contexts
from cloudshell_local.services.commands.drivers import DriverInspector, ImportCheck
from cloudshell_local.services.commands.service import CommandService
from cloudshell_local.services.editing import DeploymentEditor
from cloudshell_local.services.inventory import Inventory
from cloudshell_local.services.networking.checkouts import Checkouts
from cloudshell_local.services.networking.networking import Networking
from cloudshell_local.services.networking.subnets import Subnets
from cloudshell_local.services.networking.vlans import Vlans
from cloudshell_local.services.permissions import Permissions
from cloudshell_local.services.resource_search import ResourceSearch
from cloudshell_local.services.sandboxes.app_editing import AppEditing
from cloudshell_local.services.sandboxes.deployment import DeploymentService
from cloudshell_local.services.sandboxes.lifecycle import Lifecycle
from cloudshell_local.services.sandboxes.manual_deployment import ManualDeployment
from cloudshell_local.services.sandboxes.properties import SandboxProperties
from cloudshell_local.services.sandboxes.sandbox_data import SandboxData
from cloudshell_local.services.sandboxes.sandboxes import Sandboxes
from cloudshell_local.settings import Settings
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.storage.changes import EXECUTION
from cloudshell_local.storage.data_folder import DataFolder
from cloudshell_local.storage.passwords import Passwords
from cloudshell_local.storage.store import Store


@dataclass(frozen=True)
class Services:
    """The services of a server, from which the APIs and the portal are made."""

    data: DataFolder
    access: Access
    background: BackgroundTasks
    execution_server: ExecutionServer
    catalog: Catalog
    commands: CommandService
    inventory: Inventory
    blueprints: Blueprints
    editor: DeploymentEditor
    sandboxes: Sandboxes
    networking: Networking
    deployment: DeploymentService
    manual_deployment: ManualDeployment
    lifecycle: Lifecycle
    properties: SandboxProperties
    sandbox_data: SandboxData
    app_editing: AppEditing
    resource_search: ResourceSearch
    permissions: Permissions

    @property
    def store(self) -> Store:
        """The records of the data folder."""
        return self.data.store

    @property
    def passwords(self) -> Passwords:
        """The encryption of passwords."""
        return self.data.passwords

    @property
    def vlans(self) -> Vlans:
        """The connections on L2 providers."""
        return self.networking.vlans

    @property
    def subnets(self) -> Subnets:
        """The networks on L3 providers."""
        return self.networking.subnets

    @property
    def checkouts(self) -> Checkouts:
        """The pools of numbers and addresses."""
        return self.networking.checkouts


@contextmanager
def open_services(
    data: DataFolder, background: BackgroundTasks, settings: Settings, address: str
) -> Iterator[Services]:
    """Build the services on a data folder; end drivers and orchestration when the block ends.

    background: is closed by the caller, later, since its tasks wait for drivers. address: the server's address, at which
    drivers and orchestration call its APIs.
    """
    access = Access(data.store, settings.password, Sessions(settings.session_seconds))
    with ExitStack() as stack:
        executions = _execution_server(data, settings, access)
        stack.callback(executions.close)
        orchestration = Orchestration(settings, data.logs / "orchestration", address, access)
        catalog = _catalog(data, executions)
        commands = CommandService(data, catalog, executions, Contexts(address))
        blueprints, sandboxes = Blueprints(data, catalog), Sandboxes(data.store)
        networking = Networking.build(data, commands, sandboxes)
        deployment = DeploymentService(data, catalog, commands, sandboxes, networking)
        inventory = Inventory(data, catalog, commands)
        lifecycle = Lifecycle(blueprints, sandboxes, deployment, networking, orchestration)
        stack.callback(lifecycle.close)
        yield Services(
            data=data,
            access=access,
            background=background,
            execution_server=executions,
            catalog=catalog,
            commands=commands,
            inventory=inventory,
            blueprints=blueprints,
            editor=DeploymentEditor(catalog, data.passwords),
            sandboxes=sandboxes,
            networking=networking,
            deployment=deployment,
            manual_deployment=ManualDeployment(deployment, inventory, commands, sandboxes, networking.vlans),
            lifecycle=lifecycle,
            properties=SandboxProperties(data.store, sandboxes),
            sandbox_data=SandboxData(sandboxes),
            app_editing=AppEditing(data, catalog, blueprints, sandboxes, deployment),
            resource_search=ResourceSearch(data.store, inventory),
            permissions=Permissions(data.store, commands, inventory),
        )


def _execution_server(data: DataFolder, settings: Settings, access: Access) -> ExecutionServer:
    def notify() -> None:
        data.store.changes.notify(EXECUTION)

    return ExecutionServer(settings, data.logs, access.command_token, notify, data.store.executions)


def _catalog(data: DataFolder, executions: ExecutionServer) -> Catalog:
    inspector = DriverInspector(executions.environments.interpreters)
    return Catalog(data.store, data.shells, ImportCheck(data.drivers, executions), inspector)
