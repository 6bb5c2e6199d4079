"""Each command against its floor: one LoggingSessionContext, json.loads of the request, cp-core's classes of request and
answer, json.dumps of the answer. Nothing of what the command is for is in the floor."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from cloudshell.cp.core.request_actions import DriverResponse, models
from cloudshell.shell.core.session.logging_session import LoggingSessionContext

from benchmarks.measure import medians, ratio, show, spent
from cloudshell_local import testing as contexts
from cloudshell_local.execution.driver_host import as_context
from cloudshell_local.testing import SandboxApp, SandboxContext
from heavenly_cloud import CloudConfig, HeavenlyCloud, load_config
from provider.connection import CloudConnections
from shell.command import Commands
from tests.end_to_end.shell_harness import angel
from tests.fakes import L2, L3, driver_class

BULK = 1000


class NoApi:
    """Instead of an API session, whose logon would hide everything else."""

    def __getattr__(self, _: str) -> Callable[..., Any]:
        return lambda *_: SimpleNamespace(Value="halo")


def roomy_data() -> CloudConfig:
    """The data that ships, with room for as many instances as a benchmark makes."""
    data = load_config()
    much = 10**9
    narnia = replace(data.regions["narnia"], management_network="172.16.0.0/12", vcpus=much, public_network="8.0.0.0/8")
    gabriel = replace(data.accounts["gabriel"], instances=much, vcpus=much, networks=much)
    return replace(data, regions={**data.regions, "narnia": narnia}, accounts={"gabriel": gabriel})


class Bench:
    """A driver without an API, and a sandbox."""

    def __init__(self, networking: str) -> None:
        self.driver = driver_class(networking)()
        self.driver._commands = Commands(CloudConnections(HeavenlyCloud(roomy_data())), open_session=lambda _: NoApi())
        self.shell = f"{networking}HeavenlyCloudShell"
        self.sandbox = SandboxContext("127.0.0.1", "heaven", self.shell, {f"{self.shell}.Password": "c1ph3r"})
        self.context = as_context(self.sandbox.resource_context("t"))

    def deployed(self) -> SandboxApp:
        app = angel(self.shell)
        answer = self.driver.Deploy(self.context, contexts.request([contexts.deploy_app(app)]))
        app.deployed(json.loads(answer)["driverResponse"]["actionResults"][0])
        return app

    def remote(self, app: SandboxApp) -> Any:
        return as_context(self.sandbox.remote_context("t", app))


def logging_floor(context: Any) -> None:
    LoggingSessionContext.get_logger_for_context(context)


def attributes(items: list[dict[str, Any]]) -> list[Any]:
    return [models.Attribute(item["attributeName"], item["attributeValue"]) for item in items]


def request_floor(action: dict[str, Any]) -> Any:
    """Build cp-core's object of an action, by hand."""
    kind, action_id = action["type"], action["actionId"]
    parameters = action.get("actionParams") or action.get("connectionParams") or {}
    if kind == "deployApp":
        deployment = parameters["deployment"]
        info = models.DeployAppDeploymentInfo(deployment["deploymentPath"], attributes(deployment["attributes"]))
        resource = models.AppResourceInfo(attributes(parameters["appResource"]["attributes"]))
        return models.DeployApp(action_id, models.DeployAppParams(parameters["appName"], info, resource))
    if kind in ("setVlan", "removeVlan"):
        vlan = models.SetVlanParameter(
            parameters["vlanId"], parameters["mode"], attributes(parameters["vlanServiceAttributes"])
        )
        target = models.ActionTarget(action["actionTarget"]["fullAddress"], action["actionTarget"]["fullName"])
        model = models.SetVlan if kind == "setVlan" else models.RemoveVlan
        return model(
            actionId=action_id,
            actionTarget=target,
            connectionId=action["connectionId"],
            connectionParams=vlan,
            connectorAttributes=attributes(action["connectorAttributes"]),
            customActionAttributes=attributes(action["customActionAttributes"]),
        )
    if kind == "prepareCloudInfra":
        return models.PrepareCloudInfra(action_id, actionParams=models.PrepareCloudInfraParams(parameters["cidr"]))
    if kind == "prepareSubnet":
        subnet = models.PrepareSubnetParams(parameters["cidr"], parameters["isPublic"], parameters["alias"])
        return models.PrepareSubnet(action_id, actionParams=subnet)
    return {"createKeys": models.CreateKeys, "cleanupNetwork": models.CleanupNetwork}[kind](action_id)


