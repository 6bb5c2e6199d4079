"""PrepareSandboxInfra and CleanupSandboxInfra (L3): a sandbox's network, its keys and its subnets."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from cloudshell.cp.core.request_actions import models

from provider.cloud import Command
from shell.errors import BadRequest, ConflictError, MistakeError, NetworkNotFound
from shell.requests import Action
from shell.results import answer_each, handler
from shell.values import truth

NETWORKING = "L3"


class SubnetNotNamed(MistakeError):
    template = "The sandbox has {count} subnets, so the app must be connected to those that it shall be on"


class SubnetTwice(ConflictError):
    template = "The subnet {cidr} is asked for twice"


class NotAttempted(ConflictError):
    template = "This was not attempted, because the sandbox's network could not be prepared"


def default_subnet(command: Command) -> str:
    """Return the subnet of an App that is connected to none; raise NetworkNotFound, or SubnetNotNamed if there are more."""
    subnets = command.cloud.get_subnets()
    if len(subnets) != 1:
        raise SubnetNotNamed(count=len(subnets))
    return subnets[0].id


def prepare_sandbox_infra(command: Command, actions: Sequence[Action]) -> str:
    """Return one result per action: the network first, then the keys, then the subnets.

    What an earlier setup of this sandbox has made is returned. Without its network nothing else is attempted.
    """
    preparation = _Preparation(command)
    handlers = [
        handler(models.PrepareCloudInfra, preparation.network),
        handler(models.CreateKeys, preparation.keys),
        handler(models.PrepareSubnet, preparation.subnet),
    ]
    answered = answer_each(command.logger, actions, handlers)
    command.logger.info("Prepared the network of the sandbox '%s'", command.sandbox)
    return answered


class _Preparation:
    """Preparation of one sandbox by one request."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self._cloud = command.cloud
        self._network_failed = False
        self._subnets: set[str] = set()

    def network(self, action: models.PrepareCloudInfra) -> models.PrepareCloudInfraResult:
        self._network_failed = True
        self._begin()
        self._cloud.prepare_network(action.actionParams.cidr)
        self._network_failed = False
        return models.PrepareCloudInfraResult(actionId=action.actionId)

    def keys(self, action: models.CreateKeys) -> models.CreateKeysActionResult:
        self._continue()
        return models.CreateKeysActionResult(actionId=action.actionId, accessKey=self._cloud.prepare_key_pair())

    def subnet(self, action: models.PrepareSubnet) -> models.PrepareSubnetActionResult:
        self._continue()
        params = action.actionParams
        public = truth({"isPublic": params.isPublic}, "isPublic", True)
        subnet = self._cloud.prepare_subnet(params.cidr, params.alias, public)
        if subnet.id in self._subnets:
            raise SubnetTwice(cidr=subnet.cidr)
        self._subnets.add(subnet.id)
        return models.PrepareSubnetActionResult(actionId=action.actionId, subnetId=subnet.id)

    def _continue(self) -> None:
        if self._network_failed:
            raise NotAttempted()
        self._begin()

    def _begin(self) -> None:
        _require_sandbox(self._command)
        self._command.cancellation.check("this was not done")


def cleanup_sandbox_infra(command: Command, actions: Sequence[Action]) -> str:
    """Return one result per action. A network that is gone already is a success; one that VMs use stays."""

    def cleanup(action: models.CleanupNetwork) -> models.CleanupNetworkResult:
        _require_sandbox(command)
        with suppress(NetworkNotFound):
            command.cloud.delete_network()
        return models.CleanupNetworkResult(actionId=action.actionId)

    answered = answer_each(command.logger, actions, [handler(models.CleanupNetwork, cleanup)])
    command.logger.info("Cleaned up the network of the sandbox '%s'", command.sandbox)
    return answered


def _require_sandbox(command: Command) -> None:
    if not command.sandbox:
        raise BadRequest(reason="it comes from no sandbox, and a network belongs to one")
