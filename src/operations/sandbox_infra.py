"""PrepareSandboxInfra and CleanupSandboxInfra (L3): a sandbox's network, its keys and its subnets."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from cloudshell.cp.core.request_actions import models

from heavenly_cloud.errors import NetworkNotFound
from shell.command import Command
from shell.errors import BadRequest, NotAttempted, SubnetTwice
from shell.results import answer_each, succeeded
from shell.values import truth


def prepare_sandbox_infra(command: Command, actions: Sequence[Any]) -> str:
    """Return one result per action: the network first, then the keys, then the subnets.

    What is there already, from an earlier setup of this sandbox, is returned as it is. Without its network nothing else
    is attempted.
    """
    preparation = _Preparation(command)
    handlers = {
        models.PrepareCloudInfra: preparation.network,
        models.CreateKeys: preparation.keys,
        models.PrepareSubnet: preparation.subnet,
    }
    answered = answer_each(command.logger, actions, handlers)
    command.logger.info("Prepared the network of the sandbox '%s'", command.sandbox)
    return answered


class _Preparation:
    """Of one sandbox, by one request."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self._cloud = command.cloud
        self._network_failed = False
        self._subnets: set[str] = set()

    def network(self, action: models.PrepareCloudInfra) -> Any:
        self._network_failed = True
        self._begin()
        in_use = self._command.resource.networks_in_use
        self._cloud.prepare_network(self._command.sandbox, action.actionParams.cidr, in_use)
        self._network_failed = False
        return succeeded(action)

    def keys(self, action: models.CreateKeys) -> Any:
        self._continue()
        return succeeded(action, accessKey=self._cloud.prepare_key_pair(self._command.sandbox).private_key)

    def subnet(self, action: models.PrepareSubnet) -> Any:
        self._continue()
        asked = action.actionParams
        public = truth({"isPublic": asked.isPublic}, "isPublic", True)
        subnet = self._cloud.prepare_subnet(self._command.sandbox, asked.cidr, asked.alias, public)
        if subnet.id in self._subnets:
            raise SubnetTwice(cidr=subnet.cidr)
        self._subnets.add(subnet.id)
        return succeeded(action, subnetId=subnet.id)

    def _continue(self) -> None:
        if self._network_failed:
            raise NotAttempted()
        self._begin()

    def _begin(self) -> None:
        _require_sandbox(self._command)
        self._command.cancellation.check("this was not done")


def cleanup_sandbox_infra(command: Command, actions: Sequence[Any]) -> str:
    """Return one result per action. A network that is gone is what was wanted; one that VMs use stays."""

    def cleanup(action: models.CleanupNetwork) -> Any:
        _require_sandbox(command)
        with suppress(NetworkNotFound):
            command.cloud.delete_network(command.sandbox)
        return succeeded(action)

    answered = answer_each(command.logger, actions, {models.CleanupNetwork: cleanup})
    command.logger.info("Cleaned up the network of the sandbox '%s'", command.sandbox)
    return answered


def _require_sandbox(command: Command) -> None:
    if not command.sandbox:
        raise BadRequest(reason="it comes from no sandbox, and a network belongs to one")
