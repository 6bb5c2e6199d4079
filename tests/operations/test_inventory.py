from __future__ import annotations

import pytest

from cloudshell_local.execution.driver_host import as_context
from operations import inventory
from shell.errors import CommandError
from tests.fakes import ShellHarness, l3


def discover(harness: ShellHarness, **typed: str) -> dict[str, str]:
    model = harness.sandbox.model
    harness.sandbox.attributes.update({f"{model}.{name.replace('_', ' ')}": value for name, value in typed.items()})
    context = as_context(harness.sandbox.autoload_context("t"))
    with harness.commands.discovery(context) as command:
        details = inventory.discover(command, context.resource.attributes, harness.networking)
    assert details.resources == []
    assert all(attribute.relative_address == "" for attribute in details.attributes)
    return {attribute.attribute_name: attribute.attribute_value for attribute in details.attributes}


def test_what_was_left_empty_is_filled_and_nothing_else(harness: ShellHarness) -> None:
    filled = discover(harness, Region="", VLAN_Type="", Networking_type="", User="gabriel")
    model = harness.sandbox.model
    assert filled == {f"{model}.Region": "narnia", f"{model}.VLAN Type": "VLAN", f"{model}.Networking type": "L2"}


@l3
def test_the_networking_type_is_the_shells(harness: ShellHarness) -> None:
    assert discover(harness, Networking_type="") == {"L3HeavenlyCloudShell.Networking type": "L3"}
    with pytest.raises(CommandError, match="'Networking type' is L2, but this is the L3 shell"):
        discover(harness, Networking_type="L2")


def test_the_password_is_never_handed_back(harness: ShellHarness) -> None:
    assert not [name for name in discover(harness, Region="") if "Password" in name]


def test_the_password_is_checked_each_time(harness: ShellHarness) -> None:
    discover(harness)
    discover(harness)
    assert len(harness.api.named("DecryptPassword")) == 2


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"Region": "mordor"}, "region 'mordor'.*'narnia'"),
        ({"Region": "sun"}, "'sun'; choose one of 'narnia', 'eden', 'avalon'"),
        ({"VLAN_Type": "BANANA"}, "'VLAN Type' is 'BANANA' but should be one of VLAN, VXLAN"),
        ({"Networks_in_use": "10.0.0.0/24, not-a-cidr"}, "'not-a-cidr' is not a network"),
        ({"User": "lucifer"}, "refused the user 'lucifer'"),
    ],
)
def test_what_is_wrong_is_named(harness: ShellHarness, typed: dict[str, str], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        discover(harness, **typed)


def test_evil_cannot_use_heaven(harness: ShellHarness) -> None:
    harness.sandbox.resource_name = "Evil"
    with pytest.raises(CommandError, match="'Evil' cannot use heaven"):
        discover(harness)
