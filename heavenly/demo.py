"""Takes both packed shells through the whole life of a sandbox, as a CloudShell would: each driver runs from its zip, in an
environment made from its own requirements, in a process of its own, and talks over HTTP to a small automation API."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

from rich.console import Console
from rich.table import Table

from cloudshell_local import contexts
from cloudshell_local.automation_api import AutomationApi, Resource
from cloudshell_local.contexts import App, Sandbox
from cloudshell_local.driver_process import DriverProcess
from cloudshell_local.environments import environment
from cloudshell_local.errors import LocalError
from cloudshell_local.installed_shell import unpack_driver
from heavenly.pack import BUILD, ENVIRONMENTS, pack

PASSWORD = "halo"  # noqa: S105 - the one that the attribute's description tells everybody
KEY_MARK = "PRIVATE KEY"
Report = Callable[[str], None]


class BrokenPromise(Exception):
    """What should have been and was not, in one sentence."""


def promise(kept: object, what: str) -> None:
    """Raise BrokenPromise unless it is kept."""
    if not kept:
        raise BrokenPromise(what)


@dataclass
class Story:
    """One shell's way through a sandbox: what was done, and what came of it."""

    shell: str
    driver: DriverProcess
    api: AutomationApi
    sandbox: Sandbox
    report: Report
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def on_provider(self, command: str, **parameters: str) -> Any:
        """Do a command on the cloud provider resource; return what its answer says."""
        return self._run(command, self.sandbox.resource_context, **parameters)

    def on_app(self, command: str, app: App, reserved: bool = True) -> None:
        """Do a command on a deployed app."""
        self._run(command, lambda token: self.sandbox.remote_context(token, app, reserved), ports=[])

    def _run(self, command: str, context: Callable[[str], contexts.Json], **parameters: Any) -> Any:
        token = self.api.new_token()
        try:
            answer = self.driver.run(command, context(token), **parameters)
        finally:
            self.api.end_token(token)  # A command's token dies with the command.
        return json.loads(answer) if answer else None

    def initialize(self) -> str:
        """The first command of all."""
        self._run("initialize", self.sandbox.init_context)
        return "the driver is ready"

    def discover(self) -> Any:
        """Run get_inventory."""
        return self._run("get_inventory", self.sandbox.autoload_context)

    def actions(self, command: str, *actions: contexts.Json) -> list[Any]:
        """Do a command with actions; return the results in the order of the actions."""
        answer = self.on_provider(command, request=contexts.request(actions))
        results = {result["actionId"]: result for result in answer["driverResponse"]["actionResults"]}
        promise(len(results) == len(actions), f"{command} answers each action once")
        for result in results.values():
            promise(result["success"], f"{command} succeeds: {result['errorMessage']}")
        return [results[action["actionId"]] for action in actions]

    def tell(self, step: str, what: Callable[[], str], *apps: App) -> None:
        """Do a step, and note what it says it did."""
        begin = time.perf_counter()
        done = what()
        status = ", ".join(self.status(app) for app in apps)
        self.rows.append((step, done, status, f"{1000 * (time.perf_counter() - begin):.0f} ms"))
        self.report(f"  {self.shell}: {step}: {done}")

    def status(self, app: App) -> str:
        """Return the app's live status, as its icon shows it."""
        shown = self.api.resources[app.resource_name].live_status
        return shown[-1][0] if shown else "-"

    def deploy(self, app: App, *subnets: contexts.Json) -> str:
        """Deploy an App, and make its resource as the server does."""
        result = self.actions("Deploy", *subnets, contexts.deploy_app(app))[-1]
        app.deployed(result)
        shown = {nic["privateIpAddress"] for nic in result["vmDetailsData"]["vmNetworkData"]}
        promise(app.address in shown, "Deploy's address is one that its VM details show")
        self.api.resources[app.resource_name] = Resource(app.resource_name, app.address, dict(app.attributes))
        return f"{app.resource_name} at {app.address}"

    def details(self, *apps: App) -> dict[str, Any]:
        """Return the VM details by the app's name."""
        answer = self.on_provider("GetVmDetails", requests=contexts.vm_details(apps))
        promise(
            [item["appName"] for item in answer] == [app.resource_name for app in apps], "VM details are of the apps"
        )
        return {item["appName"]: item for item in answer}

    def power(self, command: str, *apps: App) -> str:
        """Power apps on or off, and look at their icons."""
        for app in apps:
            self.on_app(command, app)
            expected = "Online" if command == "PowerOn" else "Offline"
            promise(self.status(app) == expected, f"{command} sets the live status {expected}")
        return f"{len(apps)} VMs"

    def refresh_ip(self, *apps: App) -> str:
        """Forget the apps' addresses, and have them refreshed."""
        for app in apps:
            address, app.address = app.address, ""
            self.api.resources[app.resource_name].address = ""
            self.on_app("remote_refresh_ip", app)
            app.address = self.api.resources[app.resource_name].address
            promise(app.address == address, "Refresh IP finds the address that Deploy gave")
        return ", ".join(app.address for app in apps)

    def delete(self, *apps: App) -> str:
        """Delete apps, twice and out of the sandbox: what is gone is fine."""
        for app in apps:
            self.on_app("DeleteInstance", app)
            self.on_app("DeleteInstance", app, reserved=False)
        gone = self.details(*apps)
        promise(all("not found" in item["errorMessage"] for item in gone.values()), "what is deleted is gone")
        return f"{len(apps)} VMs are gone"


