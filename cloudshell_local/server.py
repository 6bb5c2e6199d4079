"""A whole CloudShell: what each part needs is given to it here, and nowhere else."""

from __future__ import annotations

import fcntl
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cloudshell_local.access import Access
from cloudshell_local.automation_api.api import AutomationApi
from cloudshell_local.automation_api.apps import AppOperations
from cloudshell_local.automation_api.commands import CommandOperations
from cloudshell_local.automation_api.pools import PoolOperations
from cloudshell_local.automation_api.reservation_contents import ReservationContentOperations
from cloudshell_local.automation_api.reservations import ReservationOperations
from cloudshell_local.automation_api.resources import ResourceOperations
from cloudshell_local.automation_api.sessions import SessionOperations
from cloudshell_local.automation_api.topologies import TopologyOperations
from cloudshell_local.errors import DriverDied, DriverNotLoaded, LocalError
from cloudshell_local.execution.environments import is_there
from cloudshell_local.execution.execution_server import ExecutionServer
from cloudshell_local.http import HttpServer, close_all
from cloudshell_local.orchestration.runner import Orchestration
from cloudshell_local.portal.apps import AppPages
from cloudshell_local.portal.blueprints import BlueprintPages
from cloudshell_local.portal.events import Events
from cloudshell_local.portal.executions import ExecutionPages
from cloudshell_local.portal.inventory import InventoryPages
from cloudshell_local.portal.log_in import LogInPages
from cloudshell_local.portal.portal import Pages, Portal
from cloudshell_local.portal.sandboxes import SandboxPages
from cloudshell_local.portal.shells import ShellPages
from cloudshell_local.portal.web import Web
from cloudshell_local.portal.workspace import Workspaces
from cloudshell_local.rest_api.api import RestApi
from cloudshell_local.rest_api.packages import Packages
from cloudshell_local.services.background import Background
from cloudshell_local.services.blueprints import Blueprints
from cloudshell_local.services.commands.commands import Commands, unpack
from cloudshell_local.services.commands.contexts import Contexts
from cloudshell_local.services.inventory import Inventory
from cloudshell_local.services.networking.checkouts import Pools
from cloudshell_local.services.networking.subnets import Subnets
from cloudshell_local.services.networking.vlans import Vlans
from cloudshell_local.services.sandboxes.deployment import Deployment
from cloudshell_local.services.sandboxes.lifecycle import Lifecycle
from cloudshell_local.services.sandboxes.sandboxes import Sandboxes
from cloudshell_local.shells.catalog import Catalog, driver_archive
from cloudshell_local.shells.definition import ShellDefinition
from cloudshell_local.shells.driver_source import REQUIREMENTS
from cloudshell_local.storage.changes import EXECUTION
from cloudshell_local.storage.passwords import Passwords
from cloudshell_local.storage.store import Store


