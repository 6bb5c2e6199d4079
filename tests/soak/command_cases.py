"""Every command of both shells as a case: how to get there, the command, and what its answer must mean in the cloud."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable

from cloudshell_local import testing as contexts
from cloudshell_local.testing import SandboxApp, connect_subnet, prepare_network, prepare_subnet, vlan
from heavenly_cloud import Instance, InstanceState
from heavenly_cloud.instances import current
from operations import delete, power, refresh_ip, security_groups
from operations.inventory import discover
from shell.errors import CommandError
from tests.fakes import L2, L3, ShellHarness, held

NETWORK, FIRST, SECOND = "10.0.3.0/24", "10.0.3.0/28", "10.0.3.16/28"


@dataclass
class Scene:
    """A harness in which a command is about to be done."""

    harness: ShellHarness
    app: SandboxApp
    subnets: Sequence[str] = ()
    before: Any = None

    @property
    def vm(self) -> Instance | None:
        """The app's VM as it is now, None if it is gone."""
        heaven = self.harness.heaven
        found = held(heaven).instances.get(self.app.vm_id)
        return found and current(found, heaven.config.regions, heaven.now())


@dataclass(frozen=True)
class Outcome:
    """answers: one for each thing that was asked, None for a command that answers nothing; error: what it raised."""

    answers: list[dict[str, Any]] | None
    error: str = ""


@dataclass(frozen=True)
class Case:
    """ready: makes what the command needs; do: the command; holds: checks what an outcome says against the cloud."""

    name: str
    networking: str
    ready: Callable[[ShellHarness], Scene]
    do: Callable[[Scene, Any], list[dict[str, Any]] | None]
    holds: Callable[[Scene, Outcome], None]

    def outcome(self, scene: Scene, cancellation: Any = None) -> Outcome:
        """Do the command; whatever it raises must be one sentence for people."""
        try:
            return Outcome(self.do(scene, cancellation))
        except CommandError as error:
            assert str(error)
            assert "\n" not in str(error)
            assert "unexpected" not in str(error)
            return Outcome(None, str(error))


def is_success(outcome: Outcome) -> bool:
    """Tell whether all that was asked was done."""
    if outcome.error:
        return False
    return all(answer.get("success", not answer.get("errorMessage")) for answer in outcome.answers or [])


def is_unknown(error: str) -> bool:
    """Tell whether an error says that the cloud did not answer, so that nobody knows what it did."""
    return "CloudUnavailable" in error


# How to get there


def nothing(harness: ShellHarness) -> Scene:
    return Scene(harness, harness.app())


def infra(harness: ShellHarness) -> Scene:
    return Scene(harness, harness.app(), harness.subnets())


def deployed(harness: ShellHarness) -> Scene:
    scene = infra(harness) if harness.networking == L3 else nothing(harness)
    actions = [connect_subnet(subnet, cidr, True) for subnet, cidr in zip(scene.subnets, (FIRST, SECOND))]
    harness.deployed(scene.app, *actions)
    return scene


def running(harness: ShellHarness) -> Scene:
    scene = deployed(harness)
    with harness.remote(scene.app) as command:
        power.power_on(command)
    scene.app.address = ""
    return scene


def connected(harness: ShellHarness) -> Scene:
    scene = deployed(harness)
    harness.connect(*(vlan("setVlan", scene.app, number) for number in ("11", "12")))
    return scene


# The commands


def do_inventory(scene: Scene, _: Any) -> None:
    with scene.harness.command() as command:
        discover(command, {})


def do_deploy(scene: Scene, cancellation: Any) -> list[dict[str, Any]]:
    pairs = zip(scene.subnets, (FIRST, SECOND))
    return scene.harness.deploy(scene.app, *(connect_subnet(*pair, True) for pair in pairs), cancellation=cancellation)


