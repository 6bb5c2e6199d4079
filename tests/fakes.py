"""Stand-ins for what is outside: time, and the API of a CloudShell server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any, Callable

import pytest

from cloudshell_local import testing as contexts
from cloudshell_local.execution.driver_host import as_context
from cloudshell_local.testing import SandboxApp, SandboxContext
from driver import HeavenlyCloudShellDriver
from heavenly.pack import PROJECT, shells
from heavenly.prune import without_commands
from heavenly_cloud import (
    Angel,
    Client,
    CloudConfig,
    HeavenlyCloud,
    Instance,
    InstanceRequest,
    KeyPair,
    Nic,
    Vlan,
    load_config,
)
from heavenly_cloud.allocators import POOL
from heavenly_cloud.state import ATTACHMENT, CIDR_BLOCK, INSTANCE, LEASE, NAME, NETWORK, USAGE
from heavenly_cloud.store import CloudStore, MemoryStore, Row
from operations import connectivity, deploy, sandbox_infra, vm_details
from provider import cloud as provider
from provider.cloud import CloudProvider, Command, RemoteCommand
from provider.connection import CloudConnections
from provider.deployments import Deployment
from provider.resource import ProviderResource
from shell.command import Commands
from shell.requests import read_actions

L2, L3 = "L2", "L3"
PRIVATE_KEY = "-----BEGIN s3cret KEY-----"
l3 = pytest.mark.parametrize("harness", [L3], indirect=True)


def data_with(**region: Any) -> CloudConfig:
    """The configuration that ships, with changes to narnia."""
    config = load_config()
    return replace(config, regions={**config.regions, "narnia": replace(config.regions["narnia"], **region)})


class Clock:
    """Time that passes only when someone sleeps; on_sleep is called then."""

    def __init__(self) -> None:
        self.time = 0.0
        self.on_sleep: Callable[[], None] = lambda: None

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.on_sleep()


@dataclass
class ApiSession:
    """Records the calls of the API. fails: the operation that raises; vms: the ids of VMs, by their resources' names, which
    are all in one sandbox if it has a name."""

    calls: list[tuple[str, ...]] = field(default_factory=list)
    fails: str = ""
    vms: dict[str, str] = field(default_factory=dict)
    sandbox: str = ""

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(*arguments: str) -> Any:
            self.record(operation, *arguments)
            return SimpleNamespace(Value="halo")

        return call

    def GetReservationDetails(self, sandbox: str, disableCache: bool) -> Any:
        self.record("GetReservationDetails", sandbox)
        if sandbox != self.sandbox:
            raise UnknownEntity
        resources = [SimpleNamespace(VmDetails=None), *map(_with_vm, self.vms.values())]
        return SimpleNamespace(ReservationDescription=SimpleNamespace(Resources=resources))

    def GetResourceDetails(self, name: str) -> Any:
        self.record("GetResourceDetails", name)
        if name not in self.vms:
            raise UnknownEntity
        return _with_vm(self.vms[name])

    def record(self, operation: str, *arguments: str) -> None:
        if operation == self.fails:
            raise RuntimeError("the server said halo")
        self.calls.append((operation, *arguments))

    def named(self, operation: str) -> list[tuple[str, ...]]:
        return [call[1:] for call in self.calls if call[0] == operation]


class UnknownEntity(Exception):
    """The API's error for a name that is unknown."""

    code = "102"


def _with_vm(uid: str) -> Any:
    return SimpleNamespace(VmDetails=SimpleNamespace(UID=uid))


@cache
def driver_class(networking: str) -> type[HeavenlyCloudShellDriver]:
    """Return the driver's class of one shell, as packing makes it."""
    name = f"{networking}HeavenlyCloudShell"
    (shell,) = [each for each in shells() if each.name == name]
    source = without_commands((PROJECT / "src" / "driver.py").read_text(), shell.left_out_commands)
    module = ModuleType(f"driver_of_{name}")
    exec(compile(source, module.__name__, "exec"), vars(module))
    packed: type[HeavenlyCloudShellDriver] = module.HeavenlyCloudShellDriver
    return packed


