"""Resources, their VM details and their commands as XML.

The shapes are those of docs/reference/server.md §2; what is left out matters too, because the clients' parser takes an
empty element for an object.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element

from cloudshell_local.access import ADMIN, DOMAIN
from cloudshell_local.automation_api.xml import response_info
from cloudshell_local.services.times import api_time
from cloudshell_local.shells.driver_source import CommandInfo, Parameter
from cloudshell_local.shells.standards import AttributeDefinition
from cloudshell_local.storage.model import DetailField, NetworkInterface, Resource, SubResource, VmDetails
from cloudshell_local.xml import node

_ATTRIBUTE_TYPES = {"integer": "Numeric", "float": "Numeric", "boolean": "Boolean"}


def resource_info(resource: Resource, definitions: Mapping[str, AttributeDefinition]) -> Element:
    """Return the ResponseInfo of GetResourceDetails. definitions: of the resource's attributes, as far as they are known."""
    return response_info(
        "ResourceInfo",
        *_contents(resource, resource.attributes, definitions),
        # Orchestration takes every resource with VmDetails, even empty ones, for a deployed App.
        vm_details(resource.vm_details) if resource.vm_details else None,
        **_names(resource),
        **_details(resource),
    )


def sub_resource_info(resource: Resource, name: str, definitions: Mapping[str, AttributeDefinition]) -> Element:
    """Return the ResponseInfo of GetResourceDetails for the sub-resource of a name in a resource."""
    part = next(each for each in resource.sub_resources if each.name == name)
    return response_info(
        "ResourceInfo",
        *_contents(resource, part.attributes, definitions, name),
        **_sub_names(resource, part),
        **_sub_details(resource, part),
    )


def resource_short_info(resource: Resource) -> Element:
    """Return a resource as lists have it."""
    return node("ResourceShortInfo", **_names(resource), Address=resource.address, Excluded=resource.excluded)


def reserved_resources(resource: Resource) -> list[Element]:
    """Return a resource as GetReservationDetails has it, and its sub-resources.

    Orchestration tells sub-resources by the "/" in their names, so the real server lists them (docs/reference/features.md
    A9).
    """
    contents = [
        vm_details(resource.vm_details) if resource.vm_details else None,
        node("AppDetails", AppName=resource.app.name) if resource.app else None,
    ]
    parts = [_reserved(resource, _sub_names(resource, each)) for each in resource.sub_resources]
    return [_reserved(resource, _names(resource), contents), *parts]


def _reserved(resource: Resource, names: Mapping[str, object], contents: Iterable[Element | None] = ()) -> Element:
    return node(
        "ReservedResource",
        *contents,
        **names,
        Shared=False,
        Availability="Available",
        Locked=False,
        Released=False,
        CreatedByUser=ADMIN,
        CreatedInDomain=DOMAIN,
        CreatedInReservation=resource.created_in,
    )


def vm_details(details: VmDetails) -> Element:
    """Return VM details, with those that the driver hides in the portal (docs/reference/features.md B3)."""
    custom_parameters = [DetailField(name, value) for name, value in details.custom_parameters.items()]
    return node(
        "VmDetails",
        node("VmCustomParams", *_pairs("VmCustomParam", custom_parameters)),
        node("InstanceData", *_pairs("VmInstanceParam", details.instance)),
        node("NetworkData", *(_network_interface(each) for each in details.networks)),
        UID=details.uid,
        CloudProviderFullName=details.provider,
    )


def command_info(command: CommandInfo, tag: str = "ResourceCommandInfo") -> Element:
    """Return a command with its parameters. tag: the name of the element."""
    return node(
        tag,
        node("Parameters", *(_command_parameter(each) for each in command.parameters)),
        Name=command.name,
        DisplayName=command.title,
        Description=command.description,
        Tag=",".join(command.tags),
    )


