"""FindResources and GetResourceAvailability with Quali's own client."""

from __future__ import annotations

from typing import Any

import pytest
from cloudshell.api.cloudshell_api import AttributeNameValue
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from tests.cloudshell_local.automation_api.test_reservation_properties import end
from tests.cloudshell_local.toy import Toy


@pytest.fixture
def provider(toy: Toy) -> Any:
    """A second resource beside the toy provider, which is included and has an address."""
    resource = toy.services.inventory.create("Toy", "North 7", "10.0.0.7", {"Limit": "9"}, "The north one")
    toy.services.inventory.create("Toy", "North 8", "10.0.0.8", {"Limit": "9"})
    toy.services.inventory.set_excluded("North 8", True)
    return resource


def names(api: Any, **query: Any) -> set[str]:
    return {each.Name for each in api.FindResources(**query).Resources}


def test_a_resource_is_found_by_each_of_its_properties(toy: Toy, api: Any, provider: Any) -> None:
    both = {"North 7", toy.provider.name}
    assert names(api) >= both
    assert names(api, resourceFamily=provider.family, resourceModel="Toy") == both
    assert names(api, resourceFamily="CS_Other") == names(api, resourceModel="Moon") == set()
    assert names(api, resourceFullName="North 7") == {"North 7"}
    assert names(api, resourceFullName="north") == set()
    assert names(api, resourceFullName="north", exactName=False) == {"North 7"}
    assert names(api, resourceFullName="north", exactName=False, includeExcludedResources=True) == {
        "North 7",
        "North 8",
    }
    assert names(api, resourceAddress="10.0.") == {"North 7"}
    assert names(api, resourceUniqueIdentifier=provider.id) == {"North 7"}
    assert names(api, attributeValues=[AttributeNameValue("Limit", "9"), AttributeNameValue("Toy.Color", "red")]) == {
        "North 7"
    }
    assert names(api, attributeValues=[AttributeNameValue("Limit", "9"), AttributeNameValue("Color", "blue")]) == set()
    assert len(api.FindResources(resourceModel="Toy", maxResults=1).Resources) == 1
    with pytest.raises(CloudShellAPIError, match="The most results are 0 and should be 1 or more"):
        api.FindResources(maxResults=0)


def test_what_is_found_has_the_sandboxes_that_use_it(toy: Toy, api: Any, provider: Any) -> None:
    sandbox = toy.services.sandboxes.create("Mine", "admin", 60)
    api.AddResourcesToReservation(sandbox.id, ["North 7"])
    (found,) = api.FindResources(resourceFullName="North 7").Resources
    assert (found.FullName, found.FullPath, found.Address, found.Description, found.Excluded) == (
        "North 7", "North 7", "10.0.0.7", "The north one", False
    )  # fmt: skip
    assert (found.ResourceModelName, found.ResourceFamilyName, found.ReservedStatus) == (
        "Toy",
        provider.family,
        "Reserved",
    )
    assert (found.UsageSummary.NumOfReserved, found.UsageSummary.NumOfNotInReservation) == (1, 0)
    (user,) = found.Reservations
    assert (user.ReservationId, user.ReservationName, user.Owner, user.ResourceFullName) == (
        sandbox.id, "Mine", "admin", "North 7"
    )  # fmt: skip
    end(toy, sandbox.id)
    (found,) = api.FindResources(resourceFullName="North 7").Resources
    assert (found.ReservedStatus, list(found.Reservations or [])) == ("Not In Reservation", [])


def test_the_availability_of_resources_is_asked_for_by_their_names(toy: Toy, api: Any, provider: Any) -> None:
    found = api.GetResourceAvailability(["North 8", toy.provider.name]).Resources
    assert [each.Name for each in found] == ["North 8", toy.provider.name]
    for missing in ("Moon", "Folder/North 7"):
        with pytest.raises(CloudShellAPIError, match=f"Entity '{missing}' not found. Resources: "):
            api.GetResourceAvailability(["North 7", missing])
