"""Deployment of one App by hand, in an active sandbox: all that a setup does for it, in the same order.

"Manually by the user after adding an App to an active sandbox" the same methods are run as in a setup: docs/reference/
server.md §5, Deployment in a sandbox. Which of them, the options of the App's deployment path say, as orchestration reads
them (docs/reference/server.md §3).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from cloudshell_local.errors import CommandFailed, LocalError, NoDriver, NoSuchCommand
from cloudshell_local.services import attributes
from cloudshell_local.services.commands.service import ERROR, CommandService
from cloudshell_local.services.diagrams import connectors_of
from cloudshell_local.services.inventory import Inventory
from cloudshell_local.services.networking.vlans import Vlans
from cloudshell_local.services.sandboxes.deployment import DeploymentService
from cloudshell_local.services.sandboxes.sandboxes import Sandboxes
from cloudshell_local.storage.model import CONNECTED, Connector, Resource, Sandbox

IP_COMMAND = "remote_refresh_ip"
Step = Callable[[str, Resource], None]


class ManualDeployment:
    """Deploys an App as a setup does: Deploy, discovery, connecting, Power On, waiting for the IP, and VM details."""

    def __init__(
        self,
        deployment: DeploymentService,
        inventory: Inventory,
        commands: CommandService,
        sandboxes: Sandboxes,
        vlans: Vlans,
    ) -> None:
        self._deployment = deployment
        self._inventory = inventory
        self._commands = commands
        self._sandboxes = sandboxes
        self._vlans = vlans

    def deploy(self, sandbox_id: str, name: str) -> None:
        """Deploy an App of a sandbox, and make it ready as its options say.

        An error of Deploy itself is in the activity feed and on the App. Raises CommandFailed for one of a later step, which
        it names; the deployed app stays. Raises NotFound before anything is done.
        """
        (result,) = self._deployment.deploy(sandbox_id, [name])
        if not result.resource or result.error:
            return
        for phrase, step in self._steps(result.resource):
            self._run(phrase, step, sandbox_id, result.resource)
        self._sandboxes.post(sandbox_id, f"The App '{name}' is ready")

    def _steps(self, resource: Resource) -> list[tuple[str, Step]]:
        """Return the steps after Deploy that a deployed app's options ask for, each with a phrase for people."""
        options = resource.app.path.attributes if resource.app else {}
        steps: list[tuple[str, str, Step]] = [
            ("Discovery", "Autoload", self._discover),
            ("Connecting", "", self._connect),
            ("Powering on", "Auto Power On", lambda sandbox_id, app: self._run_on_app(sandbox_id, app, "PowerOn")),
            ("Obtaining an IP", "Wait for IP", lambda sandbox_id, app: self._run_on_app(sandbox_id, app, IP_COMMAND)),
            ("Refreshing the VM details", "", lambda sandbox_id, app: self._deployment.refresh(sandbox_id, [app.name])),
        ]
        return [(phrase, step) for phrase, option, step in steps if not attributes.is_off(options, option)]

    def _run(self, phrase: str, step: Step, sandbox_id: str, resource: Resource) -> None:
        try:
            step(sandbox_id, resource)
        except LocalError as error:
            self._commands.set_live_status(resource, ERROR, f"{phrase} has failed")
            raise CommandFailed(f"{phrase} has failed: {error}") from error

    def _discover(self, sandbox_id: str, resource: Resource) -> None:
        # As in a setup, an App without a driver, or whose driver discovers nothing, is not discovered.
        with suppress(NoDriver, NoSuchCommand):
            self._inventory.discover(resource.name)

    def _connect(self, sandbox_id: str, resource: Resource) -> None:
        """Connect the App's lines, but those to Apps that are not deployed yet; on an L3 provider, Deploy has done so."""
        if resource.vm_details and self._commands.is_l3(resource.vm_details.provider):
            return
        sandbox = self._sandboxes.get(sandbox_id)
        lines = [each for each in connectors_of(sandbox, resource.name) if _is_to_connect(sandbox, each)]
        if lines:
            self._vlans.connect(sandbox_id, [end for line in lines for end in (line.source, line.target)])

    def _run_on_app(self, sandbox_id: str, resource: Resource, command: str) -> None:
        self._commands.run_on_app(resource, command, self._sandboxes.get(sandbox_id))


def _is_to_connect(sandbox: Sandbox, line: Connector) -> bool:
    is_waiting = sandbox.apps.has(line.source) or sandbox.apps.has(line.target)
    return line.state != CONNECTED and not is_waiting
