"""GetVmDetails, and what Deploy says of a new VM: both are computed from the cloud's record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudshell.cp.core.request_actions.models import VmDetailsData, VmDetailsNetworkInterface, VmDetailsProperty

from heavenly_cloud import MANAGEMENT, Instance, Nic
from shell.apps import app_from_json
from shell.command import Command
from shell.errors import BadRequest, sentence
from shell.requests import read_json
from shell.resource import ProviderResource
from shell.results import as_json


def get_vm_details(command: Command, requests: object) -> str:
    """Return the details of each app, in the order of the request; what is wrong with one stands in its errorMessage.

    Raises BadRequest when the request is not {"items": []}.
    """
    envelope = read_json(requests)
    items = envelope.get("items") if isinstance(envelope, dict) else None
    if not isinstance(items, list):
        raise BadRequest(reason="it has no list of items")
    return as_json([_item(command, item if isinstance(item, dict) else {}) for item in items])


def _item(command: Command, item: dict[str, Any]) -> VmDetailsData:
    deployed = item.get("deployedAppJson")
    name = str(deployed.get("name") or "") if isinstance(deployed, dict) else ""
    try:
        command.cancellation.check("the VM was not looked at")
        app = app_from_json(deployed, item.get("appRequestJson"))
        details = vm_details(command.cloud.get_instance(app.vm_id), command.resource)
        details.appName = app.name
        return details
    except Exception as error:  # Whatever it is, the other apps have their details.
        command.logger.exception("The details of '%s' could not be had", name)
        return VmDetailsData(appName=name, errorMessage=sentence(error))


def vm_details(instance: Instance, resource: ProviderResource) -> VmDetailsData:
    """Return what there is to say of a VM."""
    properties = {
        **vars(instance.being),
        "Image": f"{instance.image.name} ({instance.image.operating_system})",
        "Size": instance.size.name,
        "vCPUs": instance.size.vcpus,
        "Memory": f"{instance.size.memory_gb} GB",
        "Storage": f"{instance.size.storage_gb} GB on {resource.storage}",
        "Region": instance.region,
        "Cloud color": resource.color,
        "Power": instance.state.value,
        "SSH key": "the sandbox's" if instance.public_key else "",
    }
    primary = instance.nics[0].index if instance.nics else 0
    nics = [_interface(nic, nic.index == primary) for nic in instance.nics]
    return VmDetailsData(_properties(properties), nics, instance.name)


def _interface(nic: Nic, primary: bool) -> VmDetailsNetworkInterface:
    properties = {
        "Name": nic.name,
        "IP": nic.address,
        "Public IP": nic.public_address,
        "MAC Address": nic.mac,
        "Network": nic.network,
        "VLAN": str(nic.vlan) if nic.vlan else "",
        "Inbound": "; ".join(str(rule) for rule in nic.rules),
    }
    return VmDetailsNetworkInterface(
        interfaceId=nic.mac,
        networkId=nic.network or (f"VLAN {nic.vlan.ids}" if nic.vlan else ""),
        isPrimary=primary,
        isPredefined=nic.network.startswith(MANAGEMENT),
        networkData=_properties(properties),
        privateIpAddress=nic.address or None,
        publicIpAddress=nic.public_address or None,
    )


def _properties(properties: Mapping[str, object]) -> list[VmDetailsProperty]:
    return [VmDetailsProperty(name, str(value)) for name, value in properties.items() if value != ""]
