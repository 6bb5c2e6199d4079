"""The records that a server stores, with CloudShell's names for their fields.

Passwords in attributes are always encrypted. Times are UTC, ISO 8601 to the second. A field that is renamed or removed needs
a new format of the store: see VERSION in formats.py.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum

from cloudshell_local.storage.parts import DraftDict, Parts, copied, dict_of

CONNECTED, DISCONNECTED, PARTIAL, FAILED = "Connected", "Disconnected", "PartiallyConnected", "ConnectionFailed"
DISCOVERED, NEVER_DISCOVERED = "Discovered", "NeverDiscovered"
GENERIC_APP_MODEL = "Generic App Model"
SUBNET = "Subnet"


def new_id() -> str:
    """Return a new id: a GUID, as everything in CloudShell has."""
    return str(uuid.uuid4())


@dataclass
class User:
    """User of the server. password_hash: as `passwords.hash_password` returns it."""

    name: str
    password_hash: str = field(repr=False)
    is_admin: bool
    email: str = ""


@dataclass
class InstalledShell:
    """Record of a shell that is installed.

    file: the name of its package in the data folder's `shells`, another one for each content. warnings: those of the check
    of its package, a sentence each with its location.
    """

    name: str
    file: str
    modified: str
    modified_by: str
    id: str = field(default_factory=new_id)
    warnings: list[str] = field(default_factory=list)


@dataclass
class DetailField:
    """Name and value in VM details. hidden: whether the portal leaves it out."""

    name: str
    value: str
    hidden: bool = False


@dataclass
class NetworkInterface:
    """Network interface in VM details. data: what the driver answered for it, besides the fields here."""

    interface_id: str
    network_id: str
    is_primary: bool
    data: list[DetailField] = field(default_factory=list)
    private_ip: str = ""
    public_ip: str = ""


@dataclass
class VmDetails:
    """Details of a deployed app's VM: every resource that has them is a deployed app.

    uid: the VM's id in the cloud. provider: the name of the cloud provider resource. custom_parameters: the additional
    data that Deploy answered. instance, networks: what Deploy or GetVmDetails answered last. error: why the last
    GetVmDetails had no details of this VM; empty if it had.
    """

    id: str
    uid: str
    provider: str
    custom_parameters: dict[str, str] = field(default_factory=dict)
    instance: list[DetailField] = field(default_factory=list)
    networks: list[NetworkInterface] = field(default_factory=list)
    error: str = ""


@dataclass
class DeploymentPath:
    """Way to deploy an App: a deployment type on a cloud provider resource, with attributes.

    option: the deployment type in full, "<Model>.<type>"; the names of its attributes begin with it. provider: the name of
    the cloud provider resource. default: whether new Apps of the template use this path.
    """

    name: str
    option: str
    provider: str
    attributes: dict[str, str]
    default: bool = False


@dataclass
class App:
    """App of a template, a blueprint or a sandbox that is not deployed.

    template: the name of its App template. model, attributes: of the App resource, which it becomes when it is deployed.
    """

    name: str
    template: str
    model: str
    attributes: dict[str, str]
    paths: list[DeploymentPath]
    description: str = ""
    position: tuple[float, float] = (0, 0)
    live_status: tuple[str, str] = ("", "")

    @property
    def key(self) -> str:
        """The name, which is the App's own among the Apps of a diagram."""
        return self.name

    @property
    def path(self) -> DeploymentPath:
        """The deployment path that is used: the default one, else the first."""
        return next((path for path in self.paths if path.default), self.paths[0])


@dataclass
class Service:
    """VLAN or Subnet service in a diagram.

    alias: its name in the diagram. name: which service it is, as "VLAN Auto". is_filled_in: whether the server has filled in
    its attribute Virtual Network; then the server empties it again when the VLAN is free.
    """

    alias: str
    name: str
    attributes: dict[str, str]
    position: tuple[float, float] = (0, 0)
    is_filled_in: bool = False

    @property
    def key(self) -> str:
        """The alias, which is the service's own in a diagram."""
        return self.alias

    @property
    def is_subnet(self) -> bool:
        """Whether it is a Subnet service, for L3 providers; else it is a VLAN service."""
        return self.name == SUBNET


@dataclass
class Connector:
    """Connector (a line of the diagram) between two things, which source and target name: Apps, resources or services."""

    source: str
    target: str
    direction: str = "bi"
    alias: str = ""
    state: str = DISCONNECTED
    attributes: dict[str, str] = field(default_factory=dict)
    id: str = field(default_factory=new_id)

    @property
    def key(self) -> str:
        """The id: several connectors of a diagram may have one alias."""
        return self.id

    def joins(self, one: str, other: str) -> bool:
        """Return whether the connector is between these two, in either direction."""
        return {self.source, self.target} == {one, other}


@dataclass
class SubResource:
    """Part of a resource that its discovery found, as a port of a VM.

    name, address: paths below the resource, as "Chassis 1/Port 2" and "CH1/P2". attributes: by full names. The model and
    the unique identifier are those that the driver answered.
    """

    name: str
    address: str
    model: str
    family: str
    unique_identifier: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class Resource:
    """Resource of Inventory: a cloud provider, a deployed app, or another one.

    attributes: by full names, "<Model>.<name>"; those of the Generic App Model have no prefix. driver: the name of its
    shell's driver, empty if it has none. live_status: name and additional information. created_in: the id of the sandbox
    in which it was deployed. app: the App that it was deployed from; None for a static VM. discovery: DISCOVERED, or
    NEVER_DISCOVERED when every discovery failed; empty when there was none, or when that is not known. sub_resources: what
    its discovery found in it, in the order of their addresses.
    """

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
    discovery: str = ""
    id: str = field(default_factory=new_id)
    sub_resources: list[SubResource] = field(default_factory=list)

    @property
    def is_static_vm(self) -> bool:
        """Whether it stands for a VM that this server has not deployed, but its discovery has found."""
        return self.vm_details is not None and self.app is None

    @property
    def name_in_sandbox(self) -> str:
        """The name by which people know the resource in a sandbox: a deployed app by its App's."""
        return self.app.name if self.app else self.name


