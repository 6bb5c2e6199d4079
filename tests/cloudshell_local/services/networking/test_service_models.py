from __future__ import annotations

import pytest

from cloudshell_local.errors import NotFound, WrongCall
from cloudshell_local.services.networking.service_models import is_vlan, new_service


def test_a_service_has_its_defaults_and_the_given_attributes_known_or_not() -> None:
    service = new_service("VLAN Auto", "Choir", {"Access Mode": "Trunk", "Promiscuous Mode": "True"})
    assert (service.alias, service.attributes["Allocation Ranges"]) == ("Choir", "2-4094")
    assert (service.attributes["Access Mode"], service.attributes["Promiscuous Mode"]) == ("Trunk", "True")
    assert is_vlan(service)
    assert not is_vlan(new_service("Subnet", "", {}))
    assert new_service("Subnet", "", {}).alias == "Subnet"


def test_an_unknown_service_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(NotFound, match="Services: VLAN Auto, VLAN Manual, Subnet"):
        new_service("Firewall", "f", {})
    with pytest.raises(WrongCall, match="has no name"):
        new_service("Subnet", "s", {"": "x"})
