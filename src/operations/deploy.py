"""Deploy: make a VM for an App, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from cloudshell.cp.core.request_actions import models

from heavenly_cloud import MANAGEMENT, Instance, InstanceRequest, Nic, NicRequest
from heavenly_cloud.errors import HeavenlyError, InstanceNotFound, Interrupted
from heavenly_cloud.networks import nic_index, nic_name
from operations.vm_details import vm_details
from operations.waiting import LONGEST, wait_until_done
from shell import values
from shell.command import L3, Command
from shell.deployments import Deployment, read_deployment
from shell.errors import BadRequest, Cancelled, LeftBehind, SubnetNotNamed, sentence
from shell.requests import attributes
from shell.results import answer, failed, refused, succeeded

KNOWN = (models.DeployApp, models.ConnectSubnet)
# Seconds, longer than any Deploy: of a driver that was killed in one, the cloud deletes the VM.
LEASE = 2 * LONGEST
ROLLED_BACK = "what it had made was deleted"


def deploy(command: Command, actions: Sequence[Any]) -> str:
    """Return one result per action. The app and its subnets succeed or fail together: one without the other is no use."""
    ours = [action for action in actions if isinstance(action, KNOWN)]
    try:
        done = _deploy(command, ours)
    except Exception as error:  # Whatever it is, every action has its answer.
        command.logger.exception("Deploy failed")
        done = {id(action): failed(action, sentence(error)) for action in ours}
    return answer([done.get(id(action)) or refused(action, KNOWN) for action in actions])


def _deploy(command: Command, actions: Sequence[Any]) -> dict[int, Any]:
    app, subnets = _sorted_out(actions)
    deployment = read_deployment(app)
    command.cancellation.check()
    request = _request(command, app, deployment, subnets)
    try:
        instance = _built(command, request)
        command.cancellation.check(ROLLED_BACK)
        done = {id(action): _connected(action, nic) for action, nic in _pairs(subnets, request, instance)}
        done[id(app)] = _deployed(command, app, deployment, instance)
        if request.lease:
            command.cloud.confirm_instance(instance.id)
    except BaseException as error:
        _undo(command, request.id, error)
        raise
    # At this level the log's file has it when something fails later; a line at every deploy costs a tenth of it.
    command.logger.debug("Deployed '%s' as the VM %s", instance.name, instance.id)
    return done


def _sorted_out(actions: Sequence[Any]) -> tuple[models.DeployApp, list[models.ConnectSubnet]]:
    apps = [action for action in actions if isinstance(action, models.DeployApp)]
    subnets = [action for action in actions if isinstance(action, models.ConnectSubnet)]
    if len(apps) != 1:
        raise BadRequest(reason=f"it has {len(apps)} deployApp actions where one is right")
    # The designer's numbers decide which interface is the first one; the order of the request means nothing.
    return apps[0], sorted(subnets, key=_place)


def _place(action: models.ConnectSubnet) -> tuple[bool, int]:
    index = nic_index(nic_name(action.actionParams.vnicName))
    return index is None, index or 0


def _request(
    command: Command, app: models.DeployApp, deployment: Deployment, subnets: Sequence[models.ConnectSubnet]
) -> InstanceRequest:
    networks = [(action.actionParams.subnetId, action.actionParams.vnicName) for action in subnets]
    networks = networks or [(_only_subnet(command) if command.networking == L3 else MANAGEMENT, "")]
    addresses = deployment.addresses(len(networks))
    return InstanceRequest(
        id=command.cloud.new_instance_id(),
        name=app.actionParams.appName,
        being=deployment.being,
        image=deployment.image,
        size=deployment.size,
        tag=command.sandbox,
        nics=tuple(NicRequest(*network, address) for network, address in zip(networks, addresses)),
        lease=LEASE if command.cloud.is_persistent else 0,
    )


def _only_subnet(command: Command) -> str:
    subnets = command.cloud.get_network(command.sandbox).subnets
    if len(subnets) != 1:
        raise SubnetNotNamed(count=len(subnets))
    return subnets[0].id


def _built(command: Command, request: InstanceRequest) -> Instance:
    instance = command.cloud.create_instance(request)
    if command.cloud.progress(instance) == 100:
        return instance
    try:
        return wait_until_done(command, instance, command.live_status, ROLLED_BACK)
    finally:
        command.live_status.online()  # However it ended, the provider is not busy with it any more.


def _undo(command: Command, instance_id: str, error: BaseException) -> None:
    """Delete what was made: of a creation whose answer was lost too, by the id that was chosen beforehand."""
    try:
        with suppress(InstanceNotFound):  # It may never have been made.
            command.undoing.delete_instance(instance_id)
    except HeavenlyError as why:
        reason = sentence(error) if isinstance(error, Exception) else type(error).__name__
        raise LeftBehind(reason=reason, id=instance_id, why=why) from error
    if isinstance(error, Interrupted):
        raise Cancelled(state=ROLLED_BACK) from error


def _pairs(
    subnets: Sequence[models.ConnectSubnet], request: InstanceRequest, instance: Instance
) -> list[tuple[models.ConnectSubnet, Nic]]:
    """Pair the subnet actions with the interfaces made for them, which stand in the order of their index."""
    by_place = {nic.name: nic for nic in instance.nics}
    named = [(action, nic_name(action.actionParams.vnicName)) for action in subnets]
    found = [(action, by_place.pop(name)) for action, name in named if name]
    return [*found, *zip((action for action, name in named if not name), by_place.values())]


def _connected(action: models.ConnectSubnet, nic: Nic) -> Any:
    # CloudShell keeps it on the connector; the words are those of the shipping shells.
    interface = {
        "interface_id": nic.mac,
        "IP": nic.address,
        "Public IP": nic.public_address,
        "MAC Address": nic.mac,
        "Device Index": nic.index,
    }
    return succeeded(action, interface=json.dumps(interface))


def _deployed(command: Command, app: models.DeployApp, deployment: Deployment, instance: Instance) -> Any:
    public_ip = values.attribute_name(attributes(app.actionParams.appResource.attributes), "Public IP")
    return succeeded(
        app,
        "Deployment completed successfully",
        vmUuid=instance.id,
        vmName=instance.name,
        deployedAppAddress=instance.address,
        deployedAppAttributes=[models.Attribute(public_ip, instance.public_address)] if public_ip else [],
        # CloudShell's teardown reads these two from here, not from the deployment attributes.
        deployedAppAdditionalData={
            "auto_power_off": deployment.auto_power_off,
            "auto_delete": deployment.auto_delete,
        },
        vmDetailsData=vm_details(instance, command.resource),
    )
