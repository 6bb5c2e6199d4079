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

APP, DEPLOYED_APP, STATIC_VM, RESOURCE, SERVICE = "App", "deployed App", "static VM", "resource", "service"


@dataclass(frozen=True)
class Component:
    """A component of a sandbox: an App, a deployed App, a static VM, another resource, or a service.

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
    def resource(self) -> Resource | None:
        """The resource of a deployed App, a static VM or another resource; None for other components."""
        return self.record if isinstance(self.record, Resource) else None

    @property
    def vm_details(self) -> VmDetails | None:
        """The VM details of a deployed App or a static VM; None for other components."""
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
        self._catalog = services.catalog
        self._commands = services.commands
        self._deployment = services.deployment
        self._subnets = services.subnets

    def of(self, sandbox: Sandbox, chosen: str, is_admin: bool) -> Workspace:
        """Return a sandbox's workspace as it is now. chosen: a component's key; without one, the first App is chosen."""
        apps = self._apps(sandbox)
        services = [_service(service) for service in sandbox.services.read_only()]
        layout = diagram_layout(
            [each.name for each in services], [each.name for each in apps], sandbox.connectors.read_only()
        )
        components = {each.name: each for each in [*apps, *services]}
        found = next((each for each in components.values() if each.key == chosen), next(iter(apps), None))
        chosen_one = self._with_details(found, is_admin) if found else None
        return Workspace(components, layout, chosen_one, self._subnets.fixed_lines(sandbox))

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
        attributes = masked_attributes(self._attributes_of(record), self._passwords)
        return dataclasses.replace(component, attributes=attributes, commands=commands)

    def _attributes_of(self, record: App | Resource | Service) -> dict[str, str]:
        """Return the attributes to show of a component, with those of its deployment path if it is or was an App."""
        if isinstance(record, Service):
            return record.attributes
        app = record if isinstance(record, App) else record.app
        definitions = next((shell.attributes for shell in self._catalog if shell.model == record.model), {})
        left_out = [name for name, each in definitions.items() if not each.is_setting]
        shown = {name: value for name, value in record.attributes.items() if name not in left_out}
        return {**shown, **(app.path.attributes if app else {})}

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
    return Component(service.alias, service.alias, SERVICE, service.name, service)


def _resource(resource: Resource) -> Component:
    app = resource.app
    return Component(
        app.name if app else resource.name,
        resource.name,
        _kind_of(resource),
        resource.address or resource.model,
        resource,
        Status.of(resource.live_status),
        _icon_of(app) if app else "",
    )


def _icon_of(app: App) -> str:
    return f"/icons/types/{quoted(app.path.option)}"