def remote(operation: Callable[[Any], object]) -> Callable[[Scene, Any], None]:
    def do(scene: Scene, cancellation: Any) -> None:
        with scene.harness.remote(scene.app, cancellation) as command:
            operation(command)

    return do


def do_details(scene: Scene, cancellation: Any) -> list[dict[str, Any]]:
    return scene.harness.details(scene.app, scene.app, cancellation=cancellation)


def do_connect(scene: Scene, _: Any) -> list[dict[str, Any]]:
    return scene.harness.connect(*(vlan("setVlan", scene.app, number) for number in ("11", "12")))


def do_disconnect(scene: Scene, _: Any) -> list[dict[str, Any]]:
    return scene.harness.connect(*(vlan("removeVlan", scene.app, number) for number in ("11", "12")))


def do_prepare(scene: Scene, cancellation: Any) -> list[dict[str, Any]]:
    actions = [
        prepare_network(NETWORK),
        contexts.action("createKeys"),
        prepare_subnet(FIRST, "A", True),
        prepare_subnet(SECOND, "B", False),
    ]
    return scene.harness.prepare(*actions, cancellation=cancellation)


def do_cleanup(scene: Scene, _: Any) -> list[dict[str, Any]]:
    return scene.harness.cleanup()


def do_rules(scene: Scene, _: Any) -> list[dict[str, Any]]:
    groups = [
        {"subnetId": subnet, "rules": [{"protocol": "tcp", "fromPort": 22, "toPort": 22}]} for subnet in scene.subnets
    ]
    request = [{"deployedApp": scene.app.deployed_json(), "securityGroupsConfigurations": groups}]
    with scene.harness.command() as command:
        listed: list[dict[str, Any]] = json.loads(security_groups.set_app_security_groups(command, json.dumps(request)))
    return listed


# What an answer must mean


def says_nothing(scene: Scene, outcome: Outcome) -> None:
    """The command changes nothing."""


def is_deployed(scene: Scene, outcome: Outcome) -> None:
    *connected_to, result = outcome.answers or [{"success": False}]
    instances = held(scene.harness.heaven).instances
    assert len({answer["success"] for answer in (*connected_to, result)}) == 1
    if not result["success"]:
        assert not instances
        return
    (vm,) = instances.values()
    assert (vm.id, vm.name, vm.address) == (result["vmUuid"], result["vmName"], result["deployedAppAddress"])
    told = [nic["interfaceId"] for nic in result["vmDetailsData"]["vmNetworkData"]]
    assert told == [nic.mac for nic in vm.nics]


def is_in(state: InstanceState) -> Callable[[Scene, Outcome], None]:
    def check(scene: Scene, outcome: Outcome) -> None:
        assert scene.vm
        icons = [
            call[1] for call in scene.harness.api.named("SetResourceLiveStatus") if call[0] == scene.app.resource_name
        ]
        if not outcome.error:
            assert scene.vm.state is state
            assert icons[-1] == ("Online" if state is InstanceState.ON else "Offline")
        elif "failed power_" in outcome.error and not is_unknown(outcome.error):
            assert scene.vm.state is scene.before.state

    return check


def is_cycled(scene: Scene, outcome: Outcome) -> None:
    assert scene.vm
    assert outcome.error or scene.vm.state is InstanceState.ON


def is_gone(scene: Scene, outcome: Outcome) -> None:
    assert (scene.vm is not None) is bool(outcome.error) or is_unknown(outcome.error)


def is_refreshed(scene: Scene, outcome: Outcome) -> None:
    written = scene.harness.api.named("UpdateResourceAddress")
    assert scene.vm
    assert written == ([] if outcome.error else [(scene.app.resource_name, scene.vm.address)])


def is_detailed(scene: Scene, outcome: Outcome) -> None:
    assert scene.vm
    for item in outcome.answers or []:
        told = [nic["interfaceId"] for nic in item["vmNetworkData"] or []]
        assert told == ([] if item["errorMessage"] else [nic.mac for nic in scene.vm.nics])


