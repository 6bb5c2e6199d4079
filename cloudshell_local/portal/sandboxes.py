"""Sandboxes: the list, and what people do in a workspace."""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import Route

from cloudshell_local.errors import NoSuchCommand, NotPermitted, WrongCall
from cloudshell_local.execution.execution_server import ExecutionServer
from cloudshell_local.portal.executions import active_views
from cloudshell_local.portal.feed import feed_lines
from cloudshell_local.portal.fields import PREFIX, Field, choice_or_text
from cloudshell_local.portal.filters import quoted
from cloudshell_local.portal.pages import NoContent, Page, PageRequest, PageResponse, Redirect
from cloudshell_local.portal.web import Web
from cloudshell_local.portal.workspace import Workspaces
from cloudshell_local.services import diagrams
from cloudshell_local.services.background import Background, Work
from cloudshell_local.services.commands.commands import Commands
from cloudshell_local.services.networking.vlans import Vlans
from cloudshell_local.services.sandboxes.deployment import Deployment
from cloudshell_local.services.sandboxes.lifecycle import Lifecycle
from cloudshell_local.services.sandboxes.sandboxes import Sandboxes
from cloudshell_local.shells.driver_source import CommandInfo, Parameter
from cloudshell_local.storage.changes import EXECUTION, FEED, WORK
from cloudshell_local.storage.model import CONNECTED, PARTIAL, Connector, Resource, Sandbox
from cloudshell_local.storage.store import Store

WATCHED = ("sandbox", "resource", FEED, EXECUTION, WORK)