def details_floor(details: dict[str, Any]) -> Any:
    """Build cp-core's objects of VM details."""
    nics = [
        models.VmDetailsNetworkInterface(
            **{**nic, "networkData": [models.VmDetailsProperty(**p) for p in nic["networkData"]]}
        )
        for nic in details["vmNetworkData"]
    ]
    properties = [models.VmDetailsProperty(**item) for item in details["vmInstanceData"]]
    return models.VmDetailsData(properties, nics, details["appName"], details["errorMessage"])


RESULTS = {
    "DeployApp": models.DeployAppResult,
    "setVlan": models.SetVlanResult,
    "removeVlan": models.SetVlanResult,
    "PrepareNetwork": models.PrepareCloudInfraResult,
    "PrepareSubnet": models.PrepareSubnetActionResult,
    "CreateKeys": models.CreateKeysActionResult,
    "CleanupNetwork": models.CleanupNetworkResult,
}


def actions_floor(context: Any, request: str, answer: str) -> Callable[[], object]:
    """Return the floor of a command with actions, from what it got and answered."""
    answered = json.loads(answer)["driverResponse"]["actionResults"]

    def result(item: dict[str, Any]) -> Any:
        if item.get("vmDetailsData"):
            item = {**item, "vmDetailsData": details_floor(item["vmDetailsData"])}
        return RESULTS[item["type"]](**item)

    def floor() -> object:
        logging_floor(context)
        [request_floor(action) for action in json.loads(request)["driverRequest"]["actions"]]
        return DriverResponse([result(item) for item in answered]).to_driver_response_json()

    return floor


def app_floor(item: dict[str, Any]) -> Any:
    """Build cp-core's object of a deployed app."""
    items = [*item["deployedAppJson"]["attributes"], *item["appRequestJson"]["deploymentService"]["attributes"]]
    return models.DeployedApp(
        name=item["deployedAppJson"]["name"],
        attributes={each["name"]: each["value"] for each in items},
        vmdetails=models.VMDetails.from_dict(item["deployedAppJson"]["vmdetails"]),
    )


def details_command_floor(context: Any, request: str, answer: str) -> Callable[[], object]:
    """Return the floor of GetVmDetails."""
    answered = json.loads(answer)

    def floor() -> object:
        logging_floor(context)
        [app_floor(item) for item in json.loads(request)["items"]]
        return json.dumps([details_floor(item) for item in answered], default=vars)

    return floor


def remote_floor(context: Any) -> Callable[[], object]:
    """Return the floor of a command on a deployed app."""

    def floor() -> None:
        logging_floor(context)
        texts = context.remote_endpoints[0].app_context
        app_floor(
            {
                "deployedAppJson": json.loads(texts.deployed_app_json),
                "appRequestJson": json.loads(texts.app_request_json),
            }
        )

    return floor


Row = tuple[str, int, Callable[[], object], Callable[[], object], float | None]


def l2_rows() -> list[Row]:
    """Return name, rounds, command, floor and target for each command of L2."""
    bench = Bench(L2)
    driver, context = bench.driver, bench.context
    request = contexts.request([contexts.deploy_app(angel(bench.shell))])
    rows: list[Row] = [
        (
            "Deploy",
            1000,
            lambda: driver.Deploy(context, request),
            actions_floor(context, request, driver.Deploy(context, request)),
            1.5,
        )
    ]
    rows += _remote_rows(bench)
    for number in (1, 10, 100, BULK):
        apps = [bench.deployed() for _ in range(number)]
        rows.append(_details_row(bench, apps))
        rows.append(_connect_row(bench, apps))
    return sorted(rows, key=lambda row: row[0].partition(" ")[0])


def _remote_rows(bench: Bench) -> list[Row]:
    app = bench.deployed()
    remote = bench.remote(app)
    driver = bench.driver
    driver.PowerOn(remote, [])
    return [
        ("PowerOn", 1000, lambda: driver.PowerOn(remote, []), remote_floor(remote), None),
        ("PowerOff", 1000, lambda: driver.PowerOff(remote, []), remote_floor(remote), None),
        ("PowerCycle", 1000, lambda: driver.PowerCycle(remote, [], "0"), remote_floor(remote), None),
        ("remote_refresh_ip", 1000, lambda: driver.remote_refresh_ip(remote, []), remote_floor(remote), None),
        ("DeleteInstance (gone)", 1000, _delete(bench), remote_floor(remote), None),
    ]