@dataclass(frozen=True)
class Settings:
    """slots: how many commands of drivers run at once; idle_seconds: after which a driver's process is ended;
    queue_seconds: how long a command may wait; python: the interpreter for the environments, which lie in `environments`.
    """

    environments: Path
    slots: int = 20
    idle_seconds: float = 600
    queue_seconds: float = 600
    python: str = field(default=sys.executable)


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Keep other servers off the data folder; raise LocalError if one is there."""
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LocalError(f"The data folder {data} is in use by another server; end it, or take another") from None
        yield


class Server:
    """data: the folder where all is kept; listeners: on the ports of the automation API, the REST API and the portal."""

    def __init__(self, data: Path, listeners: Sequence[socket.socket], settings: Settings) -> None:
        self.address = str(listeners[0].getsockname()[0])
        self.portal_port = int(listeners[-1].getsockname()[1])
        self.data = data
        self.logs = data / "logs"
        self._settings = settings
        self._stack = ExitStack()
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with ExitStack() as stack:
            self._make_foundation(stack)
            self._make_lab(stack)
            rest_api = RestApi(self.access, self.catalog, Packages(self.store, self.blueprints))
            portal = self._portal(stack)
            apps = (self._automation_api().app, rest_api.app, portal.app)
            self._http += [HttpServer(app, listener) for app, listener in zip(apps, listeners)]
            self._stack = stack.pop_all()

    def _make_foundation(self, stack: ExitStack) -> None:
        settings = self._settings
        stack.enter_context(_alone(self.data))
        self.store = Store(self.data / "cloudshell.db")
        stack.callback(self.store.close)
        self.background = Background(self.store.changes)
        stack.callback(self.background.close)
        # Closed after what calls wait for, or it would wait for them; made last.
        self._http: list[HttpServer] = []
        stack.callback(close_all, self._http)
        self.passwords = Passwords(self.data / "password.key")
        self.access = Access(self.store)
        self.execution_server = ExecutionServer(
            settings.environments,
            self.logs,
            self.access.command_token,
            settings.slots,
            settings.idle_seconds,
            settings.queue_seconds,
            settings.python,
            lambda: self.store.changes.tell(EXECUTION),
        )
        stack.callback(self.execution_server.close)
        self.catalog = Catalog(self.store, self.data / "shells", self._check_driver)

    def _make_lab(self, stack: ExitStack) -> None:
        store, catalog, passwords, executions = self.store, self.catalog, self.passwords, self.execution_server
        contexts = Contexts(self.address)
        commands = self.commands = Commands(store, catalog, passwords, executions, contexts, self._drivers())
        self.inventory = Inventory(store, catalog, passwords, commands, executions)
        self.blueprints = Blueprints(store, catalog, passwords)
        sandboxes = self.sandboxes = Sandboxes(store)
        vlans = self.vlans = Vlans(store, commands, sandboxes)
        subnets = self.subnets = Subnets(store, passwords, commands, sandboxes)
        self.deployment = Deployment(store, catalog, passwords, commands, sandboxes, vlans, subnets, executions)
        pools = self.pools = Pools(store)
        settings, logs = self._settings, self.logs / "orchestration"
        scripts = Orchestration(settings.environments, logs, self.address, self.access, settings.python)
        self.lifecycle = Lifecycle(store, self.blueprints, sandboxes, self.deployment, vlans, subnets, pools, scripts)
        stack.callback(self.lifecycle.close)

    def close(self) -> None:
        """End all that runs; what is kept stays."""
        self._stack.close()

    def _automation_api(self) -> AutomationApi:
        groups: list[object] = [
            SessionOperations(self.access, self.passwords),
            ResourceOperations(self.store, self.catalog, self.inventory, self.commands),
            ReservationOperations(self.store, self.catalog, self.sandboxes, self.lifecycle),
            ReservationContentOperations(self.blueprints, self.sandboxes, self.deployment),
            TopologyOperations(self.store, self.catalog, self.blueprints),
            AppOperations(self.store, self.commands, self.sandboxes, self.deployment, self.vlans, self.subnets),
            PoolOperations(self.pools),
            CommandOperations(self.store, self.commands, self.sandboxes, self.lifecycle),
        ]
        return AutomationApi(self.access, groups)

    def _portal(self, stack: ExitStack) -> Portal:
        web, store, catalog, passwords = Web(self.access), self.store, self.catalog, self.passwords
        executions, background = self.execution_server, self.background
        groups: list[Pages] = [
            LogInPages(web, self.access),
            InventoryPages(web, store, catalog, passwords, self.inventory, background),
            ShellPages(web, catalog),
            AppPages(web, store, catalog, passwords, self.blueprints),
            BlueprintPages(web, store, self.blueprints, self.lifecycle),
            SandboxPages(
                web,
                store,
                self.sandboxes,
                self.lifecycle,
                self.commands,
                self.deployment,
                self.vlans,
                executions,
                background,
                Workspaces(store, passwords, self.commands, self.deployment),
            ),
            ExecutionPages(web, store, executions),
        ]
        portal = Portal(web, Events(web, store.changes), groups)
        stack.callback(portal.close)
        return portal

    def _drivers(self) -> Path:
        folder = self.data / "drivers"
        folder.mkdir(exist_ok=True)
        return folder

    def _check_driver(self, package: bytes, definition: ShellDefinition) -> str | None:
        """Import the driver if its environment is there: making one takes longer than an install may."""
        with tempfile.TemporaryDirectory(dir=self._drivers()) as temporary:
            folder = Path(temporary) / "driver"
            unpack(driver_archive(package, definition), folder)
            if not is_there(folder / REQUIREMENTS, self._settings.environments, self._settings.python):
                return None
            try:
                self.execution_server.is_loadable(folder)
            except (DriverNotLoaded, DriverDied) as error:
                return str(error)
        return None