def is_connected(wanted: bool) -> Callable[[Scene, Outcome], None]:
    def check(scene: Scene, outcome: Outcome) -> None:
        assert scene.vm
        carried = {nic.vlan.ids: nic.mac for nic in scene.vm.nics if nic.vlan}
        for number, answer in zip(("11", "12"), outcome.answers or []):
            assert answer["success"] is ((number in carried) is wanted) or is_unknown(answer["errorMessage"])
            if answer["success"] and wanted:
                assert answer["updatedInterface"] == carried[number]

    return check


def is_prepared(scene: Scene, outcome: Outcome) -> None:
    networks = held(scene.harness.heaven).networks
    network, keys, *subnets = outcome.answers or [{"success": False, "errorMessage": ""}] * 4
    sandbox = networks.get(scene.harness.sandbox.id)
    assert network["success"] is (sandbox is not None) or is_unknown(network["errorMessage"])
    has_keys = sandbox is not None and sandbox.key_pair is not None
    assert keys["success"] is has_keys or is_unknown(keys["errorMessage"])
    assert bool(keys.get("accessKey")) is keys["success"]
    told = {answer["subnetId"] for answer in subnets if answer["success"]}
    made = {subnet.id for subnet in (sandbox.subnets if sandbox else ())}
    assert told == made or (told < made and any(is_unknown(answer["errorMessage"]) for answer in subnets))


def is_cleaned(scene: Scene, outcome: Outcome) -> None:
    (answer,) = outcome.answers or [{"success": False}]
    assert answer["success"] is (not held(scene.harness.heaven).networks) or is_unknown(answer["errorMessage"])


def has_rules(scene: Scene, outcome: Outcome) -> None:
    (answer,) = outcome.answers or [{"success": False}]
    assert scene.vm
    rules = [len(nic.rules) for nic in scene.vm.nics]
    assert rules == ([1, 1] if answer["success"] else [0, 0]) or is_unknown(answer["error"])


def both(name: str, ready: Any, do: Any, holds: Any) -> list[Case]:
    """A command that both shells have."""
    return [Case(name, networking, ready, do, holds) for networking in (L2, L3)]


CASES = [
    *both("get_inventory", nothing, do_inventory, says_nothing),
    Case("Deploy", L2, nothing, do_deploy, is_deployed),
    Case("Deploy", L3, infra, do_deploy, is_deployed),
    *both("PowerOn", deployed, remote(power.power_on), is_in(InstanceState.ON)),
    *both("PowerOff", running, remote(power.power_off), is_in(InstanceState.OFF)),
    *both("PowerCycle", running, remote(lambda command: power.power_cycle(command, "3")), is_cycled),
    *both("DeleteInstance", running, remote(delete.delete_instance), is_gone),
    *both("remote_refresh_ip", running, remote(refresh_ip.refresh_ip), is_refreshed),
    *both("GetVmDetails", deployed, do_details, is_detailed),
    Case("ApplyConnectivityChanges", L2, deployed, do_connect, is_connected(True)),
    Case("ApplyConnectivityChanges, removing", L2, connected, do_disconnect, is_connected(False)),
    Case("PrepareSandboxInfra", L3, nothing, do_prepare, is_prepared),
    Case("CleanupSandboxInfra", L3, infra, do_cleanup, is_cleaned),
    Case("SetAppSecurityGroups", L3, deployed, do_rules, has_rules),
]
NAMES = [f"{case.name} ({case.networking})" for case in CASES]


def tear_down(scene: Scene) -> None:
    """End the sandbox as CloudShell does."""
    harness = scene.harness
    for vm_id in list(held(harness.heaven).instances):
        scene.app.resource_name, scene.app.vm_id = scene.app.resource_name or "web", vm_id
        with harness.remote(scene.app) as command:
            delete.delete_instance(command)
    if harness.networking == L3:
        (answer,) = harness.cleanup()
        assert answer["success"]
