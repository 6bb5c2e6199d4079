"""Operations that search for resources."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from cloudshell_local.access import Session
from cloudshell_local.automation_api.xml import Records, Texts, response_info, values_by_name
from cloudshell_local.errors import WrongCall
from cloudshell_local.services.container import Services
from cloudshell_local.services.resource_search import FoundResource, ResourceQuery, full_path
from cloudshell_local.services.times import api_time
from cloudshell_local.storage.model import Resource, Sandbox
from cloudshell_local.xml import node

RESERVED, NOT_RESERVED = "Reserved", "Not In Reservation"


class ResourceSearchOperations:
    """Operations that find resources with the sandboxes that use them."""

    def __init__(self, services: Services) -> None:
        self._search = services.resource_search
        self._permissions = services.permissions

    def FindResources(
        self,
        session: Session,
        resourceFamily: str = "",
        resourceModel: str = "",
        attributeValues: Records = (),
        resourceFullName: str = "",
        exactName: bool = True,
        resourceAddress: str = "",
        resourceUniqueIdentifier: str = "",
        maxResults: int = 500,
        includeExcludedResources: bool = False,
    ) -> Element:
        if maxResults < 1:
            raise WrongCall(f"The most results are {maxResults} and should be 1 or more")
        query = ResourceQuery(
            family=resourceFamily,
            model=resourceModel,
            attributes=values_by_name(attributeValues),
            name=resourceFullName,
            is_exact=exactName,
            address=resourceAddress,
            id=resourceUniqueIdentifier,
            excluded=includeExcludedResources,
        )
        return _found(self._search.find(query, maxResults, self._permissions.resources(session)))

    def GetResourceAvailability(self, session: Session, resourcesNames: Texts) -> Element:
        found = self._search.named(resourcesNames)
        self._permissions.require_seen(session, [each.resource.name for each in found])
        return _found(found)


def _found(found: Iterable[FoundResource]) -> Element:
    return response_info("FindResourceListInfo", node("Resources", *map(_resource, found)))


def _resource(found: FoundResource) -> Element:
    resource = found.resource
    return node(
        "FindResourceInfo",
        _usage(found),
        node("Reservations", *(_reservation(resource, each) for each in found.sandboxes)),
        Name=resource.name,
        Description=resource.description,
        Address=resource.address,
        FullName=resource.name,
        FullPath=full_path(resource),
        FullAddress=resource.address,
        ResourceFamilyName=resource.family,
        ResourceModelName=resource.model,
        ReservedStatus=RESERVED if found.sandboxes else NOT_RESERVED,
        Excluded=resource.excluded,
        Permission="ReadWrite",
        ConnectedTo="",
    )


def _usage(found: FoundResource) -> Element:
    return node(
        "UsageSummary",
        ResourceFullName=found.resource.name,
        NumOfNotInReservation=0 if found.sandboxes else 1,
        NumOfReserved=1 if found.sandboxes else 0,
        NumOfShared=0,
    )


def _reservation(resource: Resource, sandbox: Sandbox) -> Element:
    return node(
        "FindResourceReservationInfo",
        ReservationId=sandbox.id,
        ResourceFullName=resource.name,
        ReservationName=sandbox.name,
        Owner=sandbox.owner,
        StartTime=api_time(sandbox.start),
        EndTime=api_time(sandbox.end),
        Shared=False,
    )
