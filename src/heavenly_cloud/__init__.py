"""HeavenlyCloud: a mock cloud in memory or in a store. It knows nothing of CloudShell and can be used alone."""

from heavenly_cloud.client import Client
from heavenly_cloud.cloud import HeavenlyCloud
from heavenly_cloud.config import CloudConfig, load_config
from heavenly_cloud.errors import HeavenlyError
from heavenly_cloud.events import Event
from heavenly_cloud.faults import FaultRule, parse_fault_rules
from heavenly_cloud.lifecycle import InstanceState
from heavenly_cloud.models import (
    MANAGEMENT,
    Angel,
    Instance,
    InstanceRequest,
    KeyPair,
    Man,
    Nic,
    NicRequest,
    SecurityRule,
    Subnet,
    VirtualNetwork,
)
from heavenly_cloud.networks import Vlan
from heavenly_cloud.store import CloudStore, MemoryStore, open_store

__all__ = [
    "MANAGEMENT",
    "Angel",
    "Client",
    "CloudConfig",
    "CloudStore",
    "Event",
    "FaultRule",
    "HeavenlyCloud",
    "HeavenlyError",
    "Instance",
    "InstanceRequest",
    "InstanceState",
    "KeyPair",
    "Man",
    "MemoryStore",
    "Nic",
    "NicRequest",
    "SecurityRule",
    "Subnet",
    "VirtualNetwork",
    "Vlan",
    "load_config",
    "open_store",
    "parse_fault_rules",
]
