"""Records of the cloud. A record never changes: a new one replaces it, so a reader's copy stays whole whatever other
threads do."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple, Union

from heavenly_cloud.errors import InvalidValue
from heavenly_cloud.lifecycle import InstanceState
from heavenly_cloud.networks import Vlan, parse_network

MANAGEMENT = "management"
PROTOCOLS = ("tcp", "udp", "icmp", "any")
PROTOCOLS_WITH_PORTS = ("tcp", "udp")
HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Angel:
    """An instance that flies. wing_count: how many; flight_speed: metres a second."""

    wing_count: int
    flight_speed: float

    def __post_init__(self) -> None:
        if self.wing_count < 0:
            raise InvalidValue(name="wing_count", value=self.wing_count, right="a whole number from 0 up")
        _require_positive("flight_speed", self.flight_speed)


@dataclass(frozen=True)
class Man:
    """An instance that walks. weight: kilograms; height: centimetres."""

    weight: float
    height: float

    def __post_init__(self) -> None:
        _require_positive("weight", self.weight)
        _require_positive("height", self.height)


Being = Union[Angel, Man]


def _require_positive(name: str, value: float) -> None:
    if not (value > 0 and math.isfinite(value)):
        raise InvalidValue(name=name, value=value, right="a number above 0")


@dataclass(frozen=True)
class Image:
    """A disk image that instances start from; least_memory_gb, least_storage_gb: what a size must have for it."""

    name: str
    operating_system: str
    least_memory_gb: int = 0
    least_storage_gb: int = 0


@dataclass(frozen=True)
class Size:
    """The hardware of an instance."""

    name: str
    vcpus: int
    memory_gb: int
    storage_gb: int


@dataclass(frozen=True)
class NicRequest:
    """A network interface that a new instance shall have.

    network: a subnet's id, or MANAGEMENT; name: "eth1", or empty for the first free one; address: the IPv4 address it
    must have, or empty for any.
    """

    network: str
    name: str = ""
    address: str = ""


@dataclass(frozen=True)
class SecurityRule:
    """Inbound traffic that is allowed: the protocol (tcp, udp, icmp or any), the port range, the CIDR it comes from.

    Only tcp and udp have ports; a rule of another protocol has all of them.
    """

    protocol: str
    from_port: int
    to_port: int
    source: str

    def __post_init__(self) -> None:
        if self.protocol not in PROTOCOLS:
            raise InvalidValue(name="protocol", value=self.protocol, right=f"one of {', '.join(PROTOCOLS)}")
        if not 0 <= self.from_port <= self.to_port <= HIGHEST_PORT:
            ports = f"{self.from_port}-{self.to_port}"
            raise InvalidValue(name="ports", value=ports, right=f"from 0 to {HIGHEST_PORT}, low before high")
        parse_network(self.source)

    def __str__(self) -> str:
        if self.protocol not in PROTOCOLS_WITH_PORTS:
            return f"{self.protocol} from {self.source}"
        ports = str(self.from_port) if self.from_port == self.to_port else f"{self.from_port}-{self.to_port}"
        return f"{self.protocol} {ports} from {self.source}"


@dataclass(frozen=True)
class Nic:
    """A network interface: it is on a network (with addresses), carries a VLAN, or is unplugged.

    index: its number in the instance, 0 for the primary one; mac: also its id; connection: the caller's own word for what
    the VLAN is for, which tells two connections to one VLAN apart.
    """

    name: str
    index: int
    mac: str
    network: str = ""
    address: str = ""
    public_address: str = ""
    vlan: Vlan | None = None
    connection: str = ""
    rules: tuple[SecurityRule, ...] = ()


@dataclass(frozen=True)
class InstanceRequest:
    """A request for an instance.

    id: from Client.new_instance_id; name: the beginning of its unique name; tag: the caller's own word for what the
    instance belongs to: an instance reaches the subnets of the virtual network with its tag;
    lease: seconds after which Client.get_unconfirmed lists the instance unless Client.confirm_instance was called, for a
    caller that may die before it can pass the id on; 0 for never.
    """

    id: str
    name: str
    being: Being
    image: str
    size: str
    tag: str = ""
    nics: tuple[NicRequest, ...] = (NicRequest(MANAGEMENT),)
    lease: float = 0


@dataclass(frozen=True)
class Instance:
    """A VM. tag: as in its request; since: the cloud's time at which it entered its state, in seconds;
    public_key: the key that may log in, OpenSSH text.

    state is the one at that time: some end by themselves, so the cloud's operations return an instance with its current
    state.
    """

    id: str
    name: str
    account: str
    region: str
    tag: str
    being: Being
    image: Image
    size: Size
    state: InstanceState
    since: float
    nics: tuple[Nic, ...] = ()
    public_key: str = ""

    @property
    def address(self) -> str:
        """The IP address of the primary interface, or an empty text."""
        return self.nics[0].address if self.nics else ""

    @property
    def public_address(self) -> str:
        """The first public IP address of its interfaces, or an empty text."""
        return next((nic.public_address for nic in self.nics if nic.public_address), "")


@dataclass(frozen=True)
class KeyPair:
    """A key pair to log in to VMs with. private_key: PEM; public_key: OpenSSH text."""

    public_key: str
    private_key: str = field(repr=False)


@dataclass(frozen=True)
class EncryptedKeyPair:
    """A key pair as records hold it: only the account's password can decrypt the private key."""

    public_key: str
    encrypted_private_key: str = field(repr=False)


@dataclass(frozen=True)
class Subnet:
    """A part of a virtual network. tag: the network's; public: interfaces in it get a public address too."""

    id: str
    tag: str
    alias: str
    cidr: str
    public: bool


@dataclass(frozen=True)
class VirtualNetwork:
    """A private network of an account, with its subnets in the order of creation, and its key pair if it has one.

    tag: the caller's own word for what the network belongs to; instances with the same tag reach its subnets.
    """

    tag: str
    account: str
    region: str
    cidr: str
    subnets: tuple[Subnet, ...] = ()
    key_pair: EncryptedKeyPair | None = None


@dataclass(frozen=True)
class CidrBlock:
    """The addresses of a region that one virtual network occupies; no other one may overlap them."""

    cidr: str
    tag: str


class Usage(NamedTuple):
    """How much an account, or a region, has in use."""

    instances: int = 0
    vcpus: int = 0
    networks: int = 0


@dataclass(frozen=True)
class Identity:
    """The source of a cloud's ids and random numbers: its seed, and how often the cloud was opened or imported.

    So each process that opens a cloud draws numbers of its own, and the same ones again when all is repeated.
    """

    seed: str
    epoch: int = 0