class SandboxPages:
    def __init__(
        self,
        web: Web,
        store: Store,
        sandboxes: Sandboxes,
        lifecycle: Lifecycle,
        commands: Commands,
        deployment: Deployment,
        vlans: Vlans,
        executions: ExecutionServer,
        background: Background,
        workspaces: Workspaces,
    ) -> None:
        self._web = web
        self._store = store
        self._sandboxes = sandboxes
        self._lifecycle = lifecycle
        self._commands = commands
        self._deployment = deployment
        self._vlans = vlans
        self._executions = executions
        self._background = background
        self._workspaces = workspaces

    def routes(self) -> list[Route]:
        """Return the routes of sandboxes."""
        one = "/sandboxes/{id}"
        return [
            self._web.page("/sandboxes", self._list),
            self._web.page(one, self._show),
            self._web.action(f"{one}/setup", self._set_up),
            self._web.action(f"{one}/end", self._end),
            self._web.action(f"{one}/delete", self._delete),
            self._web.page(f"{one}/command", self._show_command),
            self._web.action(f"{one}/command", self._run),
            self._web.action(f"{one}/stop", self._stop),
            self._web.action(f"{one}/deploy", self._deploy),
            self._web.action(f"{one}/remove", self._remove),
            self._web.action(f"{one}/refresh", self._refresh),
            self._web.action(f"{one}/connectors", self._add_connector),
            self._web.action(f"{one}/connectors/remove", self._remove_connector),
            self._web.action(f"{one}/connect", self._connect),
            self._web.action(f"{one}/disconnect", self._disconnect),
        ]

    def _list(self, request: PageRequest) -> PageResponse:
        mine = [each for each in self._store.sandboxes if _is_of(each, request)]
        listed = sorted(reversed(mine), key=lambda sandbox: sandbox.is_over)
        return Page("sandboxes.html", {"sandboxes": listed}, ("sandbox",))

    def _show(self, request: PageRequest) -> PageResponse:
        sandbox = self._sandbox(request)
        values = {
            "sandbox": sandbox,
            "workspace": self._workspaces.of(sandbox, request.query.get("chosen", ""), request.session.is_admin),
            "feed": feed_lines(self._sandboxes.feed(sandbox.id)),
            "executions": active_views(self._executions.executions(), sandbox.id, self._store),
            "tasks": self._background.under_way(sandbox.id),
            "open_states": (CONNECTED, PARTIAL),
        }
        return Page("workspace.html", values, WATCHED)

    def _set_up(self, request: PageRequest) -> PageResponse:
        self._lifecycle.set_up(self._sandbox(request).id)
        return _same_page(request)

    def _end(self, request: PageRequest) -> PageResponse:
        self._lifecycle.end(self._sandbox(request).id)
        return _same_page(request)

    def _delete(self, request: PageRequest) -> PageResponse:
        self._sandboxes.delete(self._sandbox(request).id)
        return Redirect("/sandboxes")

    def _show_command(self, request: PageRequest) -> PageResponse:
        sandbox, resource = self._sandbox(request), self._resource(request, request.query.get("resource", ""))
        command = self._command(request, resource, request.query.get("command", ""))
        fields = [_parameter_field(each) for each in command.parameters]
        values = {"sandbox": sandbox, "resource": resource, "command": command, "fields": fields}
        return Page("command.html", values)

    def _run(self, request: PageRequest) -> PageResponse:
        sandbox, resource = self._live(request), self._resource(request, request.hidden("resource"))
        command = self._command(request, resource, request.hidden("command"))
        typed = {each.name: request.form.get(PREFIX + each.name, each.default) for each in command.parameters}
        execution = self._commands.enqueue(resource, command.name, sandbox, request.session.user, **typed)
        self._sandboxes.follow(sandbox.id, execution, print_output=True)
        return Redirect(_workspace(request, resource)) if command.parameters else _same_page(request)

    def _stop(self, request: PageRequest) -> PageResponse:
        sandbox, execution = self._sandbox(request), self._executions.execution(request.hidden("execution"))
        if execution.sandbox != sandbox.id:
            raise WrongCall("The command is not one of this sandbox")
        self._executions.stop(execution.id)
        return _same_page(request)

    def _deploy(self, request: PageRequest) -> PageResponse:
        sandbox, app = self._live(request), request.hidden("app")
        diagrams.app_named(sandbox, app)
        return self._do(request, f"Deploying '{app}'", lambda: self._deployment.deploy(sandbox.id, [app]))

    def _remove(self, request: PageRequest) -> PageResponse:
        sandbox, name = self._live(request), request.hidden("name")
        if any(app.name == name for app in sandbox.apps):
            self._sandboxes.remove_app(sandbox.id, name)
            return _same_page(request)
        self._resource(request, name)
        return self._do(request, f"Deleting '{name}'", lambda: self._deployment.remove(sandbox.id, [name]))

    def _refresh(self, request: PageRequest) -> PageResponse:
        sandbox, name = self._live(request), self._resource(request, request.hidden("name")).name
        return self._do(
            request, f"Refreshing the VM details of '{name}'", lambda: self._deployment.refresh(sandbox.id, [name])
        )

    def _add_connector(self, request: PageRequest) -> PageResponse:
        sandbox = self._live(request)
        components = self._workspaces.of(sandbox, "", False).components.values()
        names = {each.key: each.name for each in components}
        source, target = (request.required(end, "An end of the connection") for end in ("source", "target"))
        self._sandboxes.set_connectors(sandbox.id, [Connector(names.get(source, source), names.get(target, target))])
        return _same_page(request)

    def _remove_connector(self, request: PageRequest) -> PageResponse:
        self._sandboxes.remove_connectors(self._live(request).id, _ends(request))
        return _same_page(request)

    def _connect(self, request: PageRequest) -> PageResponse:
        sandbox, ends = self._live(request), _ends(request)
        diagrams.connector_between(sandbox, *ends)
        return self._do(
            request, f"Connecting '{ends[0]}' and '{ends[1]}'", lambda: self._vlans.connect(sandbox.id, ends)
        )

    def _disconnect(self, request: PageRequest) -> PageResponse:
        sandbox, ends = self._live(request), _ends(request)
        diagrams.connector_between(sandbox, *ends)
        return self._do(
            request, f"Disconnecting '{ends[0]}' and '{ends[1]}'", lambda: self._vlans.disconnect(sandbox.id, ends)
        )

    def _do(self, request: PageRequest, what: str, do: Callable[[], object]) -> PageResponse:
        """Begin what may take long; that it failed, and why, is in the activity feed."""
        sandbox_id = request.path["id"]
        self._background.start(
            Work(sandbox_id, what), do, lambda error: self._sandboxes.say_error(sandbox_id, f"{what} failed: {error}")
        )
        return _same_page(request)

    def _sandbox(self, request: PageRequest) -> Sandbox:
        sandbox = self._sandboxes.get(request.path["id"])
        if not _is_of(sandbox, request):
            raise NotPermitted("use a sandbox of another user")
        return sandbox

    def _live(self, request: PageRequest) -> Sandbox:
        return self._sandboxes.live(self._sandbox(request).id)

    def _resource(self, request: PageRequest, name: str) -> Resource:
        if name not in self._sandbox(request).resources:
            raise WrongCall(f"There is no '{name}' in the sandbox")
        return self._store.resources.get(name)

    def _command(self, request: PageRequest, resource: Resource, name: str) -> CommandInfo:
        offered = {command.name: command for command in self._commands.offered(resource, request.session.is_admin)}
        if name not in offered:
            raise NoSuchCommand(resource.name, name, list(offered))
        return offered[name]


def _is_of(sandbox: Sandbox, request: PageRequest) -> bool:
    return request.session.is_admin or sandbox.owner == request.session.user


def _same_page(request: PageRequest) -> NoContent:
    chosen = request.hidden("chosen")
    return NoContent(f"/sandboxes/{request.path['id']}" + (f"?chosen={quoted(chosen)}" if chosen else ""))


def _workspace(request: PageRequest, resource: Resource) -> str:
    chosen = resource.app.name if resource.app else resource.name
    return f"/sandboxes/{request.path['id']}?chosen={quoted(chosen)}"


def _ends(request: PageRequest) -> tuple[str, str]:
    return request.hidden("source"), request.hidden("target")


def _parameter_field(parameter: Parameter) -> Field:
    label = parameter.name + (" (required)" if parameter.mandatory else "")
    return choice_or_text(parameter.name, parameter.default, parameter.values, label, parameter.description)
