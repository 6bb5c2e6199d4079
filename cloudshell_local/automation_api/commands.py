"""Operations that run commands: of drivers, and of orchestration."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from cloudshell_local.access import Session
from cloudshell_local.automation_api.resource_xml import command_info
from cloudshell_local.automation_api.xml import Records, Texts, response_info, values_by_name
from cloudshell_local.errors import CommandFailed, NoSuchCommand, WrongCall
from cloudshell_local.execution.executions import STOPPED, Execution
from cloudshell_local.services.commands.parameters import by_position
from cloudshell_local.services.container import Services
from cloudshell_local.services.sandboxes.lifecycle import SCRIPT_NAMES
from cloudshell_local.shells.driver_source import CommandInfo
from cloudshell_local.storage.model import Resource, Sandbox
from cloudshell_local.xml import node


class CommandOperations:
    """Operations that run commands in a sandbox, and list those of orchestration."""

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._commands = services.commands
        self._sandboxes = services.sandboxes
        self._lifecycle = services.lifecycle

    def ExecuteCommand(
        self,
        session: Session,
        reservationId: str,
        targetName: str,
        targetType: str,
        commandName: str,
        commandInputs: Records = (),
        printOutput: bool = False,
    ) -> Element:
        sandbox, resource = self._sandbox(reservationId), self._target(targetName, targetType)
        inputs = values_by_name(commandInputs)
        with self._sandboxes.refusal_posted(sandbox.id, commandName, resource):
            execution = self._commands.enqueue(resource, commandName, sandbox, session.user, **inputs)
        return self._ended(execution, sandbox, printOutput)

    def EnqueueCommand(
        self,
        session: Session,
        reservationId: str,
        targetName: str,
        targetType: str,
        commandName: str,
        commandInputs: Records = (),
        printOutput: bool = False,
    ) -> None:
        """Start a command without waiting for it. Its failure, and its output if printOutput, are in the Activity Feed."""
        sandbox, resource = self._sandbox(reservationId), self._target(targetName, targetType)
        inputs = values_by_name(commandInputs)
        with self._sandboxes.refusal_posted(sandbox.id, commandName, resource):
            execution = self._commands.enqueue(resource, commandName, sandbox, session.user, **inputs)
        if printOutput:
            self._sandboxes.post_output(sandbox.id, execution)

    def ExecuteResourceConnectedCommand(
        self,
        session: Session,
        reservationId: str,
        resourceFullPath: str,
        commandName: str,
        commandTag: str = "",
        parameterValues: Texts = (),
        connectedPortsFullPath: Texts = (),
        printOutput: bool = False,
    ) -> Element:
        """Run a command that a deployed App has of its provider's driver. parameterValues: in the parameters' order."""
        sandbox, app = self._sandbox(reservationId), self._store.resources.get(resourceFullPath)
        with self._sandboxes.refusal_posted(sandbox.id, commandName, app):
            command = _tagged_command(app, self._commands.connected_commands(app), commandName, commandTag)
            values = by_position(command, parameterValues)
            execution = self._commands.start_on_app(
                app, commandName, sandbox, session.user, ports=connectedPortsFullPath, **values
            )
        return self._ended(execution, sandbox, printOutput)

    def ExecuteEnvironmentCommand(
        self, reservationId: str, commandName: str, commandInputs: Records = (), printOutput: bool = False
    ) -> Element:
        """Run a command of the sandbox's orchestration: Setup or Teardown."""
        output = self._lifecycle.run_script(reservationId, commandName)
        if printOutput and output:
            self._sandboxes.post(reservationId, output)
        return _completed(output)

    def GetEnvironmentCommands(self, reservationId: str) -> Element:
        self._sandboxes.get(reservationId)
        commands = [command_info(CommandInfo(name), "EnvironmentCommandInfo") for name in SCRIPT_NAMES.values()]
        return response_info("EnvironmentCommandListInfo", node("Commands", *commands))

    def _sandbox(self, reservation_id: str) -> Sandbox:
        return self._sandboxes.live(reservation_id)

    def _target(self, name: str, kind: str) -> Resource:
        if kind.lower() not in ("resource", "app"):
            raise WrongCall(f"The target type '{kind}' should be Resource; services have no commands")
        return self._store.resources.get(name)

    def _ended(self, execution: Execution, sandbox: Sandbox, print_output: bool) -> Element:
        """Wait for a command and return its result; one that was stopped is answered without an error.

        The type of that answer is in the client and in public reports (docs/reference/server.md §4, Stop).
        """
        try:
            output = execution.result()
        except CommandFailed as error:
            if execution.state != STOPPED:
                raise
            return response_info("CommandExecutionCancelledResultInfo", Message=str(error))
        if print_output:
            self._sandboxes.post_output(sandbox.id, execution)
        return _completed(output)


def _completed(output: str | None) -> Element:
    return response_info("CommandExecutionCompletedResultInfo", Output=output or "")


def _tagged_command(app: Resource, commands: Mapping[str, CommandInfo], name: str, tag: str) -> CommandInfo:
    """Return the command of a name that has a tag; raise NoSuchCommand. tag: empty for any."""
    command = commands.get(name)
    if not command or (tag and tag not in command.tags):
        raise NoSuchCommand(app.name, f"{name}' with the tag '{tag}" if tag else name, list(commands))
    return command
