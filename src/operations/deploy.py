"""Deploy: make a VM for an App, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Callable

from cloudshell.cp.core.request_actions import models

from operations.vm_details import vm_details
from operations.waiting import wait_until_done
from provider.cloud import Command, Instance, InstanceRequest, Nic, NicRequest
from shell import values
from shell.deployments import DeploymentRequest, read_deployment_request
from shell.errors import BadRequest, Cancelled, InstanceNotFound, LeftBehind, ShellError, sentence
from shell.requests import Action, attributes
from shell.results import answer, failed, refused
from shell.vnics import vnic_index, vnic_name

KNOWN = (models.DeployApp, models.ConnectSubnet)
ROLLED_BACK = "what it had made was deleted"
Results = dict[int, models.BaseActionResult]  # by the id() of their actions


def management_network(command: Command) -> str:
    """Return the network of an App that is connected to none, where CloudShell connects Apps later."""
    return ""


def deploy(
    command: Command, actions: Sequence[Action], default_network: Callable[[Command], str] = management_network
) -> str:
    """Return one result per action. The app and its subnets succeed or fail together: one is useless without the other.

    default_network: which network an App is on that is connected to no subnet.
    """
    ours = [action for action in actions if isinstance(action, KNOWN)]
    try:
        done = _deploy(command, ours, default_network)
    except Exception as error:  # Whatever it is, every action has its answer.
        command.logger.exception("Deploy failed")
        done = {id(action): failed(action, sentence(error)) for action in ours}
    return answer([done.get(id(action)) or refused(action, KNOWN) for action in actions])


def _deploy(
    command: Command,
    actions: Sequence[models.DeployApp | models.ConnectSubnet],
    default_network: Callable[[Command], str],
) -> Results:
    app, subnets = _sorted_out(actions)
    deployment = read_deployment_request(app)
    request = _request(command, app, deployment, subnets, default_network)
    try:
        instance = _built(command, request)
        command.cancellation.check(ROLLED_BACK)
        done: Results = {id(action): _connected(action, nic) for action, nic in _paired_with_nics(subnets, instance)}
        done[id(app)] = _deployed(app, deployment, instance)
    except BaseException as error:
        _roll_back(command, request.id, error)
        raise
    return done


def _sorted_out(
    actions: Sequence[models.DeployApp | models.ConnectSubnet],
) -> tuple[models.DeployApp, list[models.ConnectSubnet]]:
    apps = [action for action in actions if isinstance(action, models.DeployApp)]
    subnets = [action for action in actions if isinstance(action, models.ConnectSubnet)]
    if len(apps) != 1:
        raise BadRequest(reason=f"it has {len(apps)} deployApp actions where one is right")
    # The designer's numbers decide which interface is the first one; the order of the request means nothing.
    return apps[0], sorted(subnets, key=_slot)


def _slot(action: models.ConnectSubnet) -> tuple[bool, int]:
    index = vnic_index(action.actionParams.vnicName)
    return index is None, index or 0


def _request(
    command: Command,
    app: models.DeployApp,
    deployment: DeploymentRequest,
    subnets: Sequence[models.ConnectSubnet],
    default_network: Callable[[Command], str],
) -> InstanceRequest:
    typed = command.cloud.read_deployment(deployment)
    command.cancellation.check()
    networks = [(action.actionParams.subnetId, vnic_name(action.actionParams.vnicName)) for action in subnets]
    networks = networks or [(default_network(command), "")]
    addresses = deployment.addresses(len(networks))
    return InstanceRequest(
        id=command.cloud.new_instance_id(),
        name=app.actionParams.appName,
        deployment=typed,
        nics=[NicRequest(network, vnic, address) for (network, vnic), address in zip(networks, addresses)],
    )


def _built(command: Command, request: InstanceRequest) -> Instance:
    instance = command.cloud.create_instance(request)
    if instance.progress == 100:
        return instance
    try:
        return wait_until_done(command, instance, command.live_status, ROLLED_BACK)
    finally:
        command.live_status.online()  # However it ended, the provider is not busy with it any more.


def _roll_back(command: Command, instance_id: str, error: BaseException) -> None:
    """Delete the VM by the id that was chosen beforehand, so that one whose creation was never answered goes too."""
    try:
        with suppress(InstanceNotFound):  # It may never have been made.
            command.rollback.delete_instance(instance_id)
    except ShellError as why:
        reason = sentence(error) if isinstance(error, Exception) else type(error).__name__
        raise LeftBehind(reason=reason, id=instance_id, why=why) from error
    if isinstance(error, Cancelled):
        raise Cancelled(state=ROLLED_BACK) from error


def _paired_with_nics(
    subnets: Sequence[models.ConnectSubnet], instance: Instance
) -> list[tuple[models.ConnectSubnet, Nic]]:
    """Pair the subnet actions with the interfaces made for them, which stand in the order of their slots."""
    by_name = {nic.name: nic for nic in instance.nics}
    named = [(action, vnic_name(action.actionParams.vnicName)) for action in subnets]
    found = [(action, by_name.pop(name)) for action, name in named if name]
    return [*found, *zip((action for action, name in named if not name), by_name.values())]


def _connected(action: models.ConnectSubnet, nic: Nic) -> models.ConnectToSubnetActionResult:
    # CloudShell keeps it on the connector; the names are those of the shells that Quali ships (docs/reference/wire.md §4).
    interface = {
        "interface_id": nic.mac,
        "IP": nic.address,
        "Public IP": nic.public_address,
        "MAC Address": nic.mac,
        "Device Index": nic.slot,
    }
    return models.ConnectToSubnetActionResult(actionId=action.actionId, interface=json.dumps(interface))


def _deployed(app: models.DeployApp, deployment: DeploymentRequest, instance: Instance) -> models.DeployAppResult:
    public_ip = values.attribute_name(attributes(app.actionParams.appResource.attributes), "Public IP")
    return models.DeployAppResult(
        actionId=app.actionId,
        infoMessage="Deployment completed successfully",
        vmUuid=instance.id,
        vmName=instance.name,
        deployedAppAddress=instance.address,
        deployedAppAttributes=[models.Attribute(public_ip, instance.public_address)] if public_ip else [],
        # CloudShell's teardown reads these two from here, not from the deployment attributes (docs/reference/wire.md §13).
        deployedAppAdditionalData={
            "auto_power_off": deployment.auto_power_off,
            "auto_delete": deployment.auto_delete,
        },
        vmDetailsData=vm_details(instance),
    )
