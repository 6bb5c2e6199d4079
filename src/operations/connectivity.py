"""ApplyConnectivityChanges (L2): put VLANs on VMs and take them off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from cloudshell.cp.core.request_actions import models

from provider.cloud import Command
from shell import values
from shell.errors import BadApp, InstanceNotFound
from shell.requests import Action, attributes
from shell.results import REMOVE_VLAN, answer_each, handler
from shell.vlans import InvalidVlan, Ranges, Vlan, read_ids, read_vlan
from shell.vnics import vnic_name


def apply_connectivity_changes(command: Command, actions: Sequence[Action]) -> str:
    """Return one result per action. Removals come first: a setting may need the interface that one frees."""

    def remove(action: models.RemoveVlan) -> models.SetVlanResult:
        return _remove_vlan(command, action)

    def put(action: models.SetVlan) -> models.SetVlanResult:
        return _set_vlan(command, action)

    handlers = [handler(models.RemoveVlan, remove), handler(models.SetVlan, put)]
    answered = answer_each(command.logger, actions, handlers)
    command.logger.info("Applied %d connectivity changes", len(actions))
    return answered


def _set_vlan(command: Command, action: models.SetVlan) -> models.SetVlanResult:
    vlan = _vlan(action.connectionParams, command.cloud.get_vlan_type())
    custom = attributes(action.customActionAttributes)
    names = _vnic_names(values.text(custom, "Vnic Name")) or [""]
    macs = command.cloud.connect_vlan(_vm_id(action, custom), vlan, names)
    return models.SetVlanResult(
        actionId=action.actionId, infoMessage="Setting VLAN successfully completed", updatedInterface=";".join(macs)
    )


def _vlan(parameters: models.SetVlanParameter, vlan_type: str) -> Vlan:
    service = attributes(parameters.vlanServiceAttributes)
    inner = ""
    if values.truth(service, "QnQ", False):
        inner = values.text(service, "CTag")
        if not inner:
            raise InvalidVlan(value=parameters.vlanId, right="given its inner tags in 'CTag', because 'QnQ' is True")
    return read_vlan(parameters.vlanId, parameters.mode, vlan_type, inner)


def _remove_vlan(command: Command, action: models.RemoveVlan) -> models.SetVlanResult:
    """Take the VLAN off. A VLAN or a VM that is gone already is a success (docs/reference/wire.md §7)."""
    custom = attributes(action.customActionAttributes)
    interface = values.text(attributes(action.connectorAttributes), "Interface")
    names = values.split(interface) or _vnic_names(values.text(custom, "Vnic Name"))
    ranges = _ranges(action.connectionParams.vlanId, command.cloud.get_vlan_type())
    vm_id, macs = _vm_id(action, custom), list[str]()
    # A removal that names neither a VLAN nor an interface must not take off all of them, as the cloud would.
    with suppress(InstanceNotFound):
        macs = command.cloud.disconnect_vlan(vm_id, ranges, names) if ranges or names else []
    return models.SetVlanResult(
        type=REMOVE_VLAN,
        actionId=action.actionId,
        infoMessage="Removing VLAN successfully completed",
        updatedInterface=";".join(macs) or interface,
    )


def _vnic_names(text: str) -> list[str]:
    return [vnic_name(name) for name in values.split(text)]


def _ranges(text: str, vlan_type: str) -> Ranges:
    """Return the ids to take off; empty when the text names none (an old network's name)."""
    try:
        return read_ids(text, vlan_type)
    except InvalidVlan:
        return ()


def _vm_id(action: models.SetVlan | models.RemoveVlan, custom: Mapping[str, str]) -> str:
    vm_id = values.text(custom, "VM_UUID")
    if not vm_id:
        raise BadApp(name=action.actionTarget.fullName, reason="it has no VM here (VM_UUID is missing)")
    return vm_id
