"""Records as the answers show them. Their shapes were tried with the clients; what they leave out matters, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element

from cloudshell_local.access import ADMIN, DOMAIN
from cloudshell_local.services.times import api_time
from cloudshell_local.shells.driver_source import CommandInfo
from cloudshell_local.shells.standards import AttributeDefinition
from cloudshell_local.storage.model import App, Blueprint, Connector, DetailField, Resource, Sandbox, Service, VmDetails
from cloudshell_local.xml import node


def attribute_list(values: Mapping[str, str], tag: str = "Attributes") -> Element:
    """Return attributes as most answers list them."""
    return node(tag, *(node("Attribute", Name=name, Value=value) for name, value in values.items()))


def resource_info(
    resource: Resource, definitions: Mapping[str, AttributeDefinition]
) -> tuple[list[Element], dict[str, object]]:
    """Return a resource's children and attributes, as GetResourceDetails shows them."""
    values = [
        node("ResourceAttribute", Name=name, Value=value, Type=_kind(definitions.get(name)))
        for name, value in resource.attributes.items()
    ]
    children = [node("ResourceAttributes", *values), node("Domains"), node("ChildResources"), node("Connections")]
    # A resource with VmDetails, even empty ones, counts as a deployed app.
    children += [vm_details(resource.vm_details)] if resource.vm_details else []
    attributes = {
        **_names(resource),
        "DriverName": resource.driver,
        "Address": resource.address,
        "RootAddress": resource.address,
        "Excluded": resource.excluded,
        "Locked": False,
        "Description": resource.description,
        "Permission": "ReadWrite",
        "UniqueIdentifier": resource.id,
        "UniqeIdentifier": resource.id,  # That is how the real server writes it.
        "ResourceLiveStatusName": resource.live_status[0],
        "ResourceLiveStatusDescription": resource.live_status[1],
        "CreatedInReservation": resource.created_in,
        "CreateDate": api_time(resource.created),
    }
    return children, attributes


def short_resource(resource: Resource) -> Element:
    """Return a resource as lists show it."""
    return node("ResourceShortInfo", **_names(resource), Address=resource.address, Excluded=resource.excluded)


def vm_details(details: VmDetails) -> Element:
    """Return VM details; what the driver hides is there too, for the API."""
    networks = [
        node(
            "VmDetailsNetworkInterface",
            node(
                "AdditionalData",
                *_pairs("AdditionalDataParam", _with_addresses(each.data, each.private_ip, each.public_ip)),
            ),
            NetworkId=each.network_id,
            IsPrimary=each.is_primary,
        )
        for each in details.networks
    ]
    parameters = [DetailField(name, value) for name, value in details.custom_parameters.items()]
    return node(
        "VmDetails",
        node("VmCustomParams", *_pairs("VmCustomParam", parameters)),
        node("InstanceData", *_pairs("VmInstanceParam", details.instance)),
        node("NetworkData", *networks),
        UID=details.uid,
        CloudProviderFullName=details.provider,
    )


def reservation(sandbox: Sandbox, resources: Iterable[Resource], families: Mapping[str, str]) -> Element:
    """Return a sandbox as GetReservationDetails shows it. families: by the models of its Apps."""
    live_status = {
        "ReservationId": sandbox.id,
        "ReservationLiveStatusName": sandbox.live_status[0],
        "ReservationLiveStatusDescription": sandbox.live_status[1],
    }
    return node(
        "ReservationDescription",
        *_who_and_what(sandbox),
        node("Resources", *(_reserved(each) for each in resources)),
        node("TopologiesReservedResources"),
        node("Conflicts"),
        node("ActiveRoutesInfo"),
        node("RequestedRoutesInfo"),
        node("Connectors", *(connector(each) for each in sandbox.connectors)),
        node("Apps", *(app("ReservedApp", each, families[each.model]) for each in sandbox.apps)),
        node("ReservationLiveStatus", **live_status),
        node("SetupStage", sandbox.stage),
        node("Services", *(service(each) for each in sandbox.services)),
        **_times(sandbox),
    )


def short_reservation(sandbox: Sandbox, tag: str = "Reservation") -> Element:
    """Return a sandbox as lists show it."""
    return node(tag, *_who_and_what(sandbox), **_times(sandbox))


def connector(each: Connector) -> Element:
    """Return a line of the diagram."""
    return node(
        "Connector",
        attribute_list(each.attributes),
        Alias=each.alias,
        Type="Default",
        Direction=each.direction,
        Source=each.source,
        Target=each.target,
        State=each.state,
    )


def route(each: Connector) -> Element:
    """Return a line as connecting answers it."""
    return node(
        "Route",
        node("Segments"),
        Source=each.source,
        Target=each.target,
        Alias=each.alias,
        RouteType=each.direction,
        Shared=True,
    )