def _contents(
    resource: Resource,
    attributes: Mapping[str, str],
    definitions: Mapping[str, AttributeDefinition],
    parent: str = "",
) -> list[Element]:
    """Return the elements in the details of a resource, or of the sub-resource in it that is named by parent."""
    children = [each for each in resource.sub_resources if each.name.rpartition("/")[0] == parent]
    return [
        node("ResourceAttributes", *(_attribute(name, value, definitions) for name, value in attributes.items())),
        node("Domains"),
        node("ChildResources", *(_sub_resource(resource, each, definitions) for each in children)),
        node("Connections"),
    ]


def _sub_resource(resource: Resource, part: SubResource, definitions: Mapping[str, AttributeDefinition]) -> Element:
    contents = _contents(resource, part.attributes, definitions, part.name)
    return node("ResourceInfo", *contents, **_sub_names(resource, part), **_sub_details(resource, part))


def _sub_names(resource: Resource, part: SubResource) -> dict[str, object]:
    return {
        "Name": f"{resource.name}/{part.name}",
        "FolderFullPath": resource.folder,
        "FullAddress": f"{resource.address}/{part.address}",
        "ResourceFamilyName": part.family,
        "ResourceModelName": part.model,
    }


def _sub_details(resource: Resource, part: SubResource) -> dict[str, object]:
    """Return the attributes of a sub-resource's element, besides its names. Its state is that of its resource."""
    return {
        **_details(resource),
        "Address": part.address.rpartition("/")[2],
        "DriverName": "",
        "Description": "",
        "UniqueIdentifier": part.unique_identifier,
        "UniqeIdentifier": part.unique_identifier,
    }


def _attribute(name: str, value: str, definitions: Mapping[str, AttributeDefinition]) -> Element:
    return node("ResourceAttribute", Name=name, Value=value, Type=_attribute_type(definitions.get(name)))


def _names(resource: Resource) -> dict[str, object]:
    return {
        "Name": resource.name,
        "FolderFullPath": resource.folder,
        "FullAddress": resource.address,
        "ResourceFamilyName": resource.family,
        "ResourceModelName": resource.model,
    }


def _details(resource: Resource) -> dict[str, object]:
    return {
        "DriverName": resource.driver,
        "Address": resource.address,
        "RootAddress": resource.address,
        "Excluded": resource.excluded,
        "Locked": False,
        "Description": resource.description,
        "Permission": "ReadWrite",
        "UniqueIdentifier": resource.id,
        "UniqeIdentifier": resource.id,  # The client's class has this spelling (docs/reference/server.md §2).
        "ResourceLiveStatusName": resource.live_status[0],
        "ResourceLiveStatusDescription": resource.live_status[1],
        "CreatedInReservation": resource.created_in,
        "CreateDate": api_time(resource.created),
    }


def _attribute_type(definition: AttributeDefinition | None) -> str:
    if not definition:
        return "String"
    if definition.values:
        return "Lookup"
    return "Password" if definition.is_password else _ATTRIBUTE_TYPES.get(definition.type, "String")


def _network_interface(interface: NetworkInterface) -> Element:
    data = _with_addresses(interface.data, interface.private_ip, interface.public_ip)
    return node(
        "VmDetailsNetworkInterface",
        node("AdditionalData", *_pairs("AdditionalDataParam", data)),
        NetworkId=interface.network_id,
        IsPrimary=interface.is_primary,
    )


def _with_addresses(data: list[DetailField], private_ip: str, public_ip: str) -> list[DetailField]:
    """Return an interface's data with its addresses, unless the driver's data have them already."""
    known = {item.value for item in data}
    addresses = [DetailField("private ip", private_ip), DetailField("public ip", public_ip)]
    return [*data, *(item for item in addresses if item.value and item.value not in known)]


def _command_parameter(parameter: Parameter) -> Element:
    return node(
        "CommandParameter",
        Name=parameter.name,
        Description=parameter.description,
        Type=parameter.type,
        Mandatory=parameter.is_required,
        DefaultValue=parameter.default or "",
        EnumValues=",".join(parameter.values),
    )


def _pairs(tag: str, items: Iterable[DetailField]) -> list[Element]:
    return [node(tag, Name=item.name, Value=item.value) for item in items]
