"""The mistakes of one user, which nobody else notices: VLAN ids that cannot be read, texts that take long to show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cloudshell.api.cloudshell_api import AttributeNameValue
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from cloudshell_local import CloudShellLocal
from cloudshell_local.errors import InvalidPackage, WrongCall
from cloudshell_local.rest_api.packages import Packages
from cloudshell_local.storage.model import Connector
from tests.cloudshell_local.portal.portal_client import PortalClient
from tests.cloudshell_local.rest_api.test_packages import META, blueprint, template
from tests.cloudshell_local.toy import Toy, zipped

UNREADABLE = ["20-10", "0", "99999999", "9" * 5000]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toy]:
    with CloudShellLocal() as cloudshell:
        found = Toy.on(cloudshell, tmp_path_factory.mktemp("control"))
        found.app("Web")
        cloudshell.add_blueprint("Manual", ["Web"], {"V": ("VLAN Manual", {})}, [("Web", "V")])
        cloudshell.add_blueprint("Auto", ["Web"], {"V": ("VLAN Auto", {})}, [("Web", "V")])
        yield found


def deployed(toy: Toy, name: str) -> str:
    """Return the id of a sandbox of a blueprint, whose App is deployed and not connected."""
    sandbox = toy.services.lifecycle.reserve(name, name, "admin", 60, set_up=False)
    toy.services.deployment.deploy(sandbox.id, ["Web"])
    return sandbox.id


def line_of(toy: Toy, sandbox: str) -> Connector:
    return toy.services.sandboxes.get(sandbox).connectors[0]


def connect(toy: Toy, sandbox: str) -> str:
    """Connect the App with the VLAN and return the id that it got."""
    line = line_of(toy, sandbox)
    toy.services.vlans.connect(sandbox, [line.source, line.target])
    return toy.services.sandboxes.get(sandbox).vlans["V"]


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_vlan_id_that_cannot_be_read_is_refused_where_it_is_typed(toy: Toy, text: str) -> None:
    api: Any = toy.cloudshell.session()
    sandbox = toy.services.lifecycle.reserve("Manual", "Manual", "admin", 60, set_up=False)
    refused = "should be VLAN ids and ranges of them, as 3, 100-220"
    with pytest.raises(CloudShellAPIError, match=refused):
        api.SetServiceAttributesValues(sandbox.id, "V", [AttributeNameValue("VLAN ID", text)])
    with pytest.raises(CloudShellAPIError, match=refused):
        api.AddServiceToReservation(sandbox.id, "VLAN Manual", "W", [AttributeNameValue("VLAN ID", text)])
    form = {"alias": "V", "attribute:VLAN ID": text}
    assert refused in PortalClient(toy.cloudshell).submit_error("/blueprints/Manual/service", **form)
    bad = blueprint("Bad", template("Web", toy.provider.name)).replace('Value="9"', f'Value="{text}"')
    with pytest.raises(InvalidPackage, match=f"Topologies/b.xml: .*{refused}"):
        Packages(toy.services).import_package(zipped({"metadata.xml": META, "Topologies/b.xml": bad}))
    found = toy.services.sandboxes.get(sandbox.id)
    assert [(each.alias, each.attributes["VLAN ID"]) for each in found.services] == [("V", "")]
    assert toy.services.blueprints.blueprint("Manual").services[0].attributes["VLAN ID"] == ""


@pytest.mark.parametrize("text", [*UNREADABLE, "5000"])
def test_a_vlan_id_that_was_stored_before_is_refused_when_it_is_connected(toy: Toy, text: str) -> None:
    sandbox = deployed(toy, "Manual")
    with toy.services.store.sandboxes.changing(sandbox) as changed:
        changed.services[0].attributes["VLAN ID"] = text
    with pytest.raises(WrongCall, match="should be VLAN ids and ranges of them, as 3, 100-220, from 1 to 4094"):
        connect(toy, sandbox)
    assert toy.services.sandboxes.get(sandbox).vlans == {}


@pytest.mark.parametrize("text", [*UNREADABLE, "5000"])
def test_a_vlan_id_that_cannot_be_read_and_is_held_stops_nobody(toy: Toy, text: str) -> None:
    holder, other = (deployed(toy, name) for name in ("Manual", "Auto"))
    with toy.services.store.sandboxes.changing(holder) as changed:
        changed.vlans["V"] = text
    assert connect(toy, other).isdecimal()


def test_an_id_of_a_vxlan_is_taken_by_a_provider_of_that_type(toy: Toy) -> None:
    with toy.services.store.resources.changing(toy.provider.name) as provider:
        before = provider.attributes.get("Toy.VLAN Type", "")
        provider.attributes["Toy.VLAN Type"] = "VXLAN"
    sandbox = deployed(toy, "Manual")
    toy.services.sandboxes.set_service_attributes(sandbox, "V", {"VLAN ID": "6000"})
    assert connect(toy, sandbox) == "6000"
    with toy.services.store.resources.changing(toy.provider.name) as provider:
        provider.attributes["Toy.VLAN Type"] = before
