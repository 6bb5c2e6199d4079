"""The interface that operations call: what a cloud does for CloudShell, and the records in its calls.

A shell for another cloud implements `CloudProvider` with that cloud's own client. Whatever fails raises an error of
`shell.errors` and has changed nothing; only after a TransientError that is unknown, so each method can be called again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from provider.deployments import Deployment
from shell import command
from shell.deployments import DeploymentRequest
from shell.vlans import Vlan, VlanIds


class NicRequest(NamedTuple):
    """An interface that a new instance shall have.

    network: a subnet's id, empty for the cloud's management network; name: "eth1", empty for the first that is free;
    address: the one that it must have, or empty.
    """

    network: str = ""
    name: str = ""
    address: str = ""


class InstanceRequest(NamedTuple):
    """An instance to create, for the command's sandbox.

    id: from `new_instance_id`; name: what its unique name begins with; nics: at least one.
    """

    id: str
    name: str
    deployment: Deployment
    nics: Sequence[NicRequest]


class Nic(NamedTuple):
    """A network interface of an instance.

    slot: its position in the instance, 0 for the primary one; mac: also its id; network: the id of its subnet or network,
    "VLAN 11" for a VLAN, empty when it is unplugged; is_management: whether the cloud put it on its management network by
    itself; details: what VM details show of it.
    """

    name: str
    slot: int
    mac: str
    network: str
    address: str
    public_address: str
    is_management: bool
    details: Mapping[str, object]


class Instance(NamedTuple):
    """An instance, which CloudShell calls a VM, as it is now.

    address: its primary interface's private one; public_address: the first public one it has, or empty; nics: in the order
    of their slots; is_on: true also while it is being powered on, so that it must be powered off before it is deleted;
    state: for people, as "Building"; progress: how much of that is over in percent, 100 when it is finished; details: what
    VM details show of it.
    """

    id: str
    name: str
    address: str
    public_address: str
    nics: Sequence[Nic]
    is_on: bool
    state: str
    progress: int
    details: Mapping[str, object]


class Subnet(NamedTuple):
    """A subnet of a sandbox's network."""

    id: str
    cidr: str


class SecurityRule(NamedTuple):
    """Traffic that may come in. protocol: tcp, udp, icmp or any; source: the network that it comes from."""

    protocol: str
    from_port: int
    to_port: int
    source: str


class CloudProvider(Protocol):
    """The operations of one account in one region of a cloud, for one command."""

    # The cloud provider resource

    def check_usable(self, networking: str) -> None:
        """Raise MistakeError or RefusedError when nothing could be deployed with the resource's attributes.

        networking: L2 or L3, which shell this is. The credentials are known to be right.
        """

    def get_defaults(self, networking: str) -> Mapping[str, str]:
        """Return the values that discovery fills in where an attribute was left empty, by the attributes' short names."""

    # Instances

    def read_deployment(self, request: DeploymentRequest) -> Deployment:
        """Return what an App asks for, typed; raise MistakeError for another deployment type or a wrong value."""

    def new_instance_id(self) -> str:
        """Return an id for an instance to come, so that a creation whose answer was lost can be rolled back by it.

        A cloud that chooses ids by itself can return a tag here, and find its instances by that tag.
        """

    def create_instance(self, request: InstanceRequest) -> Instance:
        """Create an instance, powered off once it is built; one that was created by the same request is returned.

        Raises MistakeError (an unknown image, size or subnet), ConflictError (an address is taken), ExhaustedError.
        """

    def get_instance(self, instance_id: str) -> Instance:
        """Return an instance as it is now; raise InstanceNotFound."""

    def power_on(self, instance_id: str) -> Instance:
        """Begin to power an instance on, which is fine if it is on; raise InstanceNotFound."""

    def power_off(self, instance_id: str) -> Instance:
        """Begin to power an instance off, which is fine if it is off; raise InstanceNotFound."""

    def get_guest_address(self, instance_id: str) -> str:
        """Return the address that an instance answers at, empty while it boots; raise ConflictError when it is not on."""

    def delete_instance(self, instance_id: str) -> None:
        """Delete an instance that is not on, with all that it used; raise InstanceNotFound or ConflictError."""

    # VLANs

    def get_vlan_type(self) -> str:
        """Return the kind of VLANs that the resource asks for, a key of `shell.vlans.HIGHEST_ID`; raise MistakeError."""

    def connect_vlan(self, instance_id: str, vlan: Vlan, names: Sequence[str], connection: str) -> list[str]:
        """Put a VLAN on one interface for each name, on all or on none; return their MAC addresses in that order.

        connection: the id of the connector, empty if CloudShell sent none. Asked again for one, the VLAN and the interfaces
        are changed to what is asked now; two connections to one VLAN have an interface each. An empty name means the
        interface that carries the connection, else an unplugged one, else a new one. Raises InstanceNotFound, ConflictError
        when an interface that was named carries something else.
        """

    def disconnect_vlan(self, instance_id: str, vlan: VlanIds, names: Sequence[str], connection: str) -> list[str]:
        """Take a connection off the interfaces named (all that carry it, if none); return their MAC addresses.

        vlan: the one that it has, for a cloud or an interface that does not know its connection; empty for any. names: of
        interfaces, or their MAC addresses. What another connection has put on an interface stays. Raises InstanceNotFound.
        """

    # A sandbox's network

    def prepare_network(self, cidr: str) -> None:
        """Make the sandbox's network if it is not there; raise MistakeError, ConflictError or ExhaustedError."""

    def prepare_subnet(self, cidr: str, alias: str, public: bool) -> Subnet:
        """Return the sandbox's subnet with this cidr and alias, made if it is not there; raise NetworkNotFound."""

    def prepare_key_pair(self) -> str:
        """Return the private key (PEM) of the sandbox's key pair, made if it has none; raise NetworkNotFound."""

    def get_subnets(self) -> Sequence[Subnet]:
        """Return the sandbox's subnets, in the order in which they were made; raise NetworkNotFound."""

    def delete_network(self) -> None:
        """Delete the sandbox's network, subnets and key pair; raise NetworkNotFound, ConflictError while VMs use it."""

    def set_security_rules(self, instance_id: str, rules: Sequence[tuple[str, Sequence[SecurityRule]]]) -> None:
        """Replace what may come in to an instance's interfaces, network by network: all of it or nothing.

        A network is a subnet's id or cidr, or the cidr of the sandbox's network for all of its subnets. Raises
        InstanceNotFound, MistakeError, NotFoundError for a network that the instance is not on.
        """


Command = command.Command[command.Resource, CloudProvider]
RemoteCommand = command.RemoteCommand[command.Resource, CloudProvider]
