from __future__ import annotations

from typing import Any

from tests.cloudshell_local.toy import Toy


def test_blueprints_and_services_are_listed(toy: Toy, api: Any) -> None:
    toy.app("Web")
    toy.cloudshell.add_blueprint("B", ["Web"], {"V": ("VLAN Auto", {})}, [("Web", "V")])
    assert list(api.GetTopologiesByCategory().Topologies) == ["B"]
    found = api.GetTopologyDetails("B")
    assert (found.Name, found.Driver, [each.Name for each in found.Apps]) == ("B", "Python Setup & Teardown", ["Web"])
    assert [each.Alias for each in found.Services] == ["V"]
    assert [each.Name for each in api.GetServices().Services] == ["VLAN Auto", "VLAN Manual", "Subnet"]