def _delete(bench: Bench) -> Callable[[], object]:
    gone = bench.remote(bench.deployed())
    return lambda: bench.driver.DeleteInstance(gone, [])


def _details_row(bench: Bench, apps: list[SandboxApp]) -> Row:
    request, number = contexts.vm_details(apps), len(apps)
    answer = bench.driver.GetVmDetails(bench.context, request)
    floor = details_command_floor(bench.context, request, answer)
    target = 2.5 if number == BULK else None
    rounds = max(2000 // number, 15)
    return f"GetVmDetails {number}", rounds, lambda: bench.driver.GetVmDetails(bench.context, request), floor, target


def _connect_row(bench: Bench, apps: list[SandboxApp]) -> Row:
    """Connect and disconnect all, so that each connection is a real one."""
    number = len(apps)
    requests = [
        contexts.request([contexts.vlan(kind, app, "11", connection=f"c{i}") for i, app in enumerate(apps)])
        for kind in ("setVlan", "removeVlan")
    ]

    def command() -> list[str]:
        return [bench.driver.ApplyConnectivityChanges(bench.context, request) for request in requests]

    floors = [actions_floor(bench.context, request, answer) for request, answer in zip(requests, command())]
    target = 2.5 if number == BULK else None
    name = f"ApplyConnectivityChanges {number} on, {number} off"
    return name, max(2000 // number, 15), command, lambda: [floor() for floor in floors], target


def l3_rows() -> list[Row]:
    """Return the same for L3."""
    bench = Bench(L3)
    driver, context = bench.driver, bench.context
    cidr = "10.0.0.0/9"
    prepare = contexts.request(
        [
            contexts.prepare_network(cidr),
            contexts.action("createKeys"),
            contexts.prepare_subnet(cidr, "DefaultSubnet", True),
        ]
    )
    prepared = driver.PrepareSandboxInfra(context, prepare)
    request = contexts.request([contexts.deploy_app(angel(bench.shell))])
    app = bench.deployed()
    rules = json.dumps(
        [contexts.security_groups(app, {cidr: [{"fromPort": "22", "toPort": "22", "protocol": "tcp", "source": cidr}]})]
    )
    other = Bench(L3)
    cleanup = contexts.request([contexts.action("cleanupNetwork")])
    cleaned = other.driver.CleanupSandboxInfra(other.context, cleanup)

    def rules_floor() -> object:
        logging_floor(context)
        groups = [models.AppSecurityGroup.from_dict(item) for item in json.loads(rules)]
        return json.dumps(
            [models.SetAppSecurityGroupActionResult(group.deployed_app.name) for group in groups], default=vars
        )

    return [
        ("PrepareSandboxInfra (again)", 1000, lambda: driver.PrepareSandboxInfra(context, prepare),
         actions_floor(context, prepare, prepared), None),
        ("Deploy", 1000, lambda: driver.Deploy(context, request),
         actions_floor(context, request, driver.Deploy(context, request)), 1.5),
        ("SetAppSecurityGroups", 1000, lambda: driver.SetAppSecurityGroups(context, rules), rules_floor, None),
        ("CleanupSandboxInfra (gone)", 1000, lambda: other.driver.CleanupSandboxInfra(other.context, cleanup),
         actions_floor(other.context, cleanup, cleaned), None),
    ]  # fmt: skip


def run() -> None:
    """Measure and show."""
    tables = (("Commands of the L2 shell", l2_rows()), ("Commands of the L3 shell", l3_rows()))
    gc.collect()
    gc.freeze()  # What the benchmark itself holds is no work of the commands' garbage collections.
    for title, rows in tables:
        shown = []
        for name, rounds, command, floor, target in rows:
            taken, least = medians(rounds, command, floor)
            shown.append([name, spent(taken), spent(least), ratio(taken / least, target)])
        show(f"{title}, without an API session", ["command", "median", "floor", "ratio"], shown)
