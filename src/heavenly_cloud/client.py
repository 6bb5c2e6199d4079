"""What an account may do in a region: the operations of the cloud, by their names. What they take is checked before
anything changes, so an operation that raises has changed nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import wraps
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any, Callable, TypeVar, cast

from heavenly_cloud import nics
from heavenly_cloud.allocators import AddressPool, unique_name
from heavenly_cloud.data import Account, Region
from heavenly_cloud.errors import (
    HeavenlyError,
    IdTaken,
    IllegalStep,
    NetworkExists,
    NetworkInUse,
    NicNotFound,
    NoCapacity,
    OutsideNetwork,
    QuotaExceeded,
    RegionClosed,
    UnknownName,
    listed,
)
from heavenly_cloud.lifecycle import State, Step, after
from heavenly_cloud.models import (
    MANAGEMENT,
    Instance,
    InstanceRequest,
    KeyPair,
    Nic,
    Sandbox,
    SecurityRule,
    Size,
    Subnet,
)
from heavenly_cloud.networks import Vlan, parse_network, refuse_overlap
from heavenly_cloud.store import management_network

if TYPE_CHECKING:
    from heavenly_cloud.cloud import HeavenlyCloud

OPERATIONS: set[str] = set()
Method = TypeVar("Method", bound=Callable[..., Any])
Thing = TypeVar("Thing")


def operation(method: Method) -> Method:
    """Make a method an operation: it passes the cloud's dispatch point under its own name."""
    name = method.__name__
    OPERATIONS.add(name)

    @wraps(method)
    def dispatched(self: Client, *args: Any, **kwargs: Any) -> Any:
        subject = getattr(args[0], "id", args[0]) if args else ""
        return self._cloud.run(name, self, subject, lambda: method(self, *args, **kwargs))

    return cast(Method, dispatched)


