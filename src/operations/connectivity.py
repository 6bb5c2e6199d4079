"""ApplyConnectivityChanges (L2): put VLANs on VMs and take them off."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from cloudshell.cp.core.request_actions import models

from heavenly_cloud.errors import InstanceNotFound, InvalidVlan
from heavenly_cloud.networks import Vlan, normal_ids, vlan
from shell import values
from shell.command import Command
from shell.errors import BadApp
from shell.requests import attributes
from shell.results import answer_each, succeeded


def apply_connectivity_changes(command: Command, actions: Sequence[Any]) -> str:
    """Return one result per action. Removals come first: a setting may need the interface that one frees."""

    def remove(action: models.RemoveVlan) -> Any:
        return _remove_vlan(command, action)

    def put(action: models.SetVlan) -> Any:
        return _set_vlan(command, action)

    answered = answer_each(command.logger, actions, {models.RemoveVlan: remove, models.SetVlan: put})
    command.logger.info("Applied %d connectivity changes", len(actions))
    return answered


def _set_vlan(command: Command, action: models.SetVlan) -> Any:
    wanted = _vlan(action.connectionParams, command.resource.vlan_type)
    custom = attributes(action.customActionAttributes)
    vm_id = _vm_id(action, custom)
    names = values.split(values.text(custom, "Vnic Name")) or ("",)
    nics = command.cloud.connect_vlan(vm_id, wanted, names)
    return succeeded(action, "Setting VLAN successfully completed", updatedInterface=";".join(nic.mac for nic in nics))


def _vlan(parameters: models.SetVlanParameter, vlan_type: str) -> Vlan:
    service = attributes(parameters.vlanServiceAttributes)
    inner = ""
    if values.truth(service, "QnQ", False):
        inner = values.text(service, "CTag")
        if not inner:
            raise InvalidVlan(value=parameters.vlanId, right="given its inner tags in 'CTag', because 'QnQ' is True")
    return vlan(parameters.vlanId, str(parameters.mode), vlan_type, inner)


def _remove_vlan(command: Command, action: models.RemoveVlan) -> Any:
    """Take the VLAN off; what is gone, the VM too, is what was wanted."""
    custom = attributes(action.customActionAttributes)
    interface = values.text(attributes(action.connectorAttributes), "Interface")
    only = values.split(interface) or values.split(values.text(custom, "Vnic Name"))
    ids = _ids(action.connectionParams.vlanId, command.resource.vlan_type)
    vm_id, nics = _vm_id(action, custom), []
    # One that names neither a VLAN nor an interface means nothing that is there; it must not mean everything.
    with suppress(InstanceNotFound):
        nics = command.cloud.disconnect_vlan(vm_id, ids, only) if ids or only else []
    macs = ";".join(nic.mac for nic in nics) or interface
    return succeeded(action, "Removing VLAN successfully completed", updatedInterface=macs)


def _ids(text: str, vlan_type: str) -> str:
    """Return the ids to take off; empty when the text is none (an old network's name)."""
    try:
        return normal_ids(text, vlan_type)
    except InvalidVlan:
        return ""


def _vm_id(action: Any, custom: dict[str, Any]) -> str:
    vm_id = values.text(custom, "VM_UUID")
    if not vm_id:
        raise BadApp(name=action.actionTarget.fullName, reason="it has no VM here (VM_UUID is missing)")
    return vm_id