@dataclass
class ShellHarness:
    """One shell's commands on a cloud of its own; networking: L2 or L3, which shell it is."""

    networking: str
    heaven: HeavenlyCloud
    commands: Commands[ProviderResource, CloudProvider]
    api: ApiSession
    sandbox: SandboxContext
    clock: Clock

    def use(self, heaven: HeavenlyCloud, open_session: Callable[[Any], Any] | None = None) -> None:
        """Have the commands from now on be of a driver of their own, on another cloud."""
        self.heaven = heaven
        self.commands = Commands(
            CloudConnections(heaven), open_session=open_session or (lambda _: self.api), sleep=self.clock.sleep
        )

    def driver(self) -> HeavenlyCloudShellDriver:
        """Return the shell's driver, whose commands are these."""
        driver = driver_class(self.networking)()
        driver._commands = self.commands
        return driver

    def command(self, cancellation: Any = None) -> AbstractContextManager[Command]:
        return self.commands.resource(as_context(self.sandbox.resource_context("t")), cancellation)

    def remote(self, app: SandboxApp, cancellation: Any = None) -> AbstractContextManager[RemoteCommand]:
        return self.commands.remote(as_context(self.sandbox.remote_context("t", app)), cancellation)

    def app(self, path: str = "HeavenlyCloudAngelDeployment", name: str = "web", **deployment: str) -> SandboxApp:
        full = f"{self.sandbox.model}.{path}"
        attributes = {f"{full}.{attribute.replace('_ip', ' IP')}": value for attribute, value in deployment.items()}
        return SandboxApp(name, full, attributes, {"User": "ubuntu", "Password": "x", "Public IP": ""})

    def deploy(self, app: SandboxApp, *subnets: contexts.Json, cancellation: Any = None) -> list[dict[str, Any]]:
        """Deploy; return the results, the subnets' first."""
        actions = [*subnets, contexts.deploy_app(app)]
        with self.command(cancellation) as command:
            answers = results(self.deploy_actions(command, actions))
        assert [answer["actionId"] for answer in answers] == [action["actionId"] for action in actions]
        return answers

    def deploy_actions(self, command: Command, actions: Sequence[contexts.Json]) -> str:
        """Call Deploy as the shell's driver does."""
        request = read_actions(contexts.request(actions))
        if self.networking == L3:
            return deploy.deploy(command, request, default_network=sandbox_infra.default_subnet)
        return deploy.deploy(command, request)

    def deployed(self, app: SandboxApp, *subnets: contexts.Json) -> dict[str, Any]:
        """Deploy an app that must succeed, and note it as the server does; return its result."""
        result = self.deploy(app, *subnets)[-1]
        assert result["success"], result["errorMessage"]
        app.deployed(result)
        return result

    def created(self, name: str = "web") -> str:
        """Create a VM without waiting until it is built; return its id."""
        deployment = Deployment(Angel(2, 10.5), "centos", "small")
        with self.command() as command:
            request = provider.InstanceRequest(
                command.cloud.new_instance_id(), name, deployment, [provider.NicRequest()]
            )
            return command.cloud.create_instance(request).id

    def details(self, *apps: SandboxApp, cancellation: Any = None) -> list[dict[str, Any]]:
        with self.command(cancellation) as command:
            items: list[dict[str, Any]] = json.loads(vm_details.get_vm_details(command, contexts.vm_details(apps)))
        return items

    def connect(self, *actions: contexts.Json) -> list[dict[str, Any]]:
        with self.command() as command:
            request = read_actions(contexts.request(actions))
            return results(connectivity.apply_connectivity_changes(command, request))

    def prepare(self, *actions: contexts.Json, cancellation: Any = None) -> list[dict[str, Any]]:
        with self.command(cancellation) as command:
            request = read_actions(contexts.request(actions))
            return results(sandbox_infra.prepare_sandbox_infra(command, request))

    def cleanup(self, *actions: contexts.Json) -> list[dict[str, Any]]:
        with self.command() as command:
            request = read_actions(contexts.request(actions or [contexts.action("cleanupNetwork")]))
            return results(sandbox_infra.cleanup_sandbox_infra(command, request))

    def subnets(self) -> tuple[str, str]:
        """Prepare a network with a public and a private subnet; return their ids."""
        public = contexts.prepare_subnet("10.0.3.0/28", "A", True)
        private = contexts.prepare_subnet("10.0.3.16/28", "B", False)
        prepared = self.prepare(contexts.prepare_network("10.0.3.0/24"), contexts.action("createKeys"), public, private)
        assert all(result["success"] for result in prepared)
        return prepared[2]["subnetId"], prepared[3]["subnetId"]