def angel(shell: str, **deployment: str) -> App:
    """Return an App that is an angel."""
    return _app("Angel", shell, "HeavenlyCloudAngelDeployment", wing_count="6", flight_speed="11.5", **deployment)


def man(shell: str, **deployment: str) -> App:
    """Return an App that is a man."""
    return _app("Man", shell, "HeavenlyCloudManDeployment", weight="70.5", height="180.1", **deployment)


def _app(name: str, shell: str, path: str, **deployment: str) -> App:
    path = f"{shell}.{path}"
    usual = {"cloud_size": "small", "cloud_image_id": "ubuntu", "Private IP": "", "Auto Power Off": "True"}
    attributes = {f"{path}.{attribute}": value for attribute, value in {**usual, **deployment}.items()}
    return App(name, path, attributes, {"User": "ubuntu", "Password": "", "Public IP": ""})


def tell_l2(story: Story) -> None:
    """A sandbox of two VMs on a VLAN."""
    one, two = angel(story.shell), man(story.shell)
    story.tell("Deploy an angel", lambda: story.deploy(one))
    story.tell("Deploy a man", lambda: story.deploy(two))
    macs: list[str] = []
    story.tell("ApplyConnectivityChanges", lambda: _connect(story, macs, one, two))
    story.tell("PowerOn", lambda: story.power("PowerOn", one, two), one, two)
    story.tell("Refresh IP", lambda: story.refresh_ip(one, two), one, two)
    story.tell("GetVmDetails", lambda: _l2_details(story, macs, one, two), one, two)
    story.tell("Disconnect", lambda: _disconnect(story, macs, one, two), one, two)
    story.tell("PowerOff", lambda: story.power("PowerOff", one, two), one, two)
    story.tell("DeleteInstance", lambda: story.delete(one, two))
    story.tell("Disconnect what is gone", lambda: _disconnect(story, macs, one, two))


def _connect(story: Story, macs: list[str], *apps: App) -> str:
    results = story.actions("ApplyConnectivityChanges", *(contexts.vlan("setVlan", app, "11") for app in apps))
    macs.extend(result["updatedInterface"] for result in results)
    return f"VLAN 11 on {', '.join(macs)}"


def _l2_details(story: Story, macs: list[str], one: App, two: App) -> str:
    details = story.details(one, two)
    for app, mac in zip((one, two), macs):
        (nic,) = [nic for nic in details[app.resource_name]["vmNetworkData"] if nic["interfaceId"] == mac]
        promise(_value(nic["networkData"], "VLAN") == "11 (Access)", "VM details show the VLAN on the interface named")
    return _asked_for(details[one.resource_name], "wing_count", "6") + _asked_for(
        details[two.resource_name], "weight", "70.5"
    )


