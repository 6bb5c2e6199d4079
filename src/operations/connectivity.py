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
from shell.vlans import InvalidInnerTags, InvalidVlan, Vlan, VlanIds, read_ids, read_inner, read_vlan
from shell.vnics import vnic_name

VNIC_NAME = "Vnic Name"  # exactly (docs/reference/wire.md §7)


def apply_connectivity_changes(command: Command, actions: Sequence[Action]) -> str:
    """Return one result per action.

    Removals come first: a setting may need the interface that one frees. Settings that name an interface come before those
    that take any, so that what they get does not depend on the order of the request.
    """

    def remove(action: models.RemoveVlan) -> models.SetVlanResult:
        return _remove_vlan(command, action)

    def put(action: models.SetVlan) -> models.SetVlanResult:
        return _set_vlan(command, action)

    handlers = [handler(models.RemoveVlan, remove), handler(models.SetVlan, put)]
    answered = answer_each(command.logger, actions, handlers, is_later=_takes_any_interface)
    command.logger.info("Applied %d connectivity changes", len(actions))
    return answered


def _takes_any_interface(action: Action) -> bool:
    return isinstance(action, models.SetVlan) and not any(
        each.attributeName == VNIC_NAME and each.attributeValue for each in action.customActionAttributes
    )


def _set_vlan(command: Command, action: models.SetVlan) -> models.SetVlanResult:
    vlan = _vlan(action.connectionParams, command.cloud.get_vlan_type())
    custom = attributes(action.customActionAttributes)
    names = _vnic_names(custom) or [""]
    macs = command.cloud.connect_vlan(_vm_id(action, custom), vlan, names, action.connectionId)
    return models.SetVlanResult(
        actionId=action.actionId, infoMessage="Setting VLAN successfully completed", updatedInterface=";".join(macs)
    )


def _vlan(parameters: models.SetVlanParameter, vlan_type: str) -> Vlan:
    inner = _inner_tags(parameters)
    if inner == "":
        raise InvalidVlan(value=parameters.vlanId, right="given its inner tags in 'CTag', because 'QnQ' is True")
    return read_vlan(parameters.vlanId, parameters.mode, vlan_type, inner or "")


def _inner_tags(parameters: models.SetVlanParameter) -> str | None:
    """Return the inner tags of a QnQ tunnel, None for a VLAN that is no tunnel."""
    service = attributes(parameters.vlanServiceAttributes)
    return values.text(service, "CTag") if values.truth(service, "QnQ", False) else None


def _remove_vlan(command: Command, action: models.RemoveVlan) -> models.SetVlanResult:
    """Take the VLAN off. A VLAN or a VM that is gone already is a success (docs/reference/wire.md §7)."""
    custom = attributes(action.customActionAttributes)
    interface = values.text(attributes(action.connectorAttributes), "Interface")
    names = values.split(interface) or _vnic_names(custom)
    vlan = _vlan_ids(action.connectionParams, command.cloud.get_vlan_type())
    vm_id, macs = _vm_id(action, custom), list[str]()
    # A removal that names neither a VLAN nor an interface must not take off all of them, as the cloud would.
    with suppress(InstanceNotFound):
        if vlan.ranges or names:
            macs = command.cloud.disconnect_vlan(vm_id, vlan, names, action.connectionId)
    return models.SetVlanResult(
        type=REMOVE_VLAN,
        actionId=action.actionId,
        infoMessage="Removing VLAN successfully completed",
        updatedInterface=";".join(macs) or interface,
    )


def _vnic_names(custom: Mapping[str, str]) -> list[str]:
    return [vnic_name(name) for name in values.split(custom.get(VNIC_NAME, ""))]


def _vlan_ids(parameters: models.SetVlanParameter, vlan_type: str) -> VlanIds:
    """Return the VLAN to take off; an empty one when the text names none (an old network's name)."""
    try:
        return VlanIds(read_ids(parameters.vlanId, vlan_type), read_inner(_inner_tags(parameters) or ""))
    except (InvalidVlan, InvalidInnerTags):
        return VlanIds()


def _vm_id(action: models.SetVlan | models.RemoveVlan, custom: Mapping[str, str]) -> str:
    vm_id = values.text(custom, "VM_UUID")
    if not vm_id:
        raise BadApp(name=action.actionTarget.fullName, reason="it has no VM here (VM_UUID is missing)")
    return vm_id
