"""Demo: the developer guide's way through CloudShell for both shells, on a CloudShell of this machine.

The stock `shellfoundry install`, a resource in Inventory, Apps from the shell's deployment types, a sandbox that Quali's own
orchestration sets up and tears down. Each promise on the way is checked, and a broken one ends the walk.
"""

from __future__ import annotations

import logging
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

from cloudshell.api.common_cloudshell_api import CloudShellAPIError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cloudshell_local import CloudShellLocal
from cloudshell_local.errors import LocalError
from heavenly.pack import BUILD, ENVIRONMENTS, PackError, pack, shellfoundry

PASSWORD = "halo"  # noqa: S105 - the one that the attribute's description tells everybody
APP_PASSWORD = "feather-light"  # noqa: S105 - of nothing but the demo's Apps
KEY_MARK = "PRIVATE KEY"
POLL_SECONDS = 0.05
Report = Callable[[str], None]
Connection = tuple[str, str]


class BrokenPromise(Exception):
    """A promise that was broken, in one sentence."""


def promise(kept: object, what: str) -> None:
    """Raise BrokenPromise unless it is kept."""
    if not kept:
        raise BrokenPromise(what)


@dataclass(frozen=True)
class Plan:
    """The sandbox of one shell: its services by alias, and the connectors between them and the Apps."""

    shell: str
    blueprint: str
    services: Mapping[str, tuple[str, Mapping[str, str]]]
    connections: Sequence[Connection]
    networks: Mapping[str, int]  # how many network interfaces each App has then


PLANS = (
    Plan(
        "L2HeavenlyCloudShell",
        "Two VMs on a VLAN",
        {"Choir": ("VLAN Auto", {})},
        (("Angel", "Choir"), ("Man", "Choir"), ("Angel", "Man")),
        {"Angel": 3, "Man": 3},
    ),
    Plan(
        "L3HeavenlyCloudShell",
        "Two VMs on two subnets",
        {"Gate": ("Subnet", {"Public": "True"}), "Garden": ("Subnet", {"Public": "False"})},
        (("Angel", "Gate"), ("Angel", "Garden"), ("Man", "Garden")),
        {"Angel": 2, "Man": 1},
    ),
)


@dataclass
class Walkthrough:
    """One shell's way through the guide. api: a session of Quali's client; rows: what was deployed, and where."""

    plan: Plan
    cloudshell: CloudShellLocal
    report: Report
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.api: Any = self.cloudshell.session()
        self.provider = f"Heaven of {self.plan.shell[:2]}"

    def run(self) -> None:
        """Go the whole way; raise BrokenPromise, LocalError or CloudShellAPIError."""
        self._install()
        self._inventory()
        self._apps()
        self._sandbox()

    def _report(self, chapter: str, text: str) -> None:
        self.report(f"  {chapter}: {text}")

    def _install(self) -> None:
        for _ in range(2):  # The second time, it is an update.
            install(BUILD / self.plan.shell, self.cloudshell.address)
        shell = self.cloudshell.rest().get_shell(self.plan.shell)
        promise(shell["Version"], "an installed shell has a version")
        options = [option.name for option in self.cloudshell.services.catalog.shell(self.plan.shell).options]
        self._report("Install", f"{self.plan.shell} {shell['Version']}, with {' and '.join(options)}")

    def _inventory(self) -> None:
        self.cloudshell.create_resource(self.plan.shell, self.provider, {"Password": "horns"}, discover=False)
        self._refused()
        self.api.SetAttributeValue(self.provider, f"{self.plan.shell}.Password", PASSWORD)
        self.api.AutoLoad(self.provider)
        resource = self.api.GetResourceDetails(self.provider)
        promise(not resource.Excluded, "a discovered resource can be used")
        self._report("Inventory", f"{self.provider} was discovered, {resource.ResourceLiveStatusName}")

    def _refused(self) -> None:
        try:
            self.api.AutoLoad(self.provider)
        except CloudShellAPIError as error:
            promise(self.api.GetResourceDetails(self.provider).Excluded, "what cannot be discovered is excluded")
            self._report("Inventory", f"with a wrong password: {error.message.rpartition('Description: ')[2]}")
        else:
            raise BrokenPromise("a wrong password is refused")

    def _apps(self) -> None:
        for name, values in (("Angel", {"wing_count": "6"}), ("Man", {"height": "180.5"})):
            option = f"{self.plan.shell}.HeavenlyCloud{name}Deployment"
            user = {"User": "ubuntu", "Password": APP_PASSWORD}
            self.cloudshell.add_app(name, option, self.provider, {**values, "cloud_image_id": "ubuntu"}, user)
            self._report("Apps", f"{name} is {option} on {self.provider}")
        plan = self.plan
        self.cloudshell.add_blueprint(plan.blueprint, ["Angel", "Man"], plan.services, plan.connections)

    def _sandbox(self) -> None:
        reserved = self.api.CreateImmediateTopologyReservation(
            reservationName=self.plan.blueprint, durationInMinutes=60, topologyFullPath=self.plan.blueprint
        )
        sandbox = reserved.Reservation.Id
        self._follow(sandbox, lambda status: status.ProvisioningStatus in ("Ready", "Error"))
        promise(self._status(sandbox).ProvisioningStatus == "Ready", "setup succeeds")
        self._note_deployed(sandbox)
        self._use(sandbox)
        self.api.EndReservation(sandbox)
        self._follow(sandbox, lambda status: status.Status == "Completed")
        promise(self._status(sandbox).ProvisioningStatus == "Ready", "teardown succeeds")
        left = [row[1] for row in self.rows if row[1] in [each.Name for each in self.api.GetResourceList().Resources]]
        promise(not left, "teardown leaves nothing")

    def _status(self, sandbox: str) -> Any:
        return self.api.GetReservationStatus(sandbox).ReservationSlimStatus

    def _follow(self, sandbox: str, until: Callable[[Any], bool]) -> None:
        """Show the activity feed as it grows."""
        shown = len(self.cloudshell.services.sandboxes.feed(sandbox)) if self.rows else 0
        done = False
        while not done:
            done = until(self._status(sandbox))
            feed = self.cloudshell.services.sandboxes.feed(sandbox)
            for message in feed[shown:]:
                self._report("Sandbox", message.text)
            shown = len(feed)
            time.sleep(0 if done else POLL_SECONDS)

    def _note_deployed(self, sandbox: str) -> None:
        details = self.api.GetReservationDetails(sandbox, True).ReservationDescription
        promise({line.State for line in details.Connectors} == {"Connected"}, "every line is connected")
        for each in details.Resources:
            resource = self.api.GetResourceDetails(each.Name)
            promise(resource.ResourceLiveStatusName == "Online", "a VM that was powered on has the icon Online")
            self._look_at(each.AppDetails.AppName, resource)

    def _look_at(self, app: str, resource: Any) -> None:
        networks = resource.VmDetails.NetworkData
        promise(len(networks) == self.plan.networks[app], f"{app} has {self.plan.networks[app]} network interfaces")
        shown = [item.Value for network in networks for item in network.AdditionalData]
        promise(resource.Address in shown, "VM details show the resource's address")
        public = next(item.Value for item in resource.ResourceAttributes if item.Name == "Public IP")
        where = "\n".join(network.NetworkId for network in networks)
        addresses = "\n".join(filter(None, (resource.Address, public)))
        self.rows.append((app, resource.Name, addresses, where, resource.ResourceLiveStatusName))

    def _use(self, sandbox: str) -> None:
        name = self.rows[0][1]
        for command, tag, icon in (("PowerOff", "power", "Offline"), ("PowerOn", "power", "Online")):
            self.api.ExecuteResourceConnectedCommand(sandbox, name, command, tag)
            promise(self.api.GetResourceLiveStatus(name).liveStatusName == icon, f"{command} sets the icon {icon}")
            self._report("Sandbox", f"{command} on {name}: {icon}")