def _disconnect(story: Story, macs: list[str], *apps: App) -> str:
    actions = [contexts.vlan("removeVlan", app, "11", interface=mac) for app, mac in zip(apps, macs)]
    story.actions("ApplyConnectivityChanges", *actions)
    return f"VLAN 11 off {len(apps)} VMs"


def tell_l3(story: Story) -> None:
    """A sandbox of two VMs on two subnets."""
    one, two = angel(story.shell), man(story.shell)
    subnets: list[contexts.Json] = []
    keys: list[str] = []
    story.tell("PrepareSandboxInfra", lambda: _prepare(story, subnets, keys))
    story.tell("PrepareSandboxInfra again", lambda: _prepare(story, subnets, keys))
    story.tell("Deploy an angel on both subnets", lambda: story.deploy(one, *_fresh(subnets[:2])))
    story.tell("Deploy a man on the private one", lambda: story.deploy(two, *_fresh(subnets[1:2])))
    story.tell("SetAppSecurityGroups", lambda: _secure(story, one, subnets[0]["actionParams"]["subnetId"]))
    story.tell("PowerOn", lambda: story.power("PowerOn", one, two), one, two)
    story.tell("Refresh IP", lambda: _l3_refresh(story, one, two), one, two)
    story.tell("GetVmDetails", lambda: _l3_details(story, one, two), one, two)
    story.tell("PowerOff", lambda: story.power("PowerOff", one, two), one, two)
    story.tell("DeleteInstance", lambda: story.delete(one, two))
    story.tell("CleanupSandboxInfra", lambda: _cleanup(story))
    story.tell("CleanupSandboxInfra again", lambda: _cleanup(story))


def _prepare(story: Story, subnets: list[contexts.Json], keys: list[str]) -> str:
    wanted = [("10.0.3.0/28", "Public", True), ("10.0.3.16/28", "Private", False)]
    results = story.actions(
        "PrepareSandboxInfra",
        contexts.prepare_network("10.0.3.0/24"),
        contexts.action("createKeys"),
        *(contexts.prepare_subnet(*subnet) for subnet in wanted),
    )
    ids = [result["subnetId"] for result in results[2:]]
    keys.append(results[1]["accessKey"])
    promise(KEY_MARK in keys[-1], "the key pair is a real one")
    promise(set(keys) == {keys[0]}, "preparing again gives the same key pair")
    found = [
        contexts.connect_subnet(subnet, cidr, public, str(number))
        for number, (subnet, (cidr, _, public)) in enumerate(zip(ids, wanted))
    ]
    before = [subnet["actionParams"] for subnet in subnets] or [subnet["actionParams"] for subnet in found]
    promise(before == [subnet["actionParams"] for subnet in found], "preparing again gives the same subnets")
    subnets[:] = found
    return "10.0.3.0/24 with a key pair and 2 subnets"


def _fresh(actions: list[contexts.Json]) -> list[contexts.Json]:
    return [contexts.action(action["type"], actionParams=action["actionParams"]) for action in actions]


def _secure(story: Story, app: App, subnet_id: str) -> str:
    rule = {"fromPort": "22", "toPort": "22", "protocol": "TCP", "source": "198.51.100.7/32"}
    (result,) = story.on_provider(
        "SetAppSecurityGroups", request=json.dumps([contexts.security_groups(app, {subnet_id: [rule]})])
    )
    promise(result["success"], f"SetAppSecurityGroups succeeds: {result['error']}")
    return "tcp 22 in to the angel"


def _l3_refresh(story: Story, one: App, two: App) -> str:
    public, one.attributes["Public IP"] = one.attributes["Public IP"], ""
    story.api.resources[one.resource_name].attributes["Public IP"] = ""
    done = story.refresh_ip(one, two)
    one.attributes["Public IP"] = story.api.resources[one.resource_name].attributes["Public IP"]
    promise(public and one.attributes["Public IP"] == public, "Refresh IP writes the public address that Deploy gave")
    promise(
        story.api.resources[two.resource_name].attributes["Public IP"] == "", "a VM without public address gets none"
    )
    return f"{done}, public {public}"