class Client:
    """From HeavenlyCloud.login. All ids are the cloud's, except a sandbox's, which is the caller's."""

    def __init__(self, cloud: HeavenlyCloud, account: Account, region: Region) -> None:
        self.account = account
        self.region = region
        self._cloud = cloud
        self._store = cloud.store

    # Instances

    @operation
    def require_open_region(self) -> None:
        """Raise RegionClosed when nothing can be deployed in the region."""
        self._require_open_region()

    def _require_open_region(self) -> None:
        if not self.region.deployable:
            open_ones = listed(region.name for region in self._cloud.data.regions.values() if region.deployable)
            raise RegionClosed(name=self.region.name, known=open_ones)

    def new_instance_id(self) -> str:
        """Return an id for an instance to come: whoever has it beforehand can undo a creation whose answer was lost."""
        return f"vm-{self._cloud.rng.getrandbits(64):016x}"

    @operation
    def create_instance(self, request: InstanceRequest) -> Instance:
        """Make an instance, powered off once it is built, with its interfaces and its sandbox's public key.

        Raises MistakeError (unknown image, size, network; closed region), ConflictError (id or address taken),
        ExhaustedError (quota, capacity, addresses).
        """
        self._require_new(request)
        image = self._known("image", request.image, self._cloud.data.images)
        size = self._known("size", request.size, self._cloud.data.sizes)
        self._require_room(size)
        sandbox = self._store.sandboxes.get(request.sandbox)
        instance = Instance(
            id=request.id,
            name=unique_name(request.name, self._store.names, self._cloud.rng),
            account=self.account.name,
            region=self.region.name,
            sandbox=request.sandbox,
            being=request.being,
            image=image,
            size=size,
            state=State.BUILDING if self.region.build_seconds else State.OFF,
            since=self._cloud.now(),
            nics=self._new_nics(request),
            public_key=sandbox.key_pair.public_key if sandbox and sandbox.key_pair else "",
        )
        self._store.add_instance(instance)
        return instance

    def _require_new(self, request: InstanceRequest) -> None:
        self._require_open_region()
        if request.id in self._store.instances:
            raise IdTaken(id=request.id)
        for nic in request.nics:
            if nic.network != MANAGEMENT:
                self._store.subnet(request.sandbox, nic.network)

    @staticmethod
    def _known(kind: str, name: str, things: Mapping[str, Thing]) -> Thing:
        if name not in things:
            raise UnknownName(kind=kind, name=name, known=listed(things))
        return things[name]

    def _require_room(self, size: Size) -> None:
        store, account = self._store, self.account
        for kind, used, asked, limit in (
            ("instances", store.instances_by_account[account.name], 1, account.instances),
            ("vCPUs", store.vcpus_by_account[account.name], size.vcpus, account.vcpus),
        ):
            if used + asked > limit:
                raise QuotaExceeded(account=account.name, kind=kind, limit=limit, used=used, asked=asked)
        used = store.vcpus_by_region[self.region.name]
        if used + size.vcpus > self.region.vcpus:
            raise NoCapacity(region=self.region.name, limit=self.region.vcpus, used=used, asked=size.vcpus)

    def _new_nics(self, request: InstanceRequest) -> tuple[Nic, ...]:
        made: list[Nic] = []
        found = nics.places(request.name, [nic.name for nic in request.nics])
        try:
            for place, wanted in zip(found, request.nics):
                made.append(nics.new_nic(self._store, self.region.name, place, wanted))
        except HeavenlyError:
            nics.release(self._store, self.region.name, made)
            raise
        return tuple(sorted(made, key=lambda nic: nic.index))

    @operation
    def get_instance(self, instance_id: str) -> Instance:
        """Return an instance as it is now; raise InstanceNotFound."""
        return self._instance(instance_id)

    def _instance(self, instance_id: str) -> Instance:
        instance = self._store.instance(self.account.name, instance_id)
        if instance.state is State.BUILDING and self.build_progress(instance) >= 100:
            instance = self._put(replace(instance, state=after(State.BUILDING, Step.FINISH_BUILDING, instance.name)))
        return instance

    def _put(self, instance: Instance) -> Instance:
        self._store.instances[instance.id] = instance
        return instance

    def build_progress(self, instance: Instance) -> int:
        """Return how much of an instance is built, in percent; of one that is built, 100."""
        if instance.state is not State.BUILDING:
            return 100
        seconds = self._cloud.data.regions[instance.region].build_seconds
        return min(int(100 * (self._cloud.now() - instance.since) / seconds), 100)

    @operation
    def power_on(self, instance_id: str) -> Instance:
        """Power an instance on, which is fine if it is on; raise InstanceNotFound or IllegalStep."""
        return self._step(instance_id, Step.POWER_ON)

    @operation
    def power_off(self, instance_id: str) -> Instance:
        """Power an instance off, which is fine if it is off; raise InstanceNotFound or IllegalStep."""
        return self._step(instance_id, Step.POWER_OFF)

    def _step(self, instance_id: str, step: Step) -> Instance:
        instance = self._instance(instance_id)
        state = after(instance.state, step, instance.name)
        if state is instance.state:
            return instance
        return self._put(replace(instance, state=state, since=self._cloud.now()))

    @operation
    def guest_address(self, instance_id: str) -> str:
        """Return the address that an instance answers at, empty while it boots; raise IllegalStep when it is not on."""
        instance = self._instance(instance_id)
        if instance.state is not State.ON:
            raise IllegalStep(name=instance.name, state=instance.state.value.lower(), step="'get an IP address'")
        booted = self._cloud.now() - instance.since >= self._cloud.data.regions[instance.region].boot_seconds
        return instance.address if booted else ""

    @operation
    def delete_instance(self, instance_id: str) -> None:
        """Delete an instance that is off; all it used is free again. Raises InstanceNotFound or IllegalStep."""
        instance = self._instance(instance_id)
        after(instance.state, Step.DELETE, instance.name)
        nics.release(self._store, instance.region, instance.nics)
        self._store.remove_instance(instance)

    # VLANs

    @operation
    def connect_vlan(self, instance_id: str, vlan: Vlan, asked: Sequence[str] = ("",)) -> list[Nic]:
        """Put a VLAN on one interface for each name that is asked for, on all or on none; return them in that order.

        An empty name means the interface that carries the VLAN, else an unplugged one, else a new one. Raises
        InstanceNotFound, NicBusy when an interface that was asked for carries something else.
        """
        instance = self._instance(instance_id)
        all_nics, connected = instance.nics, list[Nic]()
        try:
            for name in asked:
                connected.append(self._nic_with_vlan(instance.name, all_nics, vlan, name))
                all_nics = nics.with_nic(all_nics, connected[-1])
        except HeavenlyError:
            before = {nic.mac for nic in instance.nics}
            nics.release(self._store, instance.region, [nic for nic in connected if nic.mac not in before])
            raise
        if all_nics != instance.nics:
            self._put(replace(instance, nics=all_nics))
        return connected

    def _nic_with_vlan(self, name: str, all_nics: Sequence[Nic], vlan: Vlan, asked: str) -> Nic:
        found = nics.nic_for_vlan(name, all_nics, vlan, asked)
        if found is not None:
            return found if found.vlan == vlan else replace(found, vlan=vlan)
        (place,) = nics.places(name, [asked], all_nics)
        return Nic(place.name, place.index, self._store.macs.allocate(), vlan=vlan)

    @operation
    def disconnect_vlan(self, instance_id: str, ids: str = "", only: Sequence[str] = ()) -> list[Nic]:
        """Take a VLAN (any, if empty) off the interfaces named (all that carry it, if none); return those it was on.

        The interfaces stay, for the next VLAN. Raises InstanceNotFound.
        """
        instance = self._instance(instance_id)
        changed, all_nics = nics.unplugged(instance.nics, ids, only)
        self._put(replace(instance, nics=all_nics))
        return changed

    # Sandbox networks

    @operation
    def get_sandbox(self, sandbox_id: str) -> Sandbox:
        """Return a sandbox's network; raise SandboxNotFound."""
        return self._store.sandbox(self.account.name, sandbox_id)

    @operation
    def prepare_network(self, sandbox_id: str, cidr: str, in_use: Sequence[str] = ()) -> Sandbox:
        """Return the sandbox's network, made if it is not there. in_use: networks that it must not overlap.

        Raises InvalidCidr, NetworkOverlap, NetworkExists when it has another one, QuotaExceeded.
        """
        network = parse_network(cidr)
        sandbox = self._store.sandboxes.get(sandbox_id)
        if sandbox is None:
            return self._new_sandbox(sandbox_id, network, in_use)
        if sandbox.cidr != str(network):
            raise NetworkExists(cidr=sandbox.cidr, asked=network)
        return self._store.sandbox(self.account.name, sandbox_id)

    def _new_sandbox(self, sandbox_id: str, network: IPv4Network, in_use: Sequence[str]) -> Sandbox:
        reserved = [("the management network", self._store.pools[management_network(self.region.name)].network)]
        reserved += [("the network in use", parse_network(other)) for other in in_use]
        refuse_overlap(network, reserved)
        store, account = self._store, self.account
        used = store.sandboxes_by_account[account.name]
        if used >= account.sandboxes:
            raise QuotaExceeded(account=account.name, kind="sandboxes", limit=account.sandboxes, used=used, asked=1)
        store.networks[self.region.name].add(network, f"the network of the sandbox '{sandbox_id}':")
        sandbox = Sandbox(sandbox_id, account.name, self.region.name, str(network))
        store.add_sandbox(sandbox)
        return sandbox

    @operation
    def prepare_subnet(self, sandbox_id: str, cidr: str, alias: str = "", public: bool = False) -> Subnet:
        """Return the subnet with this cidr and alias, made if it is not there.

        Raises SandboxNotFound, InvalidCidr, OutsideNetwork, NetworkOverlap with another subnet.
        """
        sandbox = self._store.sandbox(self.account.name, sandbox_id)
        network = parse_network(cidr)
        for subnet in sandbox.subnets:
            if (subnet.cidr, subnet.alias) == (str(network), alias):
                return subnet
        if not network.subnet_of(parse_network(sandbox.cidr)):
            raise OutsideNetwork(what="The subnet", value=network, network=f"the sandbox's network {sandbox.cidr}")
        refuse_overlap(
            network, ((f"the subnet '{other.alias}'", parse_network(other.cidr)) for other in sandbox.subnets)
        )
        subnet = Subnet(f"subnet-{self._cloud.rng.getrandbits(48):012x}", sandbox_id, alias, str(network), public)
        self._store.add_subnet(subnet, AddressPool(network, f"the subnet {network}"))
        return subnet

    def prepare_key_pair(self, sandbox_id: str) -> KeyPair:
        """Return the sandbox's key pair, made if it has none; raise SandboxNotFound."""
        # Made outside the operation: it takes long, and others need not wait for it.
        return self.get_sandbox(sandbox_id).key_pair or self.add_key_pair(sandbox_id, self._cloud.new_key_pair())

    @operation
    def add_key_pair(self, sandbox_id: str, key_pair: KeyPair) -> KeyPair:
        """Give a sandbox a key pair, unless it has one; return the one it has then. Raises SandboxNotFound."""
        sandbox = self._store.sandbox(self.account.name, sandbox_id)
        if sandbox.key_pair:
            return sandbox.key_pair
        self._store.sandboxes[sandbox_id] = replace(sandbox, key_pair=key_pair)
        return key_pair

    @operation
    def cleanup_sandbox(self, sandbox_id: str) -> None:
        """Delete a sandbox's network, subnets and key pair; raise SandboxNotFound, NetworkInUse while VMs use it."""
        sandbox = self._store.sandbox(self.account.name, sandbox_id)
        if any(self._store.pools[subnet.id].used for subnet in sandbox.subnets):
            raise NetworkInUse(users=listed(self._users(sandbox)))
        self._store.remove_sandbox(sandbox)

    def _users(self, sandbox: Sandbox) -> list[str]:
        subnets = {subnet.id for subnet in sandbox.subnets}
        instances = self._store.instances.values()
        return [instance.name for instance in instances if any(nic.network in subnets for nic in instance.nics)]

    # Security groups

    @operation
    def set_security_rules(self, instance_id: str, wanted: Sequence[tuple[str, Sequence[SecurityRule]]]) -> None:
        """Replace what may come in to an instance's interfaces, network by network: all of it or nothing.

        A network is a subnet's id, its cidr or the sandbox's. Raises InstanceNotFound, NicNotFound.
        """
        instance = self._instance(instance_id)
        changed = instance.nics
        for network, rules in wanted:
            networks = self._networks_named(instance.sandbox, network)
            if not any(nic.network in networks for nic in changed):
                raise NicNotFound(name=instance.name, network=network)
            changed = tuple(replace(nic, rules=tuple(rules)) if nic.network in networks else nic for nic in changed)
        self._put(replace(instance, nics=changed))

    def _networks_named(self, sandbox_id: str, network: str) -> set[str]:
        sandbox = self._store.sandboxes.get(sandbox_id)
        subnets = sandbox.subnets if sandbox else ()
        whole = sandbox is not None and network == sandbox.cidr
        return {subnet.id for subnet in subnets if whole or network in (subnet.id, subnet.cidr)}