def install(folder: Path, address: str) -> None:
    """Run the stock `shellfoundry install` in a shell's folder, to the CloudShell at an address; raise BrokenPromise."""
    with tempfile.TemporaryDirectory() as home:
        config = folder / "cloudshell_config.yml"
        config.write_text(f"install: {{host: {address}, port: 9000}}\n")
        command = [str(shellfoundry()), "install"]
        variables = {**os.environ, "HOME": home}
        done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
        config.unlink()
    promise(
        done.returncode == 0 and "Successfully installed" in done.stdout, f"shellfoundry installs it: {done.stdout}"
    )


class _Progress(logging.Handler):
    """Reports the server's messages about long work, as making an environment."""

    def __init__(self, report: Report) -> None:
        super().__init__(logging.INFO)
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        self._report(f"  {record.getMessage()}")


@contextmanager
def _progress(report: Report) -> Iterator[None]:
    logger, handler = logging.getLogger("cloudshell_local"), _Progress(report)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def run(report: Report = print, build: Path = BUILD) -> bool:
    """Run the demo for both shells; report progress, print what was deployed, and return whether every promise was kept."""
    pack(build, report)
    report("Starting a CloudShell on this machine")
    with CloudShellLocal(environments=ENVIRONMENTS) as cloudshell, _progress(report):
        report(f"It is on {cloudshell.address}")
        kept = all([_keeps_its_promises(Walkthrough(plan, cloudshell, report)) for plan in PLANS])
        hidden = _secrets_in(cloudshell.logs)
    if hidden:
        Console().print(f"[bold red]A promise was broken:[/] {escape(hidden)}", highlight=False)
    report("Every promise was kept." if kept and not hidden else "A promise was broken; see above.")
    return kept and not hidden


def _keeps_its_promises(walkthrough: Walkthrough) -> bool:
    walkthrough.report(f"{walkthrough.plan.shell}")
    broken = ""
    try:
        walkthrough.run()
    except (BrokenPromise, LocalError, CloudShellAPIError, PackError) as error:
        broken = str(error)
    _show(walkthrough, broken)
    return not broken


def _secrets_in(logs: Path) -> str:
    """Look through all logs for what must not be there."""
    secrets = (KEY_MARK, APP_PASSWORD, f"'{PASSWORD}'", f'"{PASSWORD}"')
    for path in (path for path in logs.rglob("*") if path.is_file()):
        text = path.read_text(errors="replace")
        if any(secret in text for secret in secrets):
            return f"no secret is in a log, but one is in {path.name}"
    return ""


def _show(walkthrough: Walkthrough, broken: str) -> None:
    headings = ("App", "Deployed as", "Addresses", "Networks", "Live status")
    table = Table(title=f"What {walkthrough.plan.shell} deployed, and where", title_justify="left")
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    for row in walkthrough.rows:
        table.add_row(*row)
    console = Console()
    console.print(table)
    if broken:
        texts = f"[bold red]{walkthrough.plan.shell}: a promise was broken:[/] {escape(broken)}"
        console.print(texts, highlight=False)
