"""Networking of sandboxes as one thing: connections on L2 and L3 providers, and pools of numbers and addresses."""

from __future__ import annotations

from dataclasses import dataclass

from cloudshell_local.services.commands.service import CommandService
from cloudshell_local.services.networking.checkouts import Checkouts
from cloudshell_local.services.networking.subnets import Subnets
from cloudshell_local.services.networking.vlans import Vlans
from cloudshell_local.services.sandboxes.sandboxes import Sandboxes
from cloudshell_local.storage.data_folder import DataFolder


@dataclass(frozen=True)
class Networking:
    """The services of sandboxes' networking."""

    vlans: Vlans
    subnets: Subnets
    checkouts: Checkouts

    @classmethod
    def build(cls, data: DataFolder, commands: CommandService, sandboxes: Sandboxes) -> Networking:
        """Return the services of networking on a data folder."""
        return cls(Vlans(data.store, commands, sandboxes), Subnets(data, commands, sandboxes), Checkouts(data.store))
