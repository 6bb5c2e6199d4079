"""What an account may do in a region: the operations of the cloud, by their names.

An operation that raises has changed nothing; after a TransientError, whose effect nobody knows, it can be asked for again:
each of them then returns what is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from heavenly_cloud import instances, keys, nics
from heavenly_cloud.data import Account, Region
from heavenly_cloud.errors import (
    IllegalStep,
    Interrupted,
    NetworkExists,
    NetworkInUse,
    NicNotFound,
    OutsideNetwork,
    Sealed,
    TransientError,
    listed,
)
from heavenly_cloud.events import Call, Event
from heavenly_cloud.faults import Record
from heavenly_cloud.holdings import Holdings, management_network, new_id
from heavenly_cloud.lifecycle import State, Step, after
from heavenly_cloud.models import Instance, InstanceRequest, KeyPair, Nic, Sandbox, SealedKeyPair, SecurityRule, Subnet
from heavenly_cloud.networks import Vlan, parse_network, refuse_overlap

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    from heavenly_cloud.cloud import HeavenlyCloud

    Asked = ParamSpec("Asked")

Answer = TypeVar("Answer")
OPERATIONS: set[str] = set()
# Seconds before a call that the cloud did not answer is made again.
PAUSES = (0.1, 0.3, 1.0)


def operation(
    method: Callable[Concatenate[Client, Holdings, Asked], Answer], *, writes: bool = True
) -> Callable[Concatenate[Client, Asked], Answer]:
    """Make a method an operation: it passes the cloud's dispatch point under its own name, as one transaction."""
    name = method.__name__
    OPERATIONS.add(name)

    @wraps(method)
    def dispatched(self: Client, /, *args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        subject = args[0] if args else ""
        return self._ask(name, subject, writes, lambda held: method(self, held, *args, **kwargs))

    return dispatched


def query(
    method: Callable[Concatenate[Client, Holdings, Asked], Answer],
) -> Callable[Concatenate[Client, Asked], Answer]:
    """Make a method an operation that changes nothing."""
    return operation(method, writes=False)


class Client:
    """From HeavenlyCloud.login. All ids are the cloud's, except a sandbox's, which is the caller's."""

    def __init__(self, cloud: HeavenlyCloud, account: Account, region: Region, key: bytes) -> None:
        self.account = account
        self.region = region
        self.sandbox = ""
        self.wait: Callable[[float], object] = cloud.sleep
        self.watch: Callable[[Event], object] = lambda event: None
        self._cloud = cloud
        self._key = key
        self._pauses: Sequence[float] = ()

    def working_for(
        self,
        sandbox: str,
        wait: Callable[[float], object],
        watch: Callable[[Event], object] = lambda event: None,
    ) -> Client:
        """Return the client that one command uses: it asks again, a few times, when the cloud does not answer.

        sandbox: whose command it is; wait: waits so many seconds, or raises Interrupted when the command shall end, which
        comes through only if nothing was changed; watch: is told what the weather struck.
        """
        client = Client(self._cloud, self.account, self.region, self._key)
        client.sandbox, client.wait, client.watch, client._pauses = sandbox, wait, watch, PAUSES
        return client

    @property
    def lasts(self) -> bool:
        """Whether the cloud outlives this process."""
        return self._cloud.store.lasts

    @property
    def weather(self) -> list[Record]:
        """How each rule of the cloud's weather fared; those without hits were never hit."""
        return self._cloud.faults.records

    def _ask(self, name: str, subject: Any, writes: bool, work: Callable[[Holdings], Answer]) -> Answer:
        call = Call(self, name, str(getattr(subject, "id", subject)), writes, lambda: self._names(subject))
        for pause in self._pauses:
            try:
                return self._cloud.run(call, work)
            except TransientError:
                # Whoever cannot wait must know all the same whether it was done.
                with suppress(Interrupted):
                    self.wait(pause)
        return self._cloud.run(call, work)

    def _names(self, subject: Any) -> list[str]:
        """Return all the names of what a call concerns."""
        names = [self.account.name, self.region.name, self.sandbox]
        if isinstance(subject, InstanceRequest):
            return [*names, subject.id, subject.name]
        found = self._cloud.store.run(
            lambda records: self._cloud.held(records).find_instance(self.account.name, str(subject)), writes=False
        )
        return [*names, str(subject), *([found.name] if found else [])]

    # Instances

    @query
    def require_open_region(self, held: Holdings) -> None:
        """Raise RegionClosed when nothing can be deployed in the region."""
        instances.require_open(held, self.region)

    def new_instance_id(self) -> str:
        """Return an id for an instance to come: whoever has it beforehand can undo a creation whose answer was lost."""
        return new_id("vm", self._cloud.own, self._cloud.rng)

    @operation
    def create_instance(self, held: Holdings, request: InstanceRequest) -> Instance:
        """Make an instance, powered off once it is built, with its interfaces and its sandbox's public key.

        Raises MistakeError (unknown image, size, network; closed region), ConflictError (id or address taken),
        ExhaustedError (quota, capacity, addresses).
        """
        now = self._cloud.now()
        held.remove_expired(self.account.name, now)
        there = held.find_instance(self.account.name, request.id)
        if there:
            return self._as_it_is(instances.made_already(there, request))
        return instances.new_instance(held, self.account, self.region, request, now)

    @operation
    def confirm_instance(self, held: Holdings, instance_id: str) -> None:
        """Have an instance stay that was asked for with a lease; raise InstanceNotFound."""
        held.end_lease(held.instance(self.account.name, instance_id))

    @query
    def get_instance(self, held: Holdings, instance_id: str) -> Instance:
        """Return an instance as it is now; raise InstanceNotFound."""
        return self._instance(held, instance_id)

    def _instance(self, held: Holdings, instance_id: str) -> Instance:
        return self._as_it_is(held.instance(self.account.name, instance_id))

    def _as_it_is(self, instance: Instance) -> Instance:
        return instances.as_it_is(instance, self._cloud.data.regions, self._cloud.now())

    def progress(self, instance: Instance) -> int:
        """Return how much of being built, powered on or off is over, in percent; 100 if it is in the midst of nothing."""
        return instances.progress_of(instance, self._cloud.data.regions, self._cloud.now())

    @operation
    def power_on(self, held: Holdings, instance_id: str) -> Instance:
        """Begin to power an instance on, which is fine if it is on; raise InstanceNotFound or IllegalStep."""
        return self._step(held, instance_id, Step.POWER_ON)

    @operation
    def power_off(self, held: Holdings, instance_id: str) -> Instance:
        """Begin to power an instance off, which is fine if it is off; raise InstanceNotFound or IllegalStep."""
        return self._step(held, instance_id, Step.POWER_OFF)

    def _step(self, held: Holdings, instance_id: str, step: Step) -> Instance:
        instance = self._instance(held, instance_id)
        state = after(instance.state, step, instance.name)
        if state is instance.state:
            return instance
        instance = self._as_it_is(replace(instance, state=state, since=self._cloud.now()))
        held.put_instance(instance)
        return instance

    @query
    def guest_address(self, held: Holdings, instance_id: str) -> str:
        """Return the address that an instance answers at, empty while it boots; raise IllegalStep when it is not on."""
        instance = self._instance(held, instance_id)
        if instance.state is not State.ON:
            raise IllegalStep(name=instance.name, state=instance.state.value.lower(), step="'get an IP address'")
        booted = self._cloud.now() - instance.since >= self._cloud.data.regions[instance.region].boot_seconds
        return instance.address if booted else ""

    @operation
    def delete_instance(self, held: Holdings, instance_id: str) -> None:
        """Delete an instance that is not on; all it used is free again. Raises InstanceNotFound or IllegalStep."""
        instance = self._instance(held, instance_id)
        after(instance.state, Step.DELETE, instance.name)
        held.remove_instance(instance)

    # VLANs

    @operation
    def connect_vlan(self, held: Holdings, instance_id: str, vlan: Vlan, asked: Sequence[str] = ("",)) -> list[Nic]:
        """Put a VLAN on one interface for each name that is asked for, on all or on none; return them in that order.

        An empty name means the interface that carries the VLAN, else an unplugged one, else a new one. Raises
        InstanceNotFound, NicBusy when an interface that was asked for carries something else.
        """
        instance = self._instance(held, instance_id)
        all_nics, connected = instance.nics, list[Nic]()
        for name in asked:
            connected.append(_nic_with_vlan(held, instance.name, all_nics, vlan, name))
            all_nics = nics.with_nic(all_nics, connected[-1])
        if all_nics != instance.nics:
            held.put_instance(replace(instance, nics=all_nics))
        return connected

    @operation
    def disconnect_vlan(self, held: Holdings, instance_id: str, ids: str = "", only: Sequence[str] = ()) -> list[Nic]:
        """Take a VLAN (any, if empty) off the interfaces named (all that carry it, if none); return those it was on.

        The interfaces stay, for the next VLAN. Raises InstanceNotFound.
        """
        instance = self._instance(held, instance_id)
        changed, all_nics = nics.unplugged(instance.nics, ids, only)
        if changed:
            held.put_instance(replace(instance, nics=all_nics))
        return changed

    # Sandbox networks

    @query
    def get_sandbox(self, held: Holdings, sandbox_id: str) -> Sandbox:
        """Return a sandbox's network; raise SandboxNotFound."""
        return held.sandbox(self.account.name, sandbox_id)

    @operation
    def prepare_network(self, held: Holdings, sandbox_id: str, cidr: str, in_use: Sequence[str] = ()) -> Sandbox:
        """Return the sandbox's network, made if it is not there. in_use: networks that it must not overlap.

        Raises InvalidCidr, NetworkOverlap, NetworkExists when it has another one, QuotaExceeded.
        """
        network = parse_network(cidr)
        sandbox = held.find_sandbox(self.account.name, sandbox_id)
        if sandbox is None:
            return self._new_sandbox(held, sandbox_id, network, in_use)
        if sandbox.cidr != str(network):
            raise NetworkExists(cidr=sandbox.cidr, asked=network)
        return sandbox

    def _new_sandbox(self, held: Holdings, sandbox_id: str, network: IPv4Network, in_use: Sequence[str]) -> Sandbox:
        management = held.pool(self.region.name, management_network(self.region.name))
        reserved = [("the management network", management.network)]
        reserved += [("the network in use", parse_network(other)) for other in in_use]
        refuse_overlap(network, reserved)
        sandbox = Sandbox(sandbox_id, self.account.name, self.region.name, str(network))
        held.add_sandbox(self.account, sandbox)
        return sandbox

    @operation
    def prepare_subnet(
        self, held: Holdings, sandbox_id: str, cidr: str, alias: str = "", public: bool = False
    ) -> Subnet:
        """Return the subnet with this cidr and alias, made if it is not there.

        Raises SandboxNotFound, InvalidCidr, OutsideNetwork, NetworkOverlap with another subnet.
        """
        sandbox = held.sandbox(self.account.name, sandbox_id)
        network = parse_network(cidr)
        for subnet in sandbox.subnets:
            if (subnet.cidr, subnet.alias) == (str(network), alias):
                return subnet
        if not network.subnet_of(parse_network(sandbox.cidr)):
            raise OutsideNetwork(what="The subnet", value=network, network=f"the sandbox's network {sandbox.cidr}")
        others = ((f"the subnet '{other.alias}'", parse_network(other.cidr)) for other in sandbox.subnets)
        refuse_overlap(network, others)
        subnet = Subnet(held.new_id("subnet"), sandbox_id, alias, str(network), public)
        held.add_subnet(sandbox, subnet)
        return subnet

    def prepare_key_pair(self, sandbox_id: str) -> KeyPair:
        """Return the sandbox's key pair, made if it has none; raise SandboxNotFound, Sealed."""
        # Made outside the operation: it takes long, and others need not wait for it.
        sealed = self.get_sandbox(sandbox_id).key_pair
        if sealed is None:
            sealed = self.add_key_pair(sandbox_id, keys.seal(self._cloud.new_key_pair(), self._key))
        opened = keys.unseal(sealed, self._key)
        if opened is None:
            raise Sealed(id=sandbox_id, user=self.account.name)
        return opened

    @operation
    def add_key_pair(self, held: Holdings, sandbox_id: str, key_pair: SealedKeyPair) -> SealedKeyPair:
        """Give a sandbox a key pair, unless it has one; return the one it has then. Raises SandboxNotFound."""
        sandbox = held.sandbox(self.account.name, sandbox_id)
        if sandbox.key_pair:
            return sandbox.key_pair
        held.put_sandbox(replace(sandbox, key_pair=key_pair))
        return key_pair

    @operation
    def cleanup_sandbox(self, held: Holdings, sandbox_id: str) -> None:
        """Delete a sandbox's network, subnets and key pair; raise SandboxNotFound, NetworkInUse while VMs use it."""
        sandbox = held.sandbox(self.account.name, sandbox_id)
        users = held.users(sandbox)
        if users:
            raise NetworkInUse(users=listed(users))
        held.remove_sandbox(sandbox)

    # Security groups

    @operation
    def set_security_rules(
        self, held: Holdings, instance_id: str, wanted: Sequence[tuple[str, Sequence[SecurityRule]]]
    ) -> None:
        """Replace what may come in to an instance's interfaces, network by network: all of it or nothing.

        A network is a subnet's id, its cidr or the sandbox's. Raises InstanceNotFound, NicNotFound.
        """
        instance = self._instance(held, instance_id)
        sandbox = held.find_sandbox(self.account.name, instance.sandbox)
        changed = instance.nics
        for network, rules in wanted:
            networks = _networks_named(sandbox, network)
            if not any(nic.network in networks for nic in changed):
                raise NicNotFound(name=instance.name, network=network)
            changed = tuple(replace(nic, rules=tuple(rules)) if nic.network in networks else nic for nic in changed)
        held.put_instance(replace(instance, nics=changed))


def _nic_with_vlan(held: Holdings, name: str, all_nics: Sequence[Nic], vlan: Vlan, asked: str) -> Nic:
    found = nics.nic_for_vlan(name, all_nics, vlan, asked)
    if found is not None:
        return found if found.vlan == vlan else replace(found, vlan=vlan)
    (place,) = nics.places(name, [asked], all_nics)
    return Nic(place.name, place.index, held.macs.allocate(), vlan=vlan)


def _networks_named(sandbox: Sandbox | None, network: str) -> set[str]:
    subnets = sandbox.subnets if sandbox else ()
    whole = sandbox is not None and network == sandbox.cidr
    return {subnet.id for subnet in subnets if whole or network in (subnet.id, subnet.cidr)}
