"""HeavenlyCloud: a cloud in memory that behaves like one. It knows nothing of CloudShell and can be used alone."""

from heavenly_cloud.client import Client
from heavenly_cloud.cloud import HeavenlyCloud
from heavenly_cloud.data import HeavenData, load_data
from heavenly_cloud.errors import HeavenlyError
from heavenly_cloud.faults import Fault
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

__all__ = [
    "MANAGEMENT",
    "Angel",
    "Client",
    "Fault",
    "HeavenData",
    "HeavenlyCloud",
    "HeavenlyError",
    "Instance",
    "InstanceRequest",
    "KeyPair",
    "Man",
    "Nic",
    "NicRequest",
    "Sandbox",
    "SecurityRule",
    "State",
    "Subnet",
    "Vlan",
    "load_data",
]
