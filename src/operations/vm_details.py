"""GetVmDetails, and the VM details in the answer to Deploy: both are computed from the cloud's record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudshell.cp.core.request_actions.models import VmDetailsData, VmDetailsNetworkInterface, VmDetailsProperty

from provider.cloud import Command, Instance, Nic
from shell.apps import app_from_json
from shell.errors import BadRequest, sentence
from shell.requests import read_json
from shell.results import as_json


def get_vm_details(command: Command, requests: object) -> str:
    """Return the details of each app, in the order of the request; an app's error stands in its errorMessage.

    Raises BadRequest when the request is not {"items": []}.
    """
    envelope = read_json(requests)
    items = envelope.get("items") if isinstance(envelope, dict) else None
    if not isinstance(items, list):
        raise BadRequest(reason="it has no list of items")
    return as_json([_item(command, item if isinstance(item, dict) else {}) for item in items])


def _item(command: Command, item: Mapping[str, Any]) -> VmDetailsData:
    deployed = item.get("deployedAppJson")
    name = str(deployed.get("name") or "") if isinstance(deployed, dict) else ""
    try:
        command.cancellation.check("the VM was not looked at")
        app = app_from_json(deployed, item.get("appRequestJson"))
        return vm_details(command.cloud.get_instance(app.vm_id), app.name)
    except Exception as error:  # Whatever it is, the other apps have their details.
        command.logger.exception("The details of '%s' could not be read", name)
        return VmDetailsData(appName=name, errorMessage=sentence(error))


def vm_details(instance: Instance, app_name: str = "") -> VmDetailsData:
    """Return the details of a VM; app_name: its resource's name, the VM's own if empty."""
    primary = instance.nics[0].slot if instance.nics else 0
    nics = [_interface(nic, nic.slot == primary) for nic in instance.nics]
    return VmDetailsData(_properties(instance.details), nics, app_name or instance.name)


def _interface(nic: Nic, primary: bool) -> VmDetailsNetworkInterface:
    return VmDetailsNetworkInterface(
        interfaceId=nic.mac,
        networkId=nic.network,
        isPrimary=primary,
        isPredefined=nic.is_management,
        networkData=_properties(nic.details),
        privateIpAddress=nic.address or None,
        publicIpAddress=nic.public_address or None,
    )


def _properties(details: Mapping[str, object]) -> list[VmDetailsProperty]:
    return [VmDetailsProperty(name, str(value)) for name, value in details.items() if value != ""]
