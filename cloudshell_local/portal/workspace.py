"""The contents of a sandbox's page: its diagram, and the component that the user has chosen."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cloudshell_local.portal.diagram import DiagramLayout, diagram_layout
from cloudshell_local.portal.fields import masked_attributes
from cloudshell_local.portal.filters import quoted, short_name
from cloudshell_local.portal.status import BAD, BUSY, IDLE, Status
from cloudshell_local.services.container import Services
from cloudshell_local.shells.driver_source import CommandInfo
from cloudshell_local.storage.model import App, Resource, Sandbox, Service, VmDetails

APP, DEPLOYED_APP, RESOURCE, SERVICE = "App", "deployed App", "resource", "service"


@dataclass(frozen=True)
class Component:
    """A component of a sandbox: an App, a deployed App, a resource or a service.

    key: its name in the page's address, which stays when an App is deployed. name: its present name.
    subtitle: the second line of its box. icon: the address of its image, empty if it has none. record: what it shows.
    attributes, commands: only of the component that is chosen, since to read passwords and commands takes time.
    """

    key: str
    name: str
    kind: str
    subtitle: str
    record: App | Resource | Service
    status: Status | None = None
    icon: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    commands: Sequence[CommandInfo] = ()

    @property
    def vm_details(self) -> VmDetails | None:
        """The VM details of a deployed App; None for other components."""
        return self.record.vm_details if isinstance(self.record, Resource) else None


@dataclass(frozen=True)
class Workspace:
    """The components of a sandbox by their present names, its diagram, and the component whose details are shown."""

    components: Mapping[str, Component]
    layout: DiagramLayout
    chosen: Component | None


class Workspaces:
    """Makes the workspace of a sandbox from its records."""

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._passwords = services.passwords
        self._commands = services.commands
        self._deployment = services.deployment

    def of(self, sandbox: Sandbox, chosen: str, is_admin: bool) -> Workspace:
        """Return a sandbox's workspace as it is now. chosen: a component's key; without one, the first App is chosen."""
        apps = self._apps(sandbox)
        services = [_service(service) for service in sandbox.services.read_only()]
        layout = diagram_layout(
            [each.name for each in services], [each.name for each in apps], sandbox.connectors.read_only()
        )
        components = {each.name: each for each in [*apps, *services]}
        found = next((each for each in components.values() if each.key == chosen), next(iter(apps), None))
        return Workspace(components, layout, self._with_details(found, is_admin) if found else None)

    def _apps(self, sandbox: Sandbox) -> list[Component]:
        """Return all but the services, ordered by their keys: an App keeps its place in the diagram when it is deployed."""
        resources = [self._store.resources.get(name) for name in sandbox.resources if name in self._store.resources]
        apps = [self._app(sandbox.id, app) for app in sandbox.apps.read_only()]
        return sorted([*map(_resource, resources), *apps], key=lambda each: each.key)

    def _app(self, sandbox_id: str, app: App) -> Component:
        status = self._status_of_app(sandbox_id, app)
        return Component(app.name, app.name, APP, short_name(app.path.option), app, status, _icon_of(app))

    def _with_details(self, component: Component, is_admin: bool) -> Component:
        record = component.record
        commands = self._commands.visible_commands(record, is_admin) if isinstance(record, Resource) else ()
        attributes = masked_attributes(_attributes_of(record), self._passwords)
        return dataclasses.replace(component, attributes=attributes, commands=commands)

    def _status_of_app(self, sandbox_id: str, app: App) -> Status:
        if self._deployment.is_deploying(sandbox_id, app.name):
            return Status(BUSY, "Deploying")
        status = Status.of(app.live_status)
        return status if status.tone == BAD else Status(IDLE, "Not deployed")


def _service(service: Service) -> Component:
    return Component(service.alias, service.alias, SERVICE, service.name, service)


def _resource(resource: Resource) -> Component:
    app = resource.app
    return Component(
        app.name if app else resource.name,
        resource.name,
        DEPLOYED_APP if resource.vm_details else RESOURCE,
        resource.address or resource.model,
        resource,
        Status.of(resource.live_status),
        _icon_of(app) if app else "",
    )


def _attributes_of(record: App | Resource | Service) -> dict[str, str]:
    """Return the attributes of a component, with those of its deployment path if it is or was an App."""
    app = record if isinstance(record, App) else record.app if isinstance(record, Resource) else None
    return {**record.attributes, **(app.path.attributes if app else {})}


def _icon_of(app: App) -> str:
    return f"/icons/types/{quoted(app.path.option)}"
