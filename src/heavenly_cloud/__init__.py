"""HeavenlyCloud: a cloud in memory that behaves like one. It knows nothing of CloudShell and can be used alone."""

from heavenly_cloud.client import Client
from heavenly_cloud.cloud import HeavenlyCloud
from heavenly_cloud.data import HeavenData, load_data
from heavenly_cloud.errors import HeavenlyError
from heavenly_cloud.events import Event
from heavenly_cloud.faults import Fault, parse_weather
from heavenly_cloud.lifecycle import State
from heavenly_cloud.models import (
    MANAGEMENT,
    Angel,
    Instance,
    InstanceRequest,
    KeyPair,
    Man,
    Nic,
    NicRequest,
    Sandbox,
    SecurityRule,
    Subnet,
)
from heavenly_cloud.networks import Vlan
from heavenly_cloud.store import MemoryStore, Store, open_store

__all__ = [
    "MANAGEMENT",
    "Angel",
    "Client",
    "Event",
    "Fault",
    "HeavenData",
    "HeavenlyCloud",
    "HeavenlyError",
    "Instance",
    "InstanceRequest",
    "KeyPair",
    "Man",
    "MemoryStore",
    "Nic",
    "NicRequest",
    "Sandbox",
    "SecurityRule",
    "State",
    "Store",
    "Subnet",
    "Vlan",
    "load_data",
    "open_store",
    "parse_weather",
]
