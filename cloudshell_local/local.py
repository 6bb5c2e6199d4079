"""CloudShellLocal: a CloudShell in a `with`, for tests and demos."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from cloudshell_local.access import ADMIN, ADMIN_PASSWORD, DOMAIN
from cloudshell_local.execution.execution_server import Execution
from cloudshell_local.http import REST_PORT, listen
from cloudshell_local.server import Server
from cloudshell_local.services.container import Services
from cloudshell_local.services.networking.service_models import new_service
from cloudshell_local.settings import Settings
from cloudshell_local.shells.definition import ShellDefinition
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

Connection = tuple[str, str]


def default_environments() -> Path:
    """Return where environments are made once for all: $CLOUDSHELL_LOCAL_ENVIRONMENTS, or in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("CLOUDSHELL_LOCAL_ENVIRONMENTS") or Path(cache) / "cloudshell_local" / "environments")


class CloudShellLocal:
    """A CloudShell on this machine, from `with` to its end.

    address: a loopback one, the first free if None; its ports are 8029 and 9000. data: the folder where all is kept; if
    None, a new one that is deleted at the end. python: the interpreter that drivers run on. environments: where those of
    drivers are made; making one takes a while, so they are shared by default. The others are as in `Settings`.

    >>> from cloudshell_local import CloudShellLocal
    >>> with CloudShellLocal() as cloudshell:
    ...     cloudshell.session().GetResourceList().Resources
    []
    """

    def __init__(
        self,
        address: str | None = None,
        data: Path | None = None,
        *,
        slots: int = 20,
        idle_seconds: float = 600,
        queue_seconds: float = 600,
        python: str = sys.executable,
        environments: Path | None = None,
    ) -> None:
        self._wanted_address = address
        self._data = data
        self._settings = Settings(environments or default_environments(), slots, idle_seconds, queue_seconds, python)
        self._stack = ExitStack()

    def __enter__(self) -> CloudShellLocal:
        with ExitStack() as stack:
            data = self._data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloudshell_local-")))
            listeners = listen(self._wanted_address)
            for listener in listeners:
                stack.enter_context(listener)
            self._server = Server(data, listeners, self._settings)
            stack.callback(self._server.close)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def address(self) -> str:
        """Where its APIs are."""
        return self._server.address

    @property
    def services(self) -> Services:
        """The services of the running server: Inventory, blueprints, sandboxes, commands and the others."""
        return self._server.services

    @property
    def portal(self) -> str:
        """Where the portal is."""
        return f"http://{self.address}:{self._server.portal_port}/"

    @property
    def logs(self) -> Path:
        """Where drivers and orchestration log, and what drivers print goes (driver.out)."""
        return self.services.data.logs

    def session(self, user: str = ADMIN, password: str = ADMIN_PASSWORD) -> Any:
        """Return a CloudShellAPISession of Quali's cloudshell-automation-api."""
        from cloudshell.api.cloudshell_api import CloudShellAPISession

        return CloudShellAPISession(host=self.address, username=user, password=password, domain=DOMAIN)

    def rest(self, user: str = ADMIN, password: str = ADMIN_PASSWORD) -> Any:
        """Return a PackagingRestApiClient of Quali's cloudshell-rest-api."""
        from cloudshell.rest.api import PackagingRestApiClient

        return PackagingRestApiClient.login(self.address, user, password, DOMAIN, REST_PORT)

    def install(self, package: Path) -> ShellDefinition:
        """Install a shell's package, or update the shell; raise InvalidPackage with all that is wrong."""
        return self.services.catalog.install(package.read_bytes(), ADMIN)

    def create_resource(
        self,
        model: str,
        name: str,
        attributes: Mapping[str, str] | None = None,
        address: str = "",
        discover: bool = True,
    ) -> Resource:
        """Create a resource in Inventory and discover it; return it as it is then. Raises LocalError."""
        self.services.inventory.create(model, name, address, attributes)
        if discover:
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
        """Add an App template with one deployment path: a deployment type ("<Model>.<type>") on a provider resource.

        deployment: the deployment type's attributes; attributes: the App resource's, as User and Password. Names may be
        short.
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
        """Add a blueprint, with Quali's default orchestration.

        apps: App templates, or the names of Apps and their templates; services: by alias, which service ("VLAN Auto",
        "VLAN Manual", "Subnet") and its attributes; connections: pairs of names.
        """
        templates = apps if isinstance(apps, Mapping) else {name: name for name in apps}
        return self.services.blueprints.add_blueprint(
            Blueprint(
                name,
                apps=[self.services.blueprints.new_app(template, app) for app, template in templates.items()],
                services=[new_service(kind, alias, values) for alias, (kind, values) in (services or {}).items()],
                connectors=[Connector(source, target) for source, target in connections],
            )
        )

    def reserve(self, blueprint: str, name: str = "", minutes: int = 120, wait: bool = True) -> Sandbox:
        """Make a sandbox from a blueprint and set it up; return it when that is done, unless told not to wait."""
        sandbox = self.services.lifecycle.reserve(blueprint, name or blueprint, ADMIN, minutes)
        return self.services.lifecycle.wait(sandbox.id) if wait else sandbox

    def end(self, sandbox: Sandbox, wait: bool = True) -> Sandbox:
        """Tear a sandbox down; return it when that is done, unless told not to wait."""
        self.services.lifecycle.end(sandbox.id)
        return self.services.lifecycle.wait(sandbox.id) if wait else self.services.sandboxes.get(sandbox.id)

    def executions(self) -> list[Execution]:
        """Return the drivers' commands that ran, run and wait, the newest last: with their state, times and results."""
        return self.services.execution_server.executions()

    def stop(self, execution: Execution, kill: bool = False) -> None:
        """Stop a command, as the Stop button does; kill: end its driver's process, too. Raises WrongCall."""
        if kill:
            self.services.execution_server.terminate(execution.id)
        else:
            self.services.execution_server.stop(execution.id)

    def sandbox(self, sandbox: Sandbox) -> Sandbox:
        """Return a sandbox as it is now."""
        return self.services.sandboxes.get(sandbox.id)

    def feed(self, sandbox: Sandbox) -> list[Message]:
        """Return a sandbox's activity feed, the newest last."""
        return self.services.sandboxes.feed(sandbox.id)

    def deployed(self, sandbox: Sandbox) -> dict[str, Resource]:
        """Return a sandbox's deployed apps as they are now, by their Apps' names."""
        now = self.services.sandboxes.get(sandbox.id)
        resources = [self.services.store.resources.get(name) for name in now.resources]
        return {each.app.name: each for each in resources if each.app}