@dataclass
class AppTemplate:
    """App template of Manage > Apps; its name is its App's."""

    app: App
    categories: list[str] = field(default_factory=list)


@dataclass
class Blueprint:
    """Blueprint, from which sandboxes are made.

    resources: names of resources of Inventory. has_setup, has_teardown: whether orchestration runs. setup_minutes,
    teardown_minutes: its durations; 0 turns the script off (docs/reference/server.md §5).
    """

    name: str
    description: str = ""
    category: str = ""
    apps: Parts[App] = field(default_factory=Parts)
    services: Parts[Service] = field(default_factory=Parts)
    connectors: Parts[Connector] = field(default_factory=Parts)
    resources: list[str] = field(default_factory=list)
    has_setup: bool = True
    has_teardown: bool = True
    setup_minutes: int = 10
    teardown_minutes: int = 10


@dataclass
class SandboxNetwork:
    """Network of a sandbox on an L3 provider. access_key: the private key that createKeys answered, encrypted."""

    cidr: str
    access_key: str = ""


class SandboxState(StrEnum):
    """State of a sandbox, as the portal shows it; each is also a text, as "Active".

    They are the states of the real server (docs/reference/server.md §5), but for Pending, Overtime and Saving.
    SETUP: it is being set up. ACTIVE: its setup has succeeded, or it has none. ACTIVE_WITH_ERROR: its setup has failed, or
    its teardown was interrupted; it lives on until it is ended. TEARDOWN: it is being ended. COMPLETED: it has ended, and
    nothing is left of it. COMPLETED_WITH_ERROR: it has ended, and its teardown has failed; its feed says what may be left.
    """

    SETUP = "Setup"
    ACTIVE = "Active"
    ACTIVE_WITH_ERROR = "Active (with Error)"
    TEARDOWN = "Teardown"
    COMPLETED = "Completed"
    COMPLETED_WITH_ERROR = "Completed (with Error)"


@dataclass
class Sandbox:
    """Sandbox, which the automation API calls a reservation.

    status: Started or Completed. provisioning: Not Run, Setup, Ready, Error or Teardown. stage: the setup stage that
    orchestration has set. failed: whether setup or teardown failed. has_teardown: whether orchestration runs at its end.
    resources: names of its resources, with their positions in the diagram. networks: by the L3 provider's name.
    vlans: the VLAN ids in use, by the alias of their service or, between two Apps, by the connector's id.
    permitted_users: names of the users who may use it, besides its owner. data: what administrators have noted, by key.
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
    apps: Parts[App] = field(default_factory=Parts)
    services: Parts[Service] = field(default_factory=Parts)
    connectors: Parts[Connector] = field(default_factory=Parts)
    resources: MutableMapping[str, tuple[float, float]] = field(default_factory=dict)
    networks: dict[str, SandboxNetwork] = field(default_factory=dict)
    vlans: MutableMapping[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    permitted_users: list[str] = field(default_factory=list)
    data: dict[str, str] = field(default_factory=dict)

    @property
    def users(self) -> list[str]:
        """The names of those who may use the sandbox, its owner first; administrators may, too."""
        return [self.owner, *(name for name in self.permitted_users if name != self.owner)]

    @property
    def state(self) -> SandboxState:
        """The state that the portal shows."""
        if self.is_over:
            return SandboxState.COMPLETED_WITH_ERROR if self.failed else SandboxState.COMPLETED
        if self.provisioning in (SandboxState.SETUP, SandboxState.TEARDOWN):
            return SandboxState(self.provisioning)
        return SandboxState.ACTIVE_WITH_ERROR if self.failed else SandboxState.ACTIVE

    @property
    def is_over(self) -> bool:
        """Whether the sandbox has ended."""
        return self.status == "Completed"

    def draft(self) -> Sandbox:
        """Return a copy that may be changed. It shares its parts with this sandbox until they are read from it."""
        made = copy.copy(self)
        made.apps, made.services, made.connectors = self.apps.draft(), self.services.draft(), self.connectors.draft()
        made.resources, made.vlans = DraftDict(dict_of(self.resources)), DraftDict(dict_of(self.vlans))
        made.inputs, made.networks = self.inputs.copy(), copied(self.networks)
        made.permitted_users, made.data = self.permitted_users.copy(), self.data.copy()
        return made

    def settle(self) -> None:
        """Make a record of a draft that is complete; what is read from it is not copied."""
        self.apps, self.services = self.apps.settled(), self.services.settled()
        self.connectors = self.connectors.settled()
        self.resources, self.vlans = dict_of(self.resources), dict_of(self.vlans)


@dataclass
class PoolItem:
    """Number or address that is checked out of a pool. sandbox: the id of the sandbox that holds it, empty for none."""

    pool: str
    value: str
    sandbox: str
    owner: str


@dataclass
class Message:
    """Line of a sandbox's activity feed."""

    time: str
    text: str