def service(each: Service) -> Element:
    """Return a service."""
    return node("Service", attribute_list(each.attributes), ServiceName=each.name, Alias=each.alias)


def app(tag: str, each: App, family: str) -> Element:
    """Return an App that is not deployed; the deployment path that is chosen comes first."""
    logical = node(
        "LogicalResource", attribute_list(each.attributes), Family=family, Model=each.model, Driver="", Description=""
    )
    paths = [
        node(
            "DeploymentPath",
            node(
                "DeploymentService",
                attribute_list(path.attributes),
                Name=path.name,
                Model=path.option,
                Driver="",
                CloudProvider=path.provider,
            ),
            Name=path.name,
            IsDefault=path is each.path,
        )
        for path in sorted(each.paths, key=lambda path: path is not each.path)
    ]
    return node(
        tag,
        logical,
        node("DeploymentPaths", *paths),
        Name=each.name,
        Description=each.description,
        AppTemplateName=each.template,
    )


def command(each: CommandInfo, tag: str = "ResourceCommandInfo") -> Element:
    """Return a command, and what the user types for it."""
    parameters = [
        node(
            "CommandParameter",
            Name=parameter.name,
            Description=parameter.description,
            Type=parameter.type,
            Mandatory=parameter.mandatory,
            DefaultValue=parameter.default,
            EnumValues=",".join(parameter.values),
        )
        for parameter in each.parameters
    ]
    names = {"Name": each.name, "DisplayName": each.display_name or each.name, "Description": each.description}
    return node(tag, node("Parameters", *parameters), **names, Tag=",".join(each.tags))


def topology(each: Blueprint, families: Mapping[str, str]) -> tuple[list[Element], dict[str, object]]:
    """Return a blueprint's children and attributes, as GetTopologyDetails shows them."""
    children = [
        node("Resources", *(node("TopologyResourceInfo", Name=name, Alias=name) for name in each.resources)),
        node("Connectors", *(connector(line) for line in each.connectors)),
        node("Services", *(service(item) for item in each.services)),
        node("Apps", *(app("TopologyAppResourceInfo", item, families[item.model]) for item in each.apps)),
    ]
    return children, {
        "Name": each.name,
        "Alias": each.name,
        "Owner": ADMIN,
        "Description": each.description,
        "Driver": "Python Setup & Teardown" if each.has_setup else "",
        "EstimatedSetupDuration": each.setup_minutes,
        "EstimatedTearDownDuration": each.teardown_minutes,
    }


def _names(resource: Resource) -> dict[str, object]:
    return {
        "Name": resource.name,
        "FolderFullPath": resource.folder,
        "FullAddress": resource.address,
        "ResourceFamilyName": resource.family,
        "ResourceModelName": resource.model,
    }


def _reserved(resource: Resource) -> Element:
    return node(
        "ReservedResource",
        vm_details(resource.vm_details) if resource.vm_details else None,
        node("AppDetails", AppName=resource.app.name) if resource.app else None,
        **_names(resource),
        Shared=False,
        Availability="Available",
        Locked=False,
        Released=False,
        CreatedByUser=ADMIN,
        CreatedInDomain=DOMAIN,
        CreatedInReservation=resource.created_in,
    )


def _who_and_what(sandbox: Sandbox) -> list[Element]:
    names = [node("TopologyName", sandbox.blueprint)] if sandbox.blueprint else []
    return [node("Topologies", *names), node("PermittedUsers", node("PermittedUser", sandbox.owner))]


def _times(sandbox: Sandbox) -> dict[str, object]:
    return {
        "Id": sandbox.id,
        "Name": sandbox.name,
        "Description": sandbox.description,
        "StartTime": api_time(sandbox.start),
        "EndTime": api_time(sandbox.end),
        "RecurrenceType": "None",
        "Owner": sandbox.owner,
        "Booked": True,
        "Status": sandbox.status,
        "ProvisioningStatus": sandbox.provisioning,
        "ActualEndTime": "",
        "CreateDate": api_time(sandbox.start),
        "ModificationDate": api_time(sandbox.start),
        "DomainName": DOMAIN,
    }


def _kind(definition: AttributeDefinition | None) -> str:
    kinds = {"integer": "Numeric", "float": "Numeric", "boolean": "Boolean"}
    if not definition:
        return "String"
    if definition.values:
        return "Lookup"
    return "Password" if definition.is_password else kinds.get(definition.type, "String")


def _pairs(tag: str, items: Iterable[DetailField]) -> list[Element]:
    return [node(tag, Name=item.name, Value=item.value) for item in items]


def _with_addresses(data: list[DetailField], private_ip: str, public_ip: str) -> list[DetailField]:
    """Return an interface's data with the addresses, unless the driver has put them there already."""
    known = {item.value for item in data}
    more = [DetailField("private ip", private_ip), DetailField("public ip", public_ip)]
    return [*data, *(item for item in more if item.value and item.value not in known)]
