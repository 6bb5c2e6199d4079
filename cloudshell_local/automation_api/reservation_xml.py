"""Sandboxes as XML. The API calls them reservations; the shapes are those of docs/reference/server.md §2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element

from cloudshell_local.access import DOMAIN
from cloudshell_local.automation_api.diagram_xml import app_element, connector_element, service_element
from cloudshell_local.automation_api.resource_xml import reserved_resources
from cloudshell_local.services.times import api_time
from cloudshell_local.storage.model import Resource, Sandbox
from cloudshell_local.xml import node


def reservation_description(sandbox: Sandbox, resources: Iterable[Resource], families: Mapping[str, str]) -> Element:
    """Return a sandbox as GetReservationDetails has it. families: those of its Apps, by the Apps' models."""
    return node(
        "ReservationDescription",
        *_topologies_and_users(sandbox),
        node("Resources", *(element for each in resources for element in reserved_resources(each))),
        node("TopologiesReservedResources"),
        node("Conflicts"),
        node("ActiveRoutesInfo"),
        node("RequestedRoutesInfo"),
        node("Connectors", *(connector_element(each) for each in sandbox.connectors)),
        node("Apps", *(app_element("ReservedApp", each, families[each.model]) for each in sandbox.apps)),
        _live_status(sandbox),
        node("SetupStage", sandbox.stage),
        node("Services", *(service_element(each) for each in sandbox.services)),
        **_attributes(sandbox),
    )


def reservation_short_info(sandbox: Sandbox, tag: str = "Reservation") -> Element:
    """Return a sandbox as lists have it. tag: the name of the element."""
    return node(tag, *_topologies_and_users(sandbox), **_attributes(sandbox))


def reservation_slim_status(sandbox: Sandbox) -> Element:
    """Return the status of a sandbox as GetReservationStatus has it."""
    return node(
        "ReservationSlimStatus",
        ReservationId=sandbox.id,
        StartTime=api_time(sandbox.start),
        EndTime=api_time(sandbox.end),
        Status=sandbox.status,
        ProvisioningStatus=sandbox.provisioning,
        Booked=True,
        SetupStage=sandbox.stage,
    )


def _topologies_and_users(sandbox: Sandbox) -> list[Element]:
    names = [node("TopologyName", sandbox.blueprint)] if sandbox.blueprint else []
    return [
        node("Topologies", *names),
        node("PermittedUsers", *(node("PermittedUser", name) for name in sandbox.users)),
    ]


def _live_status(sandbox: Sandbox) -> Element:
    return node(
        "ReservationLiveStatus",
        ReservationId=sandbox.id,
        ReservationLiveStatusName=sandbox.live_status[0],
        ReservationLiveStatusDescription=sandbox.live_status[1],
    )


def _attributes(sandbox: Sandbox) -> dict[str, object]:
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
