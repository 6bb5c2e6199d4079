"""What a sandbox's workspace shows: its diagram, and the one thing of it that is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cloudshell_local.portal.diagram import Picture, picture
from cloudshell_local.portal.fields import shown
from cloudshell_local.portal.status import BAD, BUSY, IDLE, Status
from cloudshell_local.portal.web import quoted
from cloudshell_local.services.container import Services
from cloudshell_local.shells.driver_source import CommandInfo
from cloudshell_local.storage.model import App, Resource, Sandbox, Service, VmDetails

APP, DEPLOYED, RESOURCE, SERVICE = "App", "deployed App", "resource", "service"


@dataclass(frozen=True)
class Thing:
    """A thing of the diagram. key: what it is chosen by, which stays when an App is deployed; name: its present one."""

    key: str
    name: str
    kind: str
    about: str
    status: Status | None = None
    icon: str = ""
    resource: Resource | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    commands: Sequence[CommandInfo] = ()

    @property
    def vm_details(self) -> VmDetails | None:
        """The VM details of a deployed App."""
        return self.resource.vm_details if self.resource else None


@dataclass(frozen=True)
class Workspace:
    """things: by their present names; chosen: the one whose panes are shown."""

    things: Mapping[str, Thing]
    picture: Picture
    chosen: Thing | None


class Workspaces:
    """Looks up what a workspace shows."""

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._passwords = services.passwords
        self._commands = services.commands
        self._deployment = services.deployment

    def of(self, sandbox: Sandbox, chosen: str, is_admin: bool) -> Workspace:
        """Return a sandbox's workspace as it is now. chosen: a thing's key; if there is none, the first App."""
        resources = [self._store.resources.get(name) for name in sandbox.resources if name in self._store.resources]
        apps = [
            *(self._deployed(resource, is_admin) for resource in resources),
            *(self._app(sandbox.id, app) for app in sandbox.apps),
        ]
        apps.sort(key=lambda thing: thing.key)  # An App keeps its place when it is deployed.
        services = [_service(service) for service in sandbox.services]
        drawn = picture([each.name for each in services], [each.name for each in apps], sandbox.connectors)
        things = {thing.name: thing for thing in [*apps, *services]}
        found = next((thing for thing in things.values() if thing.key == chosen), None)
        return Workspace(things, drawn, found or next(iter(apps), None))

    def _app(self, sandbox_id: str, app: App) -> Thing:
        path = app.path
        return Thing(
            app.name,
            app.name,
            APP,
            path.option.partition(".")[2],
            self._status_of_app(sandbox_id, app),
            f"/icons/types/{quoted(path.option)}",
            attributes=shown({**app.attributes, **path.attributes}, self._passwords),
        )

    def _deployed(self, resource: Resource, is_admin: bool) -> Thing:
        app = resource.app
        of_path = app.path.attributes if app else {}
        return Thing(
            app.name if app else resource.name,
            resource.name,
            DEPLOYED if resource.vm_details else RESOURCE,
            resource.address or resource.model,
            Status.of(resource.live_status),
            f"/icons/types/{quoted(app.path.option)}" if app else "",
            resource,
            shown({**resource.attributes, **of_path}, self._passwords),
            self._commands.visible_commands(resource, is_admin),
        )

    def _status_of_app(self, sandbox_id: str, app: App) -> Status:
        if self._deployment.is_deploying(sandbox_id, app.name):
            return Status(BUSY, "Deploying")
        status = Status.of(app.live_status)
        return status if status.tone == BAD else Status(IDLE, "Not deployed")


def _service(service: Service) -> Thing:
    return Thing(service.alias, service.alias, SERVICE, service.name, attributes=service.attributes)