def results(answer: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(answer)["driverResponse"]["actionResults"]
    return items


def stop() -> Any:
    return SimpleNamespace(is_cancelled=True)


def in_use(heaven: HeavenlyCloud) -> dict[str, int]:
    """Return how much of everything is in use in the cloud."""
    found = contents_of(heaven)
    pools = {name: use.used for (name, _), use in found.of(POOL).items()}
    usage = found.of(USAGE)
    return {
        "instances": len(found.instances),
        "names": len(found.of(NAME)),
        "macs": pools.get("macs", 0),
        "addresses": sum(used for name, used in pools.items() if name != "macs" and not name.startswith("public-")),
        "public addresses": sum(used for name, used in pools.items() if name.startswith("public-")),
        "vcpus": sum(used.vcpus for used in usage.values()),
        "counted instances": sum(used.instances for used in usage.values()),
        "leases": len(found.of(LEASE)),
        "attachments": len(found.of(ATTACHMENT)),
        "networks": len(found.networks),
        "counted networks": sum(used.networks for used in usage.values()),
        "CIDR blocks": len(found.of(CIDR_BLOCK)),
    }


@dataclass(frozen=True)
class CloudContents:
    """All that a cloud holds at one moment."""

    rows: list[Row]

    def of(self, kind: str) -> dict[tuple[str, str], Any]:
        """Return the records of a kind by owner and key."""
        return {(owner, key): record for found, owner, key, record in self.rows if found == kind}

    @property
    def instances(self) -> dict[str, Instance]:
        return {key: record for (_, key), record in self.of(INSTANCE).items()}

    @property
    def networks(self) -> dict[str, Any]:
        return {key: record for (_, key), record in self.of(NETWORK).items()}

    @property
    def subnets(self) -> list[str]:
        return [subnet.id for network in self.networks.values() for subnet in network.subnets]


def contents_of(heaven: HeavenlyCloud) -> CloudContents:
    return CloudContents(heaven.store.run(lambda records: records.everything(), writes=False))


def new_heaven(clock: Clock, data: CloudConfig | None = None, store: CloudStore | None = None) -> HeavenlyCloud:
    """A cloud on a clock that stands still until somebody sleeps."""
    return HeavenlyCloud(
        data,
        store=store or MemoryStore(),
        seed=1,
        now=clock.now,
        sleep=clock.sleep,
        new_key_pair=lambda: KeyPair("ssh-rsa AAAA", PRIVATE_KEY),
    )


def new_harness(networking: str, data: CloudConfig | None = None, store: CloudStore | None = None) -> ShellHarness:
    """One shell's commands on a cloud of its own."""
    clock, api = Clock(), ApiSession()
    heaven = new_heaven(clock, data, store)
    commands = Commands(CloudConnections(heaven), open_session=lambda _: api, sleep=clock.sleep)
    model = f"{networking}HeavenlyCloudShell"
    attributes = {f"{model}.Password": "c1ph3r", f"{model}.User": "gabriel", f"{model}.Region": "narnia"}
    # Always the same id: cloudshell-logging opens two files for each sandbox that it sees, and closes none.
    sandbox = SandboxContext("127.0.0.1", "heaven", model, attributes, id="a-sandbox")
    return ShellHarness(networking, heaven, commands, api, sandbox, clock)


def instance_request(client: Client, **changes: Any) -> InstanceRequest:
    """An angel on the management network, with changes."""
    return replace(InstanceRequest(client.new_instance_id(), "web", Angel(2, 11.5), "ubuntu", "small"), **changes)


def create(client: Client, **changes: Any) -> Instance:
    """Make such an instance."""
    return client.create_instance(instance_request(client, **changes))


def connect(client: Client, instance_id: str, vlan: Vlan, name: str = "") -> Nic:
    """Put a VLAN on one interface; return it."""
    (nic,) = client.connect_vlan(instance_id, vlan, [name])
    return nic
