"""CloudShellLocal: a CloudShell server that runs inside a `with` block, for tests, demos and scripts."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, overload

from cloudshell_local.access import ADMIN, ADMIN_PASSWORD, DOMAIN
from cloudshell_local.execution.executions import Execution
from cloudshell_local.http import REST_PORT, listen
from cloudshell_local.server import Server
from cloudshell_local.services.container import Services
from cloudshell_local.services.networking.service_models import new_service
from cloudshell_local.settings import LOAD_SECONDS, SESSION_SECONDS, Settings
from cloudshell_local.shells.definition import ShellDefinition
from cloudshell_local.shells.folder import package_of
from cloudshell_local.storage.model import (
    GENERIC_APP_MODEL,
    App,
    Blueprint,
    Connector,
    DeploymentPath,
    Message,
    Resource,
    Sandbox,
)
from cloudshell_local.storage.parts import Parts

if TYPE_CHECKING:
    from cloudshell.api.cloudshell_api import CloudShellAPISession
    from cloudshell.rest.api import PackagingRestApiClient

Connection = tuple[str, str]
logger = logging.getLogger(__name__)


def default_environments() -> Path:
    """Return the folder in which drivers' Python environments are made and shared by all servers of a user.

    It is $CLOUDSHELL_LOCAL_ENVIRONMENTS if that is set, else cloudshell_local/environments in the user's cache folder.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("CLOUDSHELL_LOCAL_ENVIRONMENTS") or Path(cache) / "cloudshell_local" / "environments")