def _l3_details(story: Story, one: App, two: App) -> str:
    details = story.details(one, two)
    nics = details[one.resource_name]["vmNetworkData"]
    promise([nic["publicIpAddress"] for nic in nics] == [one.attributes["Public IP"], None], "one public address")
    promise(_value(nics[0]["networkData"], "Inbound") == "tcp 22 from 198.51.100.7/32", "VM details show the rules")
    return _asked_for(details[one.resource_name], "wing_count", "6") + _asked_for(
        details[two.resource_name], "height", "180.1"
    )


def _cleanup(story: Story) -> str:
    story.actions("CleanupSandboxInfra", contexts.action("cleanupNetwork"))
    return "nothing is left of the sandbox's network"


def _value(properties: list[dict[str, Any]], key: str) -> str:
    return next((str(item["value"]) for item in properties if item["key"] == key), "")


def _asked_for(details: dict[str, Any], key: str, value: str) -> str:
    promise(_value(details["vmInstanceData"], key) == value, f"VM details show the {key} that was asked for")
    return f"{details['appName']}: {key} {value}, {_value(details['vmInstanceData'], 'Power')}. "


def _discover(story: Story) -> str:
    found = story.discover()
    filled = {item["attribute_name"].partition(".")[2]: item["attribute_value"] for item in found["attributes"]}
    promise("Password" not in filled, "discovery never hands the password back")
    for name, value in filled.items():
        story.sandbox.attributes[f"{story.shell}.{name}"] = value
    return "filled in " + ", ".join(f"{name} {value}" for name, value in filled.items())


STORIES = {"L2HeavenlyCloudShell": tell_l2, "L3HeavenlyCloudShell": tell_l3}
ASKED_IN_INVENTORY = ("User", "Region", "Networking type", "Heaven cloud color", "Default storage")


def run(report: Report = print, build: Path = BUILD) -> bool:
    """Do it all; report progress, print a table per shell, and return whether every promise was kept."""
    kept = True
    for package in pack(build, report):
        kept = _tell(package.stem, package, build, report) and kept
    report("Every promise was kept." if kept else "A promise was broken; see above.")
    return kept


def _tell(shell: str, package: Path, build: Path, report: Report) -> bool:
    report(f"Starting the driver of {shell}")
    folder = unpack_driver(package, build / "drivers" / shell)
    python = environment(folder / "requirements.txt", ENVIRONMENTS, report=report)
    logs = build / "logs" / f"{shell}-{int(time.time())}"
    attributes = {f"{shell}.{name}": "" for name in ASKED_IN_INVENTORY}
    with AutomationApi() as api, DriverProcess(folder, python, logs) as driver:
        attributes[f"{shell}.Password"] = api.encrypt(PASSWORD)
        story = Story(shell, driver, api, Sandbox(api.address, "heaven", shell, attributes), report)
        broken = _told(story)
    broken = broken or _secrets_in(logs, attributes[f"{shell}.Password"])
    _show(story, broken)
    return not broken


def _told(story: Story) -> str:
    try:
        story.tell("initialize", story.initialize)
        story.api.resources["heaven"] = Resource("heaven")
        story.tell("get_inventory", lambda: _discover(story))
        STORIES[story.shell](story)
    except (BrokenPromise, LocalError) as error:
        return f"{error}"
    return ""


def _secrets_in(logs: Path, encrypted: str) -> str:
    """Look through all that the driver wrote for what it must not write."""
    for path in (path for path in logs.rglob("*") if path.is_file()):
        text = path.read_text(errors="replace")
        if any(secret in text for secret in (encrypted, KEY_MARK, f"'{PASSWORD}'", f'"{PASSWORD}"')):
            return f"no secret is in a log, but one is in {path.name}"
    return ""


def _show(story: Story, broken: str) -> None:
    table = Table("Command", "What it did", "Live status", "Time", title=story.shell, title_justify="left")
    for row in story.rows:
        table.add_row(*row)
    console = Console()
    console.print(table)
    if broken:
        console.print(f"[bold red]{story.shell}: a promise was broken:[/] {broken}", highlight=False)
