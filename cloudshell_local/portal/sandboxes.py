"""Sandboxes: the list, and what people do in a workspace."""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import Route

from cloudshell_local.errors import NoSuchCommand, NotPermitted, WrongCall
from cloudshell_local.portal import feed
from cloudshell_local.portal.executions import under_way
from cloudshell_local.portal.fields import CHOICE, PREFIX, TEXT, Field
from cloudshell_local.portal.web import Answer, Asked, Goto, Page, Stay, Web, quoted
from cloudshell_local.portal.workspace import Workspaces
from cloudshell_local.services import diagrams
from cloudshell_local.services.background import Task
from cloudshell_local.services.container import Services
from cloudshell_local.shells.driver_source import CommandInfo, Parameter
from cloudshell_local.storage.changes import EXECUTION, FEED, WORK
from cloudshell_local.storage.model import CONNECTED, PARTIAL, Connector, Resource, Sandbox

WATCHED = ("sandbox", "resource", FEED, EXECUTION, WORK)


class SandboxPages:
    def __init__(self, web: Web, services: Services) -> None:
        self._web = web
        self._store = services.store
        self._sandboxes = services.sandboxes
        self._lifecycle = services.lifecycle
        self._commands = services.commands
        self._deployment = services.deployment
        self._vlans = services.vlans
        self._executions = services.execution_server
        self._background = services.background
        self._workspaces = Workspaces(services)

    def routes(self) -> list[Route]:
        """Return the routes of sandboxes."""
        one = "/sandboxes/{id}"
        return [
            self._web.shows("/sandboxes", self._list),
            self._web.shows(one, self._show),
            self._web.does(f"{one}/setup", self._set_up),
            self._web.does(f"{one}/end", self._end),
            self._web.does(f"{one}/delete", self._delete),
            self._web.shows(f"{one}/command", self._show_command),
            self._web.does(f"{one}/command", self._run),
            self._web.does(f"{one}/stop", self._stop),
            self._web.does(f"{one}/deploy", self._deploy),
            self._web.does(f"{one}/remove", self._remove),
            self._web.does(f"{one}/refresh", self._refresh),
            self._web.does(f"{one}/connectors", self._draw),
            self._web.does(f"{one}/connectors/remove", self._rub_out),
            self._web.does(f"{one}/connect", self._connect),
            self._web.does(f"{one}/disconnect", self._disconnect),
        ]

    def _list(self, asked: Asked) -> Answer:
        mine = [each for each in self._store.sandboxes if _is_of(each, asked)]
        listed = sorted(reversed(mine), key=lambda sandbox: sandbox.is_over)
        return Page("sandboxes.html", {"sandboxes": listed}, ("sandbox",))

    def _show(self, asked: Asked) -> Answer:
        sandbox = self._sandbox(asked)
        values = {
            "sandbox": sandbox,
            "workspace": self._workspaces.of(sandbox, asked.query.get("chosen", ""), asked.session.is_admin),
            "feed": feed.lines(self._sandboxes.feed(sandbox.id)),
            "executions": under_way(self._executions.executions(), sandbox.id, self._store),
            "work": self._background.running(sandbox.id),
            "open_states": (CONNECTED, PARTIAL),
        }
        return Page("workspace.html", values, WATCHED)

    def _set_up(self, asked: Asked) -> Answer:
        self._lifecycle.set_up(self._sandbox(asked).id)
        return _stay(asked)

    def _end(self, asked: Asked) -> Answer:
        self._lifecycle.end(self._sandbox(asked).id)
        return _stay(asked)

    def _delete(self, asked: Asked) -> Answer:
        self._sandboxes.delete(self._sandbox(asked).id)
        return Goto("/sandboxes")

    def _show_command(self, asked: Asked) -> Answer:
        sandbox, resource = self._sandbox(asked), self._resource(asked, asked.query.get("resource", ""))
        command = self._command(asked, resource, asked.query.get("command", ""))
        fields = [_field(each) for each in command.parameters]
        values = {"sandbox": sandbox, "resource": resource, "command": command, "fields": fields}
        return Page("command.html", values)

    def _run(self, asked: Asked) -> Answer:
        sandbox, resource = self._live(asked), self._resource(asked, asked.given("resource"))
        command = self._command(asked, resource, asked.given("command"))
        typed = {each.name: asked.form.get(PREFIX + each.name, each.default) for each in command.parameters}
        execution = self._commands.enqueue(resource, command.name, sandbox, asked.session.user, **typed)
        self._sandboxes.post_result(sandbox.id, execution, print_output=True)
        return Goto(_workspace(asked, resource)) if command.parameters else _stay(asked)

    def _stop(self, asked: Asked) -> Answer:
        sandbox, execution = self._sandbox(asked), self._executions.execution(asked.given("execution"))
        if execution.sandbox != sandbox.id:
            raise WrongCall("The command is not one of this sandbox")
        self._executions.stop(execution.id)
        return _stay(asked)

    def _deploy(self, asked: Asked) -> Answer:
        sandbox, app = self._live(asked), asked.given("app")
        diagrams.find_app(sandbox, app)
        return self._do(asked, f"Deploying '{app}'", lambda: self._deployment.deploy(sandbox.id, [app]))

    def _remove(self, asked: Asked) -> Answer:
        sandbox, name = self._live(asked), asked.given("name")
        if any(app.name == name for app in sandbox.apps):
            self._sandboxes.remove_app(sandbox.id, name)
            return _stay(asked)
        self._resource(asked, name)
        return self._do(asked, f"Deleting '{name}'", lambda: self._deployment.remove(sandbox.id, [name]))

    def _refresh(self, asked: Asked) -> Answer:
        sandbox, name = self._live(asked), self._resource(asked, asked.given("name")).name
        return self._do(
            asked, f"Refreshing the VM details of '{name}'", lambda: self._deployment.refresh(sandbox.id, [name])
        )

    def _draw(self, asked: Asked) -> Answer:
        sandbox = self._live(asked)
        names = {thing.key: thing.name for thing in self._workspaces.of(sandbox, "", False).things.values()}
        source, target = (asked.required(end, "An end of the connection") for end in ("source", "target"))
        self._sandboxes.set_connectors(sandbox.id, [Connector(names.get(source, source), names.get(target, target))])
        return _stay(asked)

    def _rub_out(self, asked: Asked) -> Answer:
        self._sandboxes.remove_connectors(self._live(asked).id, _ends(asked))
        return _stay(asked)

    def _connect(self, asked: Asked) -> Answer:
        sandbox, ends = self._live(asked), _ends(asked)
        diagrams.find_connector(sandbox, *ends)
        return self._do(asked, f"Connecting '{ends[0]}' and '{ends[1]}'", lambda: self._vlans.connect(sandbox.id, ends))

    def _disconnect(self, asked: Asked) -> Answer:
        sandbox, ends = self._live(asked), _ends(asked)
        diagrams.find_connector(sandbox, *ends)
        return self._do(
            asked, f"Disconnecting '{ends[0]}' and '{ends[1]}'", lambda: self._vlans.disconnect(sandbox.id, ends)
        )

    def _do(self, asked: Asked, what: str, do: Callable[[], object]) -> Answer:
        """Begin what may take long; that it failed, and why, is in the activity feed."""
        sandbox_id = asked.path["id"]
        self._background.start(
            Task(sandbox_id, what), do, lambda error: self._sandboxes.post_error(sandbox_id, f"{what} failed: {error}")
        )
        return _stay(asked)

    def _sandbox(self, asked: Asked) -> Sandbox:
        sandbox = self._sandboxes.get(asked.path["id"])
        if not _is_of(sandbox, asked):
            raise NotPermitted("use a sandbox of another user")
        return sandbox

    def _live(self, asked: Asked) -> Sandbox:
        return self._sandboxes.live(self._sandbox(asked).id)

    def _resource(self, asked: Asked, name: str) -> Resource:
        if name not in self._sandbox(asked).resources:
            raise WrongCall(f"There is no '{name}' in the sandbox")
        return self._store.resources.get(name)

    def _command(self, asked: Asked, resource: Resource, name: str) -> CommandInfo:
        offered = {
            command.name: command for command in self._commands.visible_commands(resource, asked.session.is_admin)
        }
        if name not in offered:
            raise NoSuchCommand(resource.name, name, list(offered))
        return offered[name]


def _is_of(sandbox: Sandbox, asked: Asked) -> bool:
    return asked.session.is_admin or sandbox.owner == asked.session.user


def _stay(asked: Asked) -> Stay:
    chosen = asked.given("chosen")
    return Stay(f"/sandboxes/{asked.path['id']}" + (f"?chosen={quoted(chosen)}" if chosen else ""))


def _workspace(asked: Asked, resource: Resource) -> str:
    chosen = resource.app.name if resource.app else resource.name
    return f"/sandboxes/{asked.path['id']}?chosen={quoted(chosen)}"


def _ends(asked: Asked) -> tuple[str, str]:
    return asked.given("source"), asked.given("target")


def _field(parameter: Parameter) -> Field:
    label = parameter.name + (" (needed)" if parameter.mandatory else "")
    kind = CHOICE if parameter.values else TEXT
    return Field(
        PREFIX + parameter.name, label, kind, parameter.default, parameter.values, description=parameter.description
    )
