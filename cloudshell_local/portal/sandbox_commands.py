"""The pages of commands in a sandbox: a command's form, running and stopping it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.routing import Route

from cloudshell_local.errors import NoSuchCommand, WrongCall
from cloudshell_local.portal.fields import PREFIX, Field, choice_or_text
from cloudshell_local.portal.pages import Page, PageRequest, PageResponse, Redirect
from cloudshell_local.portal.sandbox_access import SandboxAccess, same_page, sandbox_path
from cloudshell_local.portal.web import Web
from cloudshell_local.services.container import Services
from cloudshell_local.shells.driver_source import CommandInfo, Parameter
from cloudshell_local.storage.model import Resource


class SandboxCommandPages:
    """The commands of a sandbox's resources and deployed Apps."""

    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._sandboxes = services.sandboxes
        self._commands = services.commands
        self._executions = services.execution_server
        self._access = SandboxAccess(services)

    def routes(self) -> list[Route]:
        """Return the routes of a command's form, and of running and stopping it."""
        one = "/sandboxes/{id}"
        return [
            self._web.page(f"{one}/command", self._show),
            self._web.action(f"{one}/command", self._run),
            self._web.action(f"{one}/stop", self._stop),
        ]

    def _show(self, request: PageRequest) -> PageResponse:
        sandbox = self._access.sandbox(request)
        resource = self._access.resource(request, request.query.get("resource", ""))
        command = self._command(request, resource, request.query.get("command", ""))
        fields = [_parameter_field(each) for each in command.parameters]
        return Page("command.html", {"sandbox": sandbox, "resource": resource, "command": command, "fields": fields})

    def _run(self, request: PageRequest) -> PageResponse:
        sandbox = self._access.live_sandbox(request)
        resource = self._access.resource(request, request.hidden("resource"))
        command = self._command(request, resource, request.hidden("command"))
        values = _submitted_values(request.form, command.parameters)
        execution = self._commands.enqueue(resource, command.name, sandbox, request.session.user, **values)
        self._sandboxes.post_output(sandbox.id, execution)
        if not command.parameters:
            return same_page(request)
        return Redirect(sandbox_path(request, resource.name_in_sandbox))

    def _stop(self, request: PageRequest) -> PageResponse:
        sandbox = self._access.sandbox(request)
        execution = self._executions.execution(request.hidden("execution"))
        if execution.sandbox != sandbox.id:
            raise WrongCall("The command does not run in this sandbox")
        self._executions.stop(execution.id)
        return same_page(request)

    def _command(self, request: PageRequest, resource: Resource, name: str) -> CommandInfo:
        """Return a command that the user may run; raise NoSuchCommand."""
        visible = self._commands.visible_commands(resource, request.session.is_admin)
        commands = {command.name: command for command in visible}
        if name not in commands:
            raise NoSuchCommand(resource.name, name, list(commands))
        return commands[name]


def _parameter_field(parameter: Parameter) -> Field:
    label = parameter.title + (" (required)" if parameter.is_required else "")
    value, choices = parameter.default or "", parameter.values
    # A list whose default is none of its values, or that has no default, begins with that: people choose for themselves.
    if choices and value not in choices:
        choices = (value, *choices)
    return choice_or_text(parameter.name, value, choices, label, parameter.description)


def _submitted_values(form: Mapping[str, str], parameters: Iterable[Parameter]) -> dict[str, str]:
    """Return the values of a form.

    A field that is required and empty is a missing value. So is one that shows the default of the method's own argument and
    was left as it was: the method has that default, perhaps in another type than text.
    """
    submitted = {each.name: (each, form[PREFIX + each.name]) for each in parameters if PREFIX + each.name in form}
    return {
        name: value
        for name, (each, value) in submitted.items()
        if not (each.default is None and not value) and not (each.own_default and value == each.default)
    }