class CloudShellLocal:
    """A CloudShell server on this machine; it runs from the beginning of a `with` block to its end.

    >>> from cloudshell_local import CloudShellLocal
    >>> with CloudShellLocal() as cloudshell:
    ...     cloudshell.session().GetResourceList().Resources
    []

    address: the loopback address to listen on; None for the first free one. The automation API is on its port 8029, the
    REST API on 9000, and the portal on 8100 or, if that is taken, on any free port.
    data: the folder that keeps everything, so that the next server on it goes on from there; None for a temporary one. A
    server on a temporary one ends its sandboxes when it ends, since nobody could end them later; what it could not end, as a
    VM that could not be deleted, it logs as a warning.
    slots: the number of driver commands that run at the same time.
    idle_seconds: the time without commands after which a driver's process is ended.
    queue_seconds: the time that a command may wait for a slot; then it fails.
    load_seconds: the time that a driver may take to be loaded, and then to be initialized; then its process is killed.
    python: the interpreter that drivers run on whose shells ask for no other; the one that runs the server unless given.
    password: of the user `admin`, for this server and for a data folder from then on; the default one is `admin`.
    session_seconds: the time after which the session of a user ends if it is not used.
    allowed_hosts: host names to answer to, besides addresses and `localhost`.
    environments: the folder for the drivers' Python environments. To make one takes up to a minute, so all servers share
    `default_environments()` unless another folder is given.

    Entering the block raises LocalError: AddressTaken when the ports are not free, UnsuitablePython when drivers cannot run
    on the interpreter, or another one when the data folder is in use or cannot be read.
    """

    def __init__(
        self,
        address: str | None = None,
        data: Path | None = None,
        *,
        slots: int = 20,
        idle_seconds: float = 600,
        queue_seconds: float = 600,
        load_seconds: float = LOAD_SECONDS,
        python: str = sys.executable,
        password: str = "",
        session_seconds: float = SESSION_SECONDS,
        allowed_hosts: Sequence[str] = (),
        environments: Path | None = None,
    ) -> None:
        self._requested_address = address
        self._data = data
        self._keeps_data = data is not None
        self._settings = Settings(
            environments or default_environments(),
            slots,
            idle_seconds,
            queue_seconds,
            python,
            load_seconds,
            password,
            session_seconds,
            allowed_hosts,
        )
        self._stack = ExitStack()

    def __enter__(self) -> CloudShellLocal:
        with ExitStack() as stack:
            data = self._data or self._temporary_folder(stack)
            listeners = listen(self._requested_address)
            for listener in listeners:
                stack.enter_context(listener)
            self._server = Server(data, listeners, self._settings)
            stack.callback(self._server.close)
            if not self._data:
                stack.callback(self._end_sandboxes)
            running.append(self)
            stack.callback(running.remove, self)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind:
                for notify in on_error:
                    notify(self)
        finally:
            self._stack.close()

    def _temporary_folder(self, stack: ExitStack) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="cloudshell_local-"))
        stack.callback(lambda: None if self._keeps_data else shutil.rmtree(folder))
        return folder

    def _end_sandboxes(self) -> None:
        for problem in self.services.lifecycle.end_all():
            logger.warning("%s", problem)

    @property
    def address(self) -> str:
        """The address of the automation API, the REST API and the portal."""
        return self._server.address

    @property
    def portal(self) -> str:
        """The URL of the portal."""
        return f"http://{self.address}:{self._server.portal_port}/"

    @property
    def _password(self) -> str:
        return self._settings.password or ADMIN_PASSWORD

    @property
    def logs(self) -> Path:
        """The folder of the log files.

        It has a folder for each resource, with the files that its driver writes and driver.out, which has what the driver
        prints and the tracebacks of its commands; and the folder orchestration, with the files of setup and teardown.
        """
        return self.services.data.logs

    @property
    def is_temporary(self) -> bool:
        """Whether the data folder is deleted when the server ends."""
        return not self._keeps_data

    def keep_data(self) -> Path:
        """Keep the data folder when the server ends, also a temporary one, and return it: its logs may be needed."""
        self._keeps_data = True
        return self.services.data.path

    @property
    def services(self) -> Services:
        """The server's services (Inventory, blueprints, sandboxes, commands, ...), for what this class has no method for."""
        return self._server.services

    def session(self, user: str = ADMIN, password: str = "") -> CloudShellAPISession:
        """Log on to the automation API and return a session of Quali's cloudshell-automation-api.

        password: the one that the server was given for `admin`, unless another one is given here. Raises CloudShellAPIError
        when the user or the password is wrong.
        """
        from cloudshell.api.cloudshell_api import CloudShellAPISession

        return CloudShellAPISession(
            host=self.address, username=user, password=password or self._password, domain=DOMAIN
        )

    def rest(self, user: str = ADMIN, password: str = "") -> PackagingRestApiClient:
        """Log in to the REST API and return a client of Quali's cloudshell-rest-api.

        password: the one that the server was given for `admin`, unless another one is given here. Raises LoginFailedError
        when the user or the password is wrong.
        """
        from cloudshell.rest.api import PackagingRestApiClient

        return PackagingRestApiClient.login(self.address, user, password or self._password, DOMAIN, REST_PORT)

    def install(self, package: str | Path) -> ShellDefinition:
        """Install a shell, or update it if it is installed.

        package: the zip of `shellfoundry pack`, or the shell's project folder, which is packed as `shellfoundry pack` does.
        Returns the shell's definition. Raises InvalidPackage with every problem and its place, and InUse when the shell's
        model belongs to another shell.
        """
        return self.services.catalog.install(package_of(Path(package)), ADMIN)

    def create_resource(
        self,
        model: str,
        name: str,
        attributes: Mapping[str, str] | None = None,
        address: str = "",
        discover: bool = True,
    ) -> Resource:
        """Create a resource in Inventory, discover it if `discover` is true, and return it.

        A shell that has `enable_auto_discovery: false` is not discovered (`services.inventory.discover` does it anyway).
        model: the model of an installed shell. attributes: by short or full names, as Password or "<Model>.Password".
        address: needed unless the shell hides it. Raises NotFound for an unknown model or attribute, AlreadyExists, and
        WrongCall for a value that does not fit. CommandFailed tells why a discovery failed; the resource exists then, but is
        excluded, and a further call for its name takes its place.
        """
        self.services.inventory.create_again(model, name, address, attributes)
        if discover and self.services.catalog.of_model(model).discovery.is_enabled:
            self.services.inventory.discover(name)
        return self.services.store.resources.get(name)

    def add_app(
        self,
        name: str,
        option: str,
        provider: str,
        deployment: Mapping[str, str] | None = None,
        attributes: Mapping[str, str] | None = None,
        model: str = GENERIC_APP_MODEL,
    ) -> App:
        """Add an App template with one deployment path, replace one of the same name, and return its App.

        option: the deployment type, as "<Model>.<type>". provider: the name of the cloud provider resource.
        deployment: attributes of the deployment type. attributes: attributes of the App resource, as User and Password.
        Names of attributes may be short. model: the model of the App resource. Raises NotFound for what is unknown, and
        WrongCall for what does not fit.
        """
        path = DeploymentPath("", option, provider, dict(deployment or {}), default=True)
        app = self.services.blueprints.complete_app(name, model, attributes or {}, [path])
        return self.services.blueprints.add_template(app).app

    def add_blueprint(
        self,
        name: str,
        apps: Sequence[str] | Mapping[str, str],
        services: Mapping[str, tuple[str, Mapping[str, str]]] | None = None,
        connections: Sequence[Connection] = (),
    ) -> Blueprint:
        """Add a blueprint with the default setup and teardown, replace one of the same name, and return it.

        apps: names of App templates, or a mapping from the Apps' names to their templates'. services: a mapping from
        aliases to a service ("VLAN Auto", "VLAN Manual", "Subnet") and its attributes. connections: pairs of names of Apps
        and aliases of services. Raises NotFound for an unknown template or service, and WrongCall when two things have one
        name or a connection ends at nothing.
        """
        templates = apps if isinstance(apps, Mapping) else {name: name for name in apps}
        blueprints = self.services.blueprints
        return blueprints.add_blueprint(
            Blueprint(
                name,
                apps=Parts(blueprints.new_app(template, app) for app, template in templates.items()),
                services=Parts(new_service(kind, alias, values) for alias, (kind, values) in (services or {}).items()),
                connectors=Parts(Connector(source, target) for source, target in connections),
            )
        )

    def reserve(self, blueprint: str, name: str = "", minutes: int = 120, wait: bool = True) -> Sandbox:
        """Reserve a blueprint: make a sandbox from it and set it up.

        name: the sandbox's; the blueprint's unless given. minutes: its duration, after which it is torn down. Returns the
        sandbox when its setup has ended, or at once with wait=False. A setup that failed raises nothing: the sandbox's
        `state` is SandboxState.ACTIVE_WITH_ERROR then, and its activity feed says why. Raises NotFound and WrongCall.
        """
        sandbox = self.services.lifecycle.reserve(blueprint, name, ADMIN, minutes)
        return self.services.lifecycle.wait(sandbox.id) if wait else sandbox

    def end(self, sandbox: Sandbox, wait: bool = True) -> Sandbox:
        """End a sandbox: tear it down, and delete its deployed apps.

        Returns the sandbox when its teardown has ended, or at once with wait=False. A teardown that failed raises nothing:
        the `state` is SandboxState.COMPLETED_WITH_ERROR then. Raises NotFound, and WrongCall when the sandbox has ended
        already.
        """
        self.services.lifecycle.end(sandbox.id)
        return self.services.lifecycle.wait(sandbox.id) if wait else self.sandbox(sandbox)

    def renew_environment(self, shell: str) -> None:
        """Have the Python environment of a shell's driver made anew, with the newest packages, before its next command.

        Raises NotFound for a shell that is not installed.
        """
        self.services.commands.renew_environment(shell)

    def executions(self) -> list[Execution]:
        """Return the executions of driver commands, the newest last: ended, running and waiting ones.

        `record` of each has what the driver was sent, answered, raised, logged and printed. The last thousand that have
        ended are kept, with a data folder also for the next server on it.
        """
        return self.services.execution_server.executions()

    def stop(self, execution: Execution, kill: bool = False) -> None:
        """Stop a command, as the Stop button does; with kill=True, kill its driver's process, with all commands in it.

        A process can be killed while it loads the driver, too.
        Raises WrongCall for a command that has ended or, without kill, declares no EnableCancellation.
        """
        if kill:
            self.services.execution_server.terminate(execution.id)
        else:
            self.services.execution_server.stop(execution.id)

    @overload
    def sandbox(self, sandbox: Sandbox) -> Sandbox: ...
    @overload
    def sandbox(
        self, sandbox: str | Blueprint, name: str = "", minutes: int = 120
    ) -> AbstractContextManager[Sandbox]: ...
    def sandbox(
        self, sandbox: Sandbox | str | Blueprint, name: str = "", minutes: int = 120
    ) -> Sandbox | AbstractContextManager[Sandbox]:
        """Reserve a blueprint for a `with` block, or return the current state of a sandbox.

        With a blueprint, or its name: the block gets the sandbox when its setup has ended, as `reserve` returns it, and when
        the block ends, however that is, the sandbox is ended. With a sandbox: returns it as it is now. Raises NotFound.
        """
        if isinstance(sandbox, Sandbox):
            return self.services.sandboxes.get(sandbox.id)
        return self._sandbox_of(sandbox if isinstance(sandbox, str) else sandbox.name, name, minutes)

    @contextmanager
    def _sandbox_of(self, blueprint: str, name: str, minutes: int) -> Iterator[Sandbox]:
        sandbox = self.reserve(blueprint, name, minutes, wait=False)
        try:
            yield self.services.lifecycle.wait(sandbox.id)
        finally:
            self.services.lifecycle.ensure_ended(sandbox.id)

    def feed(self, sandbox: Sandbox) -> list[Message]:
        """Return the activity feed of a sandbox, the newest line last."""
        return self.services.sandboxes.feed(sandbox.id)

    def deployed(self, sandbox: Sandbox) -> dict[str, Resource]:
        """Return the resources of a sandbox's deployed apps, as they are now, by the names of their Apps."""
        resources = [self.services.store.resources.get(name) for name in self.sandbox(sandbox).resources]
        return {each.app.name: each for each in resources if each.app}


# The servers that run in this process, and what is called when one ends because of an error in its block, before it ends.
running: list[CloudShellLocal] = []
on_error: list[Callable[[CloudShellLocal], None]] = []
