"""Operations that run commands."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from cloudshell_local.access import Session
from cloudshell_local.automation_api import infos
from cloudshell_local.automation_api.xml import Records, info
from cloudshell_local.errors import NoSuchCommand, WrongCall
from cloudshell_local.services.container import Services
from cloudshell_local.services.sandboxes.lifecycle import SCRIPT_NAMES
from cloudshell_local.shells.driver_source import CommandInfo
from cloudshell_local.storage.model import Resource, Sandbox
from cloudshell_local.xml import node


class CommandOperations:
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
        commandInputs: Records = [],  # noqa: B006 - it is only read
        printOutput: bool = False,
    ) -> Element:
        sandbox, resource = self._sandbox(reservationId), self._target(targetName, targetType)
        inputs = {each["Name"]: each["Value"] for each in commandInputs}
        answer = self._commands.enqueue(resource, commandName, sandbox, session.user, **inputs).result()
        return self._completed(answer, sandbox, printOutput)

    def EnqueueCommand(
        self,
        session: Session,
        reservationId: str,
        targetName: str,
        targetType: str,
        commandName: str,
        commandInputs: Records = [],  # noqa: B006 - it is only read
        printOutput: bool = False,
    ) -> None:
        """As ExecuteCommand, but it does not wait: what comes of the command is in the activity feed."""
        sandbox, resource = self._sandbox(reservationId), self._target(targetName, targetType)
        inputs = {each["Name"]: each["Value"] for each in commandInputs}
        execution = self._commands.enqueue(resource, commandName, sandbox, session.user, **inputs)
        self._sandboxes.post_result(sandbox.id, execution, printOutput)

    def ExecuteResourceConnectedCommand(
        self,
        session: Session,
        reservationId: str,
        resourceFullPath: str,
        commandName: str,
        commandTag: str = "",
        parameterValues: list[str] = [],  # noqa: B006 - it is only read
        connectedPortsFullPath: list[str] = [],  # noqa: B006 - it is only read
        printOutput: bool = False,
    ) -> Element:
        sandbox, app = self._sandbox(reservationId), self._store.resources.get(resourceFullPath)
        command = _tagged(app, self._commands.connected_commands(app), commandName, commandTag)
        values = self._commands.values_by_name(command, parameterValues)
        answer = self._commands.run_on_app(
            app, commandName, sandbox, session.user, ports=connectedPortsFullPath, **values
        )
        return self._completed(answer, sandbox, printOutput)

    def ExecuteEnvironmentCommand(
        self,
        reservationId: str,
        commandName: str,
        commandInputs: Records = [],  # noqa: B006 - it is only read
        printOutput: bool = False,
    ) -> Element:
        answer = self._lifecycle.run_script(reservationId, commandName)
        return self._completed(answer, self._sandboxes.get(reservationId), printOutput)

    def GetEnvironmentCommands(self, reservationId: str) -> Element:
        self._sandboxes.get(reservationId)
        commands = [infos.command(CommandInfo(name), "EnvironmentCommandInfo") for name in SCRIPT_NAMES.values()]
        return info("EnvironmentCommandListInfo", node("Commands", *commands))

    def _sandbox(self, reservation_id: str) -> Sandbox:
        return self._sandboxes.live(reservation_id)

    def _target(self, name: str, kind: str) -> Resource:
        if kind.lower() not in ("resource", "app"):
            raise WrongCall(f"The target type '{kind}' should be Resource; services have no commands")
        return self._store.resources.get(name)

    def _completed(self, answer: str | None, sandbox: Sandbox, print_output: bool) -> Element:
        if print_output and answer:
            self._sandboxes.post(sandbox.id, answer)
        return info("CommandExecutionCompletedResultInfo", Output=answer or "")


def _tagged(app: Resource, commands: dict[str, CommandInfo], name: str, tag: str) -> CommandInfo:
    command = commands.get(name)
    if not command or (tag and tag not in command.tags):
        raise NoSuchCommand(app.name, f"{name}' with the tag '{tag}" if tag else name, list(commands))
    return command
