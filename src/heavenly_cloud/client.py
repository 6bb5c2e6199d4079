"""Client of an account in a region: the operations of the cloud, by their names.

An operation that raises has changed nothing. After a TransientError its outcome is unknown, and it can be repeated: an
operation whose work is done already returns the existing result.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any, Callable, Protocol, TypeVar

from heavenly_cloud import instances, keys, nics
from heavenly_cloud.config import Account, CloudConfig, Region
from heavenly_cloud.errors import (
    IllegalStep,
    Interrupted,
    InvalidValue,
    KeyPairLocked,
    NetworkExists,
    NetworkInUse,
    NicNotFound,
    OtherRegion,
    OutsideNetwork,
    SubnetExists,
    TransientError,
    quoted_list,
)
from heavenly_cloud.events import CloudCall, Event
from heavenly_cloud.faults import FaultInjector, RuleStats
from heavenly_cloud.lifecycle import InstanceState, Step, next_state
from heavenly_cloud.models import (
    HIGHEST_PORT,
    PROTOCOLS_WITH_PORTS,
    EncryptedKeyPair,
    Instance,
    InstanceRequest,
    KeyPair,
    Nic,
    SecurityRule,
    Subnet,
    VirtualNetwork,
)
from heavenly_cloud.networks import Vlan, parse_network, parse_private_network, refuse_overlap
from heavenly_cloud.state import CloudState, management_network, new_id
from heavenly_cloud.store import CloudStore, Records

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    Arguments = ParamSpec("Arguments")

Result = TypeVar("Result")
OPERATIONS: set[str] = set()
# Seconds to wait before each repetition of a call that the cloud did not answer.
PAUSES = (0.1, 0.3, 1.0)


class Cloud(Protocol):
    """The part of HeavenlyCloud that its clients use."""

    config: CloudConfig
    store: CloudStore
    faults: FaultInjector
    rng: random.Random
    cloud_id: int
    now: Callable[[], float]
    sleep: Callable[[float], object]
    new_key_pair: Callable[[], KeyPair]

    def state(self, records: Records) -> CloudState: ...

    def run(self, call: CloudCall, work: Callable[[CloudState], Result]) -> Result: ...


def operation(
    method: Callable[Concatenate[Client, CloudState, Arguments], Result], *, writes: bool = True
) -> Callable[Concatenate[Client, Arguments], Result]:
    """Make a method an operation: it passes the cloud's dispatch point under its own name, as one transaction."""
    name = method.__name__
    OPERATIONS.add(name)

    @wraps(method)
    def dispatched(self: Client, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        subject = args[0] if args else ""
        return self._call(name, subject, writes, lambda state: method(self, state, *args, **kwargs))

    return dispatched


def query(
    method: Callable[Concatenate[Client, CloudState, Arguments], Result],
) -> Callable[Concatenate[Client, Arguments], Result]:
    """Make a method an operation that changes nothing."""
    return operation(method, writes=False)


class Client:
    """Client of an account in a region, returned by HeavenlyCloud.login.

    Ids are the cloud's. A tag is the caller's own word for what a thing belongs to: an instance reaches the subnets of the
    virtual network with its tag.
    """

    def __init__(self, cloud: Cloud, account: Account, region: Region, key: bytes) -> None:
        self.account = account
        self.region = region
        self.tag = ""
        self.wait: Callable[[float], object] = cloud.sleep
        self.notify: Callable[[Event], object] = lambda event: None
        self._cloud = cloud
        self._key = key
        self._pauses: Sequence[float] = ()

    def for_command(
        self,
        tag: str,
        wait: Callable[[float], object],
        notify: Callable[[Event], object] = lambda event: None,
    ) -> Client:
        """Return the client for one command: it repeats a call, a few times, when the cloud does not answer.

        tag: what the command works for; wait: waits so many seconds, or raises Interrupted when the command shall end, which
        the caller gets only if nothing was changed; notify: receives the events that a fault rule was applied to.
        """
        client = Client(self._cloud, self.account, self.region, self._key)
        client.tag, client.wait, client.notify, client._pauses = tag, wait, notify, PAUSES
        return client

    @property
    def is_persistent(self) -> bool:
        """Whether the cloud outlives this process."""
        return self._cloud.store.is_persistent

    @property
    def fault_stats(self) -> list[RuleStats]:
        """Counters of the cloud's fault rules, in their order; a rule without hits was never applied."""
        return self._cloud.faults.stats

    def _call(self, name: str, subject: Any, writes: bool, work: Callable[[CloudState], Result]) -> Result:
        call = CloudCall(self, name, str(getattr(subject, "id", subject)), writes, lambda: self._names(subject))
        for pause in self._pauses:
            try:
                return self._cloud.run(call, work)
            except TransientError:
                # An interrupted caller, too, must learn whether the work was done, so the call is repeated at once.
                with suppress(Interrupted):
                    self.wait(pause)
        return self._cloud.run(call, work)

    def _names(self, subject: Any) -> list[str]:
        """Return all the names of a call's subject."""
        names = [self.account.name, self.region.name, self.tag]
        if isinstance(subject, InstanceRequest):
            return [*names, subject.id, subject.name]
        found = self._cloud.store.run(
            lambda records: self._cloud.state(records).find_instance(self.account.name, str(subject)), writes=False
        )
        return [*names, str(subject), *([found.name] if found else [])]

    # Instances

    @query
    def require_open_region(self, state: CloudState) -> None:
        """Raise RegionClosed when nothing can be deployed in the region."""
        instances.require_open(state, self.region)

    def new_instance_id(self) -> str:
        """Return an id for an instance to create: with it, a caller can undo a creation whose answer was lost."""
        return new_id("vm", self._cloud.cloud_id, self._cloud.rng)

    @operation
    def create_instance(self, state: CloudState, request: InstanceRequest) -> Instance:
        """Create an instance, powered off once it is built, with interfaces and the public key of its tag's network.

        Raises MistakeError (unknown image, size, network; closed region), ConflictError (id or address taken),
        ExhaustedError (quota, capacity, addresses).
        """
        existing = state.find_instance(self.account.name, request.id)
        if existing:
            return self._current(instances.existing_or_conflict(existing, request))
        return instances.new_instance(state, self.account, self.region, request, self._cloud.now())

    @operation
    def confirm_instance(self, state: CloudState, instance_id: str) -> None:
        """End the lease of an instance: its creator is known to have its id. Raises InstanceNotFound."""
        state.end_lease(state.instance(self.account.name, instance_id))

    @query
    def get_unconfirmed(self, state: CloudState, tag: str = "") -> list[Instance]:
        """Return the account's instances whose leases are over, and all with a lease that have the tag, if one is given.

        Their creator may have died before it could pass their ids on; only its own records can tell.
        """
        return [
            self._current(instance)
            for instance, until in state.leased(self.account.name)
            if until <= self._cloud.now() or (tag and instance.tag == tag)
        ]

    @query
    def get_instance(self, state: CloudState, instance_id: str) -> Instance:
        """Return an instance with its current state; raise InstanceNotFound."""
        return self._instance(state, instance_id)

    def _instance(self, state: CloudState, instance_id: str) -> Instance:
        return self._current(state.instance(self.account.name, instance_id))

    def _current(self, instance: Instance) -> Instance:
        return instances.current(instance, self._cloud.config.regions, self._cloud.now())

    def progress(self, instance: Instance) -> int:
        """Return how much of being built, powered on or powered off has passed, in percent; 100 for a stable state."""
        return instances.progress_of(instance, self._cloud.config.regions, self._cloud.now())

    @operation
    def power_on(self, state: CloudState, instance_id: str) -> Instance:
        """Begin to power an instance on, if it is not; raise InstanceNotFound or IllegalStep."""
        return self._step(state, instance_id, Step.POWER_ON)

    @operation
    def power_off(self, state: CloudState, instance_id: str) -> Instance:
        """Begin to power an instance off, if it is not; raise InstanceNotFound or IllegalStep."""
        return self._step(state, instance_id, Step.POWER_OFF)

    def _step(self, state: CloudState, instance_id: str, step: Step) -> Instance:
        instance = self._instance(state, instance_id)
        new_state = next_state(instance.state, step, instance.name)
        if new_state is instance.state:
            return instance
        instance = self._current(replace(instance, state=new_state, since=self._cloud.now()))
        state.put_instance(instance)
        return instance

    @query
    def guest_address(self, state: CloudState, instance_id: str) -> str:
        """Return the IP address of an instance, empty while it boots; raise InstanceNotFound or IllegalStep."""
        instance = self._instance(state, instance_id)
        if instance.state is not InstanceState.ON:
            raise IllegalStep(name=instance.name, state=instance.state.value.lower(), step="'get an IP address'")
        booted = self._cloud.now() - instance.since >= self._cloud.config.regions[instance.region].boot_seconds
        return instance.address if booted else ""

    @operation
    def delete_instance(self, state: CloudState, instance_id: str) -> None:
        """Delete an instance that is not on and release all it used; raise InstanceNotFound or IllegalStep."""
        instance = self._instance(state, instance_id)
        next_state(instance.state, Step.DELETE, instance.name)
        state.remove_instance(instance)

    # VLANs

    @operation
    def connect_vlan(
        self, state: CloudState, instance_id: str, vlan: Vlan, asked: Sequence[str] = ("",), connection: str = ""
    ) -> list[Nic]:
        """Put a VLAN on an interface for each name that is asked for, all or none; return the interfaces in that order.

        connection: the caller's own word for what the VLAN is for; asked again, it is on these interfaces alone. Without
        one, an interface with the same VLAN is taken as the same connection. An empty name means the interface that carries
        the connection, else an unplugged one, else a new one. Raises InstanceNotFound; NicBusy when an interface that is
        asked for is used otherwise.
        """
        instance = self._instance(state, instance_id)
        all_nics, connected = instance.nics, list[Nic]()
        for name in asked:
            connected.append(_nic_with_vlan(state, instance.name, all_nics, name, vlan, connection))
            all_nics = nics.with_nic(all_nics, connected[-1])
        all_nics = nics.with_connection_on(all_nics, connection, [nic.mac for nic in connected])
        if all_nics != instance.nics:
            state.put_instance(replace(instance, nics=all_nics))
        return connected

    @operation
    def disconnect_vlan(
        self,
        state: CloudState,
        instance_id: str,
        ids: str = "",
        inner: str = "",
        only: Sequence[str] = (),
        connection: str = "",
    ) -> list[Nic]:
        """Take a VLAN off interfaces and return those it was on; they stay, unplugged. Raises InstanceNotFound.

        ids: the VLAN's, or empty for any; inner: of those, only the QnQ tunnel of these tags, or empty for any; only: names
        or MAC addresses of interfaces, or empty for all; connection: the one to end, empty for whichever has that VLAN. What
        another connection has put on an interface stays.
        """
        instance = self._instance(state, instance_id)
        changed, all_nics = nics.unplugged(instance.nics, ids, inner, only, connection)
        if changed:
            state.put_instance(replace(instance, nics=all_nics))
        return changed

    # Virtual networks

    @query
    def get_network(self, state: CloudState, tag: str) -> VirtualNetwork:
        """Return the virtual network with a tag; raise NetworkNotFound."""
        return state.network(self.account.name, tag)

    @operation
    def prepare_network(self, state: CloudState, tag: str, cidr: str, in_use: Sequence[str] = ()) -> VirtualNetwork:
        """Return the virtual network with a tag, created if it does not exist.

        in_use: other networks, as CIDRs, that it must not overlap. Raises RegionClosed, InvalidCidr, UnusableNetwork,
        NoRoom, NetworkOverlap, QuotaExceeded; NetworkExists when the tag has a network with another CIDR, OtherRegion when
        it has one in another region.
        """
        instances.require_open(state, self.region)
        wanted = parse_private_network(cidr, "The network")
        network = state.find_network(self.account.name, tag)
        if network is None:
            return self._new_network(state, tag, wanted, in_use)
        self._require_here(network)
        if network.cidr != str(wanted):
            raise NetworkExists(tag=tag, cidr=network.cidr, asked=wanted)
        return network

    def _require_here(self, network: VirtualNetwork) -> None:
        if network.region != self.region.name:
            raise OtherRegion(tag=network.tag, region=network.region, asked=self.region.name)

    def _new_network(self, state: CloudState, tag: str, cidr: IPv4Network, in_use: Sequence[str]) -> VirtualNetwork:
        management = state.pool(self.region.name, management_network(self.region.name))
        reserved = [("the management network", management.network)]
        reserved += [("the network in use", parse_network(other)) for other in in_use]
        refuse_overlap(cidr, reserved)
        network = VirtualNetwork(tag, self.account.name, self.region.name, str(cidr))
        state.add_network(self.account, network)
        return network

    @operation
    def prepare_subnet(self, state: CloudState, tag: str, cidr: str, alias: str = "", public: bool = False) -> Subnet:
        """Return the subnet with this CIDR and alias in the virtual network with the tag, created if it does not exist.

        public: interfaces in it get a public address too. Raises NetworkNotFound, OtherRegion, InvalidCidr, NoRoom,
        OutsideNetwork, NetworkOverlap with another subnet; SubnetExists when that one is not public, or is, as asked.
        """
        network = state.network(self.account.name, tag)
        self._require_here(network)
        wanted = parse_private_network(cidr, "The subnet")
        for subnet in network.subnets:
            if (subnet.cidr, subnet.alias) == (str(wanted), alias):
                return _existing_subnet(subnet, public)
        if not wanted.subnet_of(parse_network(network.cidr)):
            raise OutsideNetwork(what="The subnet", value=wanted, network=f"the virtual network {network.cidr}")
        refuse_overlap(wanted, ((f"the subnet '{each.alias}'", parse_network(each.cidr)) for each in network.subnets))
        subnet = Subnet(state.new_id("subnet"), tag, alias, str(wanted), public)
        state.add_subnet(network, subnet)
        return subnet

    def prepare_key_pair(self, tag: str) -> KeyPair:
        """Return the key pair of the virtual network with a tag, created if it has none.

        Raises NetworkNotFound, KeyPairLocked.
        """
        # Generated outside of a transaction: it takes long, and other calls need not wait for it.
        encrypted = self.get_network(tag).key_pair
        if encrypted is None:
            encrypted = self.add_key_pair(tag, keys.encrypt(self._cloud.new_key_pair(), self._key))
        decrypted = keys.decrypt(encrypted, self._key)
        if decrypted is None:
            raise KeyPairLocked(tag=tag, user=self.account.name)
        return decrypted

    @operation
    def add_key_pair(self, state: CloudState, tag: str, key_pair: EncryptedKeyPair) -> EncryptedKeyPair:
        """Give a virtual network a key pair, unless it has one; return the one that it has. Raises NetworkNotFound."""
        network = state.network(self.account.name, tag)
        if network.key_pair:
            return network.key_pair
        state.put_network(replace(network, key_pair=key_pair))
        return key_pair

    @operation
    def delete_network(self, state: CloudState, tag: str) -> None:
        """Delete a virtual network, its subnets and its key pair; raise NetworkNotFound, NetworkInUse while VMs use it."""
        network = state.network(self.account.name, tag)
        users = state.users(network)
        if users:
            raise NetworkInUse(tag=tag, users=quoted_list(users))
        state.remove_network(network)

    # Security groups

    @operation
    def set_security_rules(
        self, state: CloudState, instance_id: str, wanted: Sequence[tuple[str, Sequence[SecurityRule]]]
    ) -> None:
        """Replace the rules for inbound traffic of an instance's interfaces, network by network, all or none.

        wanted: pairs of a network and its rules; the network is a subnet's id or CIDR, or the CIDR of the virtual network.
        Raises InstanceNotFound, NicNotFound, InvalidValue for ports of a protocol that has none.
        """
        instance = self._instance(state, instance_id)
        network = state.find_network(self.account.name, instance.tag)
        changed = instance.nics
        for name, rules in wanted:
            _require_ports(rules)
            subnets = _subnets_named(network, name)
            if not any(nic.network in subnets for nic in changed):
                raise NicNotFound(name=instance.name, network=name)
            changed = tuple(replace(nic, rules=tuple(rules)) if nic.network in subnets else nic for nic in changed)
        state.put_instance(replace(instance, nics=changed))


def _existing_subnet(subnet: Subnet, public: bool) -> Subnet:
    if subnet.public != public:
        kind, asked = ("public", "private") if subnet.public else ("private", "public")
        raise SubnetExists(alias=subnet.alias, cidr=subnet.cidr, kind=kind, asked=asked)
    return subnet


def _nic_with_vlan(
    state: CloudState, name: str, all_nics: Sequence[Nic], asked: str, vlan: Vlan, connection: str
) -> Nic:
    found = nics.nic_for_vlan(name, all_nics, vlan, asked, connection)
    if found is not None:
        return replace(found, vlan=vlan, connection=connection or found.connection)
    (slot,) = nics.slots(name, [asked], all_nics)
    return Nic(slot.name, slot.index, state.macs.allocate(), vlan=vlan, connection=connection)


def _require_ports(rules: Sequence[SecurityRule]) -> None:
    for rule in rules:
        ports = (rule.from_port, rule.to_port)
        if rule.protocol not in PROTOCOLS_WITH_PORTS and ports != (0, HIGHEST_PORT):
            shown = f"{rule.from_port}-{rule.to_port}"
            raise InvalidValue(name=f"ports of {rule.protocol}", value=shown, right="left out, or -1 for all")


def _subnets_named(network: VirtualNetwork | None, name: str) -> set[str]:
    subnets = network.subnets if network else ()
    is_whole = network is not None and name == network.cidr
    return {subnet.id for subnet in subnets if is_whole or name in (subnet.id, subnet.cidr)}
