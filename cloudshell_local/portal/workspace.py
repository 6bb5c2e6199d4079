"""The contents of a sandbox's page: its diagram, and the component that the user has chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cloudshell_local.portal.diagram import DiagramLayout, diagram_layout
from cloudshell_local.portal.fields import masked_attributes
from cloudshell_local.portal.filters import quoted
from cloudshell_local.portal.status import BAD, BUSY, IDLE, Status
from cloudshell_local.services.container import Services
from cloudshell_local.shells.driver_source import CommandInfo
from cloudshell_local.storage.model import App, Resource, Sandbox, Service, VmDetails

APP, DEPLOYED_APP, STATIC_VM, RESOURCE, SERVICE = "App", "deployed App", "static VM", "resource", "service"


@dataclass(frozen=True)
class Component:
    """A component of a sandbox: an App, a deployed App, a static VM, another resource, or a service.

    key: its name in the page's address, which stays when an App is deployed. name: its present name.
    subtitle: the second line of its box. icon: the address of its image, empty if it has none.
    """

    key: str
    name: str
    kind: str
    subtitle: str
    status: Status | None = None
    icon: str = ""
    resource: Resource | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    commands: Sequence[CommandInfo] = ()

    @property
    def vm_details(self) -> VmDetails | None:
        """The VM details of a deployed App; None for other components."""
        return self.resource.vm_details if self.resource else None

    @property
    def folders(self) -> dict[str, list[CommandInfo]]:
        """The commands by their categories; those without one are under the empty name, which comes first."""
        found: dict[str, list[CommandInfo]] = {"": []}
        for command in self.commands:
            found.setdefault(command.category, []).append(command)
        return found


@dataclass(frozen=True)
class Workspace:
    """The components of a sandbox by their present names, its diagram, and the component whose details are shown.

    fixed_lines: the ids of the connectors that nobody can connect or disconnect, as their Apps are connected by Deploy.
    """

    components: Mapping[str, Component]
    layout: DiagramLayout
    chosen: Component | None
    fixed_lines: frozenset[str] = frozenset()


class Workspaces:
    """Makes the workspace of a sandbox from its records."""

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._passwords = services.passwords
        self._commands = services.commands
        self._deployment = services.deployment
        self._subnets = services.subnets

    def of(self, sandbox: Sandbox, chosen: str, is_admin: bool) -> Workspace:
        """Return a sandbox's workspace as it is now. chosen: a component's key; without one, the first App is chosen."""
        apps = self._apps(sandbox, is_admin)
        services = [_service(service) for service in sandbox.services]
        layout = diagram_layout(
            [each.name for each in services], [each.name for each in apps], sandbox.connectors.read_only()
        )
        components = {each.name: each for each in [*apps, *services]}
        found = next((each for each in components.values() if each.key == chosen), None)
        fixed = frozenset(line.id for line in sandbox.connectors.read_only() if self._subnets.is_fixed(sandbox, line))
        return Workspace(components, layout, found or next(iter(apps), None), fixed)

    def _apps(self, sandbox: Sandbox, is_admin: bool) -> list[Component]:
        """Return all but the services, ordered by their keys: an App keeps its place in the diagram when it is deployed."""
        resources = [self._store.resources.get(name) for name in sandbox.resources if name in self._store.resources]
        deployed = [self._resource(resource, is_admin) for resource in resources]
        return sorted([*deployed, *(self._app(sandbox.id, app) for app in sandbox.apps)], key=lambda each: each.key)

    def _app(self, sandbox_id: str, app: App) -> Component:
        path = app.path
        return Component(
            app.name,
            app.name,
            APP,
            path.option.partition(".")[2],
            self._status_of_app(sandbox_id, app),
            _icon_of(app),
            attributes=masked_attributes({**app.attributes, **path.attributes}, self._passwords),
        )

    def _resource(self, resource: Resource, is_admin: bool) -> Component:
        app = resource.app
        path_attributes = app.path.attributes if app else {}
        return Component(
            app.name if app else resource.name,
            resource.name,
            _kind_of(resource),
            resource.address or resource.model,
            Status.of(resource.live_status),
            _icon_of(app) if app else "",
            resource,
            masked_attributes({**resource.attributes, **path_attributes}, self._passwords),
            self._commands.visible_commands(resource, is_admin),
        )

    def _status_of_app(self, sandbox_id: str, app: App) -> Status:
        if self._deployment.is_deploying(sandbox_id, app.name):
            return Status(BUSY, "Deploying")
        status = Status.of(app.live_status)
        return status if status.tone == BAD else Status(IDLE, "Not deployed")


def _kind_of(resource: Resource) -> str:
    if resource.is_static_vm:
        return STATIC_VM
    return DEPLOYED_APP if resource.vm_details else RESOURCE


def _service(service: Service) -> Component:
    return Component(service.alias, service.alias, SERVICE, service.name, attributes=service.attributes)


def _icon_of(app: App) -> str:
    return f"/icons/types/{quoted(app.path.option)}"
