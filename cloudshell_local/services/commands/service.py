"""Commands of drivers: the commands of a resource, running them, and what the server does when they succeed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cloudshell_local.access import ADMIN
from cloudshell_local.errors import NoDriver, NoSuchCommand, NotFound, WrongCall
from cloudshell_local.execution.environments import ALWAYS, IF_NEWER, allows_newer
from cloudshell_local.execution.execution_server import ExecutionServer
from cloudshell_local.execution.executions import ContextFactory, Execution, ResourceDriver
from cloudshell_local.services.commands.connectors import ConnectorContexts
from cloudshell_local.services.commands.contexts import Contexts, Json, reservation_json
from cloudshell_local.services.commands.drivers import UnpackedDrivers
from cloudshell_local.services.commands.parameters import completed, values_not_allowed
from cloudshell_local.services.commands.secret_finder import SecretFinder
from cloudshell_local.services.feed import CommandLines, post
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.shells.definition import ShellDefinition
from cloudshell_local.shells.driver_source import CommandInfo
from cloudshell_local.storage.data_folder import DataFolder
from cloudshell_local.storage.model import Resource, Sandbox

ONLINE, OFFLINE, ERROR = "Online", "Offline", "Error"
# Commands that the server runs with requests that it makes; the services that do so post what came of them.
SERVER_COMMANDS = (
    "Deploy",
    "DeleteInstance",
    "GetVmDetails",
    "ApplyConnectivityChanges",
    "PrepareSandboxInfra",
    "CleanupSandboxInfra",
    "SetAppSecurityGroups",
)
# The live status that the server sets after a power command: docs/reference/server.md §5. PowerCycle ends as PowerOn does.
STATUS_AFTER = {"PowerOn": (ONLINE, "Active"), "PowerOff": (OFFLINE, "Powered Off"), "PowerCycle": (ONLINE, "Active")}


class CommandService:
    """Runs commands of drivers, on resources and on deployed apps."""

    def __init__(
        self, data: DataFolder, catalog: Catalog, execution_server: ExecutionServer, contexts: Contexts
    ) -> None:
        self._store = data.store
        self._passwords = data.passwords
        self._catalog = catalog
        self._execution_server = execution_server
        self._contexts = contexts
        self._connectors = ConnectorContexts(data.store, catalog)
        self._drivers = UnpackedDrivers(data, catalog)
        self._secrets = SecretFinder(catalog, data.passwords)
        catalog.call_after_update(self._on_update)

    @property
    def slots(self) -> int:
        """How many commands can run at the same time."""
        return self._execution_server.slots

    def own_commands(self, resource: Resource) -> Mapping[str, CommandInfo]:
        """Return the commands of a resource's own driver, by name; none if it has no driver."""
        return self._definition(resource).driver.commands if resource.driver else {}

    def connected_commands(self, app: Resource) -> dict[str, CommandInfo]:
        """Return the commands that a deployed app has from its provider's driver, by name; none for other resources."""
        if not app.vm_details:
            return {}
        provider = self._store.resources.get(app.vm_details.provider)
        return {name: command for name, command in self.own_commands(provider).items() if command.is_remote}

    def provider(self, name: str) -> Resource:
        """Return a cloud provider resource by its name; raise NotFound, or WrongCall for another resource."""
        resource = self._store.resources.get(name)
        if resource.family != "CS_CloudProvider":
            raise WrongCall(f"The resource '{name}' is no cloud provider")
        return resource

    def is_l3(self, provider: str) -> bool:
        """Return whether a cloud provider resource (its name) connects Apps with subnets; else it uses VLANs."""
        return self._definition(self._store.resources.get(provider)).is_l3

    def run(
        self, resource: Resource, command: str, sandbox: Sandbox | None = None, user: str = ADMIN, **parameters: Any
    ) -> str | None:
        """Run a command of a resource's driver, and return its answer.

        Raises CommandFailed, or as `start`.
        """
        return self.start(resource, command, sandbox, user, **parameters).result()

    def start(
        self, resource: Resource, command: str, sandbox: Sandbox | None = None, user: str = ADMIN, **parameters: Any
    ) -> Execution:
        """Start a command of a resource's driver, and return its execution.

        sandbox: the sandbox in whose context it runs, if any. user: the user for whom it runs. parameters: by name; missing
        ones get their defaults. Raises NoDriver, NoSuchCommand, or WrongCall for wrong parameters and for a command of the
        resource's deployed apps.
        """
        definition = self._definition(resource)
        info = definition.driver.commands.get(command)
        if info and info.is_remote:
            raise WrongCall(f"'{command}' is a command of the deployed apps of '{resource.name}', not of itself")
        reservation, connectors = self._reservation(sandbox, resource, user), self._connectors.of(sandbox, resource)
        return self._submit(
            resource,
            command,
            lambda token: self._contexts.command(token, resource, definition.standard, reservation, connectors),
            sandbox,
            parameters,
        )

    def run_on_app(
        self, app: Resource, command: str, sandbox: Sandbox | None = None, user: str = ADMIN, **parameters: Any
    ) -> str | None:
        """Run a command on a deployed app, and return its answer. Raises as `run`."""
        return self.start_on_app(app, command, sandbox, user, **parameters).result()

    def start_on_app(
        self, app: Resource, command: str, sandbox: Sandbox | None = None, user: str = ADMIN, **parameters: Any
    ) -> Execution:
        """Start a command of the provider's driver on a deployed app; raise as `start`.

        A power command sets the app's live status when it succeeds.
        """
        if not app.vm_details:
            raise WrongCall(f"The resource '{app.name}' is no deployed app")
        provider = self._store.resources.get(app.vm_details.provider)
        definition = self._definition(provider)
        reservation = self._reservation(sandbox, provider, user)
        return self._submit(
            provider,
            command,
            lambda token: self._contexts.remote(token, provider, definition.standard, reservation, app),
            sandbox,
            {"ports": [], **parameters},
            on_success=lambda: self._set_power_status(app, command),
            app=app,
        )

    def enqueue(
        self, resource: Resource, command: str, sandbox: Sandbox, user: str = ADMIN, **parameters: Any
    ) -> Execution:
        """Start a command of a resource's own driver, or else, if that has no such command, on the deployed app.

        Raises as `start`.
        """
        is_connected = resource.vm_details and command not in self.own_commands(resource)
        start = self.start_on_app if is_connected else self.start
        return start(resource, command, sandbox, user, **parameters)

    def visible_commands(self, resource: Resource, is_admin: bool) -> list[CommandInfo]:
        """Return the commands that the portal shows on a resource: its own ones, and a deployed app's."""
        own = [command for command in self.own_commands(resource).values() if not command.is_remote]
        found = [*self.connected_commands(resource).values(), *own]
        return [each for each in found if not each.hidden and (is_admin or not each.admin_only)]

    def require_discovery(self, resource: Resource) -> None:
        """Raise NoDriver, or NoSuchCommand when the driver has no get_inventory."""
        definition = self._definition(resource)
        if "get_inventory" not in definition.driver.methods:
            raise NoSuchCommand(resource.name, "get_inventory", list(definition.driver.methods))

    def discover(self, resource: Resource) -> str | None:
        """Run get_inventory, and return its answer; raise CommandFailed or NoDriver."""
        definition = self._definition(resource)
        execution = Execution(
            self._driver(resource, definition),
            "get_inventory",
            lambda token: self._contexts.discovery(token, resource, definition.standard),
            {},
            report=lambda text: self.set_live_status(resource, OFFLINE, text),
            find_secrets=self._secrets.find,
        )
        return self._execution_server.submit(execution).result()

    def set_live_status(self, resource: Resource, name: str, info: str) -> None:
        """Set the live status of a resource, unless it was deleted meanwhile."""
        with suppress(NotFound), self._store.resources.changing(resource.name) as current:
            current.live_status = (name, info)

    def _set_power_status(self, app: Resource, command: str) -> None:
        if command in STATUS_AFTER:
            self.set_live_status(app, *STATUS_AFTER[command])

    def stop_all(self, sandbox_id: str) -> None:
        """Stop the commands of a sandbox that can be stopped, also those that come, until `resume`."""
        self._execution_server.stop_all(sandbox_id)

    def resume(self, sandbox_id: str) -> None:
        """Let the commands of a sandbox run again that come after `stop_all`."""
        self._execution_server.resume(sandbox_id)

    def end_driver(self, resource: Resource) -> None:
        """End the driver process of a resource that was deleted, if it has one."""
        self._execution_server.end_driver(resource.id)

    def renew_environment(self, shell: str, when: str = ALWAYS) -> None:
        """Have the Python environment of a shell's driver made anew before its next command; raise NotFound.

        Commands that run go on in the environment of before. when: ALWAYS, or IF_NEWER to do it only if the requirements
        allow packages that are newer than those in it.
        """
        model = self._catalog.shell(shell).model
        self._execution_server.environments.renew(self._drivers.folder_of(shell), when)
        for resource in self._store.resources:
            if resource.model == model:
                self._execution_server.replace_driver(resource.id)

    def _on_update(self, shell: str) -> None:
        if allows_newer(self._drivers.requirements_of(shell)):
            self.renew_environment(shell, IF_NEWER)

    def driver_folder(self, shell: str) -> Path:
        """Return the folder in which an installed shell's driver is unpacked; raise NotFound."""
        return self._drivers.folder_of(shell)

    def _submit(
        self,
        resource: Resource,
        command: str,
        context: ContextFactory,
        sandbox: Sandbox | None,
        parameters: Mapping[str, Any],
        on_success: Callable[[], None] = lambda: None,
        app: Resource | None = None,
    ) -> Execution:
        definition = self._definition(resource)
        info = definition.driver.commands.get(command)
        if not info:
            raise NoSuchCommand(resource.name, command, list(definition.driver.commands))
        report = self._reporter(sandbox)
        execution = Execution(
            self._driver(resource, definition),
            command,
            context,
            completed(info, parameters),
            cancellable=info.cancellable and "cancellation_context" in info.arguments,
            sandbox=sandbox.id if sandbox else "",
            report=report,
            on_success=on_success,
            app=app.name if app else "",
            find_secrets=self._secrets.find,
        )
        for sentence in values_not_allowed(info, parameters):
            report(sentence)
        if sandbox and command not in SERVER_COMMANDS:
            self._follow(
                execution, sandbox.id, f"'{info.display_name or command}' on {(app or resource).name_in_sandbox}"
            )
        return self._execution_server.submit(execution)

    def _follow(self, execution: Execution, sandbox_id: str, title: str) -> None:
        """Let the sandbox's activity feed have the command's beginning and end."""
        lines = CommandLines(self._store, sandbox_id, title)
        lines.post_begin()
        execution.on_end = lines.post_end

    def _reporter(self, sandbox: Sandbox | None) -> Callable[[str], None]:
        def report(text: str) -> None:
            if sandbox:
                post(self._store, sandbox.id, text)

        return report

    def _driver(self, resource: Resource, definition: ShellDefinition) -> ResourceDriver:
        return ResourceDriver(
            resource.id,
            resource.name,
            self._drivers.folder_of(definition.name),
            definition.concurrent,
            lambda token: self._contexts.initialization(token, resource, definition.standard),
        )

    def _definition(self, resource: Resource) -> ShellDefinition:
        if not resource.driver:
            raise NoDriver(resource.name)
        try:
            return self._catalog.of_model(resource.model)
        except NotFound:
            raise NoDriver(resource.name) from None

    def _reservation(self, sandbox: Sandbox | None, provider: Resource, user: str) -> Json | None:
        if not sandbox:
            return None
        network = sandbox.networks.get(provider.name)
        key = self._passwords.decrypt(network.access_key) if network and network.access_key else ""
        return reservation_json(sandbox, user, key)
