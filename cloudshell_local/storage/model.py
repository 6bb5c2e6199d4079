"""The records. Their names are CloudShell's; a password in an attribute is always an encrypted one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

CONNECTED, DISCONNECTED, PARTIAL, FAILED = "Connected", "Disconnected", "PartiallyConnected", "ConnectionFailed"
OPEN_STATES = (DISCONNECTED, PARTIAL, FAILED)
GENERIC_APP_MODEL = "Generic App Model"


def new_id() -> str:
    """Return a new id, as all things of CloudShell have one."""
    return str(uuid.uuid4())


@dataclass
class User:
    """password_hash: as `passwords.hashed` makes it."""

    name: str
    password_hash: str = field(repr=False)
    is_admin: bool
    email: str = ""


@dataclass
class InstalledShell:
    """file: the package's name in the data folder's `shells`; it changes with the content."""

    name: str
    file: str
    modified: str
    modified_by: str
    id: str = field(default_factory=new_id)


@dataclass
class DetailField:
    """A name and value that VM details show, or hide."""

    name: str
    value: str
    hidden: bool = False


@dataclass
class NetworkInterface:
    """One of VM details' network interfaces."""

    interface_id: str
    network_id: str
    is_primary: bool
    data: list[DetailField] = field(default_factory=list)
    private_ip: str = ""
    public_ip: str = ""


@dataclass
class VmDetails:
    """What makes a resource a deployed app. custom_parameters: what Deploy called additional data."""

    id: str
    uid: str
    provider: str
    custom_parameters: dict[str, str] = field(default_factory=dict)
    instance: list[DetailField] = field(default_factory=list)
    networks: list[NetworkInterface] = field(default_factory=list)


@dataclass
class DeploymentPath:
    """A way to deploy an App. option: "<Model>.<deployment type>", which its attributes' names begin with, too."""

    name: str
    option: str
    provider: str
    attributes: dict[str, str]
    default: bool = False


@dataclass
class App:
    """An App of a template, a blueprint or a sandbox: not deployed yet. model: of the resource it becomes."""

    name: str
    template: str
    model: str
    attributes: dict[str, str]
    paths: list[DeploymentPath]
    description: str = ""
    position: tuple[float, float] = (0, 0)
    live_status: tuple[str, str] = ("", "")

    @property
    def path(self) -> DeploymentPath:
        """The deployment path that is chosen."""
        return next((path for path in self.paths if path.default), self.paths[0])


@dataclass
class Service:
    """A VLAN or Subnet service. name: which service; alias: this one's name.

    is_filled_in: its Virtual Network is the one that the server chose, and not a typed one.
    """

    alias: str
    name: str
    attributes: dict[str, str]
    position: tuple[float, float] = (0, 0)
    is_filled_in: bool = False


@dataclass
class Connector:
    """A line of the diagram; source and target are the names of Apps, resources or services."""

    source: str
    target: str
    direction: str = "bi"
    alias: str = ""
    state: str = DISCONNECTED
    attributes: dict[str, str] = field(default_factory=dict)
    id: str = field(default_factory=new_id)

    def joins(self, one: str, other: str) -> bool:
        """Tell whether it is between these two, either way round."""
        return {self.source, self.target} == {one, other}


@dataclass
class Resource:
    """A resource of Inventory. Its attributes have their full names ("<Model>.<name>", or none of it for generic Apps)."""

    name: str
    family: str
    model: str
    address: str
    attributes: dict[str, str]
    description: str = ""
    folder: str = ""
    driver: str = ""
    excluded: bool = False
    live_status: tuple[str, str] = ("", "")
    created_in: str = ""
    created: str = ""
    app: App | None = None
    vm_details: VmDetails | None = None
    id: str = field(default_factory=new_id)


@dataclass
class AppTemplate:
    """What Manage > Apps has: its name is the App's."""

    app: App
    categories: list[str] = field(default_factory=list)


@dataclass
class Blueprint:
    """has_setup, has_teardown: whether orchestration runs; durations in minutes."""

    name: str
    description: str = ""
    category: str = ""
    apps: list[App] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    connectors: list[Connector] = field(default_factory=list)
    resources: list[str] = field(default_factory=list)
    has_setup: bool = True
    has_teardown: bool = True
    setup_minutes: int = 10
    teardown_minutes: int = 10


@dataclass
class SandboxNetwork:
    """An L3 provider's network for a sandbox. access_key: the private key that it answered, encrypted."""

    cidr: str
    access_key: str = ""


@dataclass
class Sandbox:
    """status: Pending, Started, Completed. provisioning: Not Run, Setup, Ready, Error, Teardown. Times are UTC, ISO 8601.

    resources: names, and where on the diagram; networks, by the provider's name; vlans: those that it holds, by the
    service's alias or, for a line between two Apps, the connector's id.
    """

    id: str
    name: str
    owner: str
    start: str
    end: str
    blueprint: str = ""
    description: str = ""
    status: str = "Started"
    provisioning: str = "Not Run"
    stage: str = "None"
    failed: bool = False
    has_teardown: bool = False
    live_status: tuple[str, str] = ("", "")
    apps: list[App] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    connectors: list[Connector] = field(default_factory=list)
    resources: dict[str, tuple[float, float]] = field(default_factory=dict)
    networks: dict[str, SandboxNetwork] = field(default_factory=dict)
    vlans: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """What the portal calls its state."""
        if self.status == "Completed":
            return "Completed (with Error)" if self.failed else "Completed"
        if self.provisioning in ("Setup", "Teardown"):
            return self.provisioning
        return "Active (with Error)" if self.failed else "Active"

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.status == "Completed"


@dataclass
class PoolItem:
    """A number or an address that somebody has checked out of a pool. sandbox: whose it is, empty if nobody's."""

    pool: str
    value: str
    sandbox: str
    owner: str


@dataclass
class Message:
    """A line of a sandbox's activity feed."""

    time: str
    text: str
