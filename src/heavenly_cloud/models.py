"""The records of the cloud. They never change: a change puts a new record in the place of the old one, so whoever
holds a record holds something whole, whatever other threads do."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple, Union

from heavenly_cloud.errors import InvalidValue
from heavenly_cloud.lifecycle import State
from heavenly_cloud.networks import Vlan, parse_network

MANAGEMENT = "management"
PROTOCOLS = ("tcp", "udp", "icmp", "any")
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
    """What an instance starts from. The least memory and storage: that a size must have for it."""

    name: str
    operating_system: str
    least_memory_gb: int = 0
    least_storage_gb: int = 0


@dataclass(frozen=True)
class Size:
    name: str
    vcpus: int
    memory_gb: int
    storage_gb: int


@dataclass(frozen=True)
class NicRequest:
    """An interface that a new instance shall have.

    network: a subnet's id, or MANAGEMENT; name: "eth1", or empty for the first that is free; address: the one it must
    have, or empty.
    """

    network: str
    name: str = ""
    address: str = ""


@dataclass(frozen=True)
class SecurityRule:
    """What may come in: protocol (tcp, udp, icmp or any), the ports from and to, the network it comes from."""

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
        ports = str(self.from_port) if self.from_port == self.to_port else f"{self.from_port}-{self.to_port}"
        return f"{self.protocol} {ports} from {self.source}"


@dataclass(frozen=True)
class Nic:
    """An interface: it is on a network (with addresses), carries a VLAN, or is unplugged.

    index: its place in the instance, 0 for the primary one; mac: also its id.
    """

    name: str
    index: int
    mac: str
    network: str = ""
    address: str = ""
    public_address: str = ""
    vlan: Vlan | None = None
    rules: tuple[SecurityRule, ...] = ()


@dataclass(frozen=True)
class InstanceRequest:
    """What to make. id: from Client.new_instance_id; name: what its unique name begins with; sandbox: whose it is.

    lease: seconds after which it is deleted again unless Client.confirm_instance was called, as when whoever asked for it
    died before it could tell anybody; 0 for never.
    """

    id: str
    name: str
    being: Being
    image: str
    size: str
    sandbox: str = ""
    nics: tuple[NicRequest, ...] = (NicRequest(MANAGEMENT),)
    lease: float = 0


@dataclass(frozen=True)
class Instance:
    """A VM. since: the cloud's time when it came into its state, in seconds; public_key: who may log in, OpenSSH text.

    state is the one at that time: some finish by themselves, so the cloud's operations return it as it is now.
    """

    id: str
    name: str
    account: str
    region: str
    sandbox: str
    being: Being
    image: Image
    size: Size
    state: State
    since: float
    nics: tuple[Nic, ...] = ()
    public_key: str = ""

    @property
    def address(self) -> str:
        """The address people reach it at: the primary interface's."""
        return self.nics[0].address if self.nics else ""

    @property
    def public_address(self) -> str:
        """The first public address it has, or an empty text."""
        return next((nic.public_address for nic in self.nics if nic.public_address), "")


@dataclass(frozen=True)
class KeyPair:
    """private_key: PEM; public_key: OpenSSH text."""

    public_key: str
    private_key: str = field(repr=False)


@dataclass(frozen=True)
class SealedKeyPair:
    """A key pair as it is kept: the private key can be opened by the account's password alone."""

    public_key: str
    sealed: str = field(repr=False)


@dataclass(frozen=True)
class Subnet:
    """Part of a sandbox's network; public: interfaces in it get a public address too."""

    id: str
    sandbox: str
    alias: str
    cidr: str
    public: bool


@dataclass(frozen=True)
class Sandbox:
    """The network of one sandbox, with its subnets in the order they were made, and its key pair if it has one."""

    id: str
    account: str
    region: str
    cidr: str
    subnets: tuple[Subnet, ...] = ()
    key_pair: SealedKeyPair | None = None


@dataclass(frozen=True)
class Network:
    """A network of a region that nothing else may overlap, and what errors call it."""

    cidr: str
    what: str


class Usage(NamedTuple):
    """How much an account, or a region, has."""

    instances: int = 0
    vcpus: int = 0
    sandboxes: int = 0


@dataclass(frozen=True)
class Beginning:
    """Where all that is random comes from: the cloud's seed, and how often the cloud was opened or put back. So whoever
    opens it has numbers of its own, and the same ones again if all is done again."""

    seed: str
    opened: int = 0
