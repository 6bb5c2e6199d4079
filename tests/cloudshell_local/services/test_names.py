from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cloudshell_local.errors import InvalidPackage, WrongCall
from cloudshell_local.rest_api.package_xml import write_blueprint, write_template
from cloudshell_local.rest_api.packages import METADATA, Packages
from cloudshell_local.services.names import Named, require_name
from cloudshell_local.storage.model import Blueprint, Resource
from cloudshell_local.storage.parts import Parts
from tests.cloudshell_local.toy import Toy, zipped

SHORT = (Named.BLUEPRINT, Named.SANDBOX)


@pytest.mark.parametrize("kind", Named)
def test_a_name_that_cloudshell_allows_is_returned(kind: Named) -> None:
    name = "Web 1 | a.b-c_d [x]"
    assert require_name(kind, name) == name
    assert require_name(kind, "x" * (60 if kind in SHORT else 100))


@pytest.mark.parametrize("kind", Named)
@pytest.mark.parametrize("name", ["", " ", "a/b", "a\\b", "a\n", "<b>", "a:b", "\u00e9", " a", "a ", ".", ".."])
def test_every_other_name_is_refused_and_the_kind_is_named(kind: Named, name: str) -> None:
    with pytest.raises(WrongCall, match=f"The {kind.value} name '"):
        require_name(kind, name)


@pytest.mark.parametrize("kind", Named)
def test_a_name_that_is_too_long_is_refused_with_the_length_that_is_right(kind: Named) -> None:
    longest = 60 if kind in SHORT else 100
    with pytest.raises(WrongCall, match=f"should be 1 to {longest} letters, digits, spaces"):
        require_name(kind, "x" * (longest + 1))


def test_a_users_name_may_be_an_address() -> None:
    assert require_name(Named.USER, "eve+test@example.com")
    with pytest.raises(WrongCall):
        require_name(Named.APP, "eve@example.com")


def test_the_rule_holds_for_what_the_api_is_sent(toy: Toy) -> None:
    api: Any = toy.cloudshell.session()
    long = "x" * 61
    calls: list[Callable[[], object]] = [
        lambda: api.CreateResource("CS_CloudProvider", "Toy", "..", "NA"),
        lambda: api.RenameResource(toy.provider.name, " renamed"),
        lambda: api.AddNewUser("", "secret", "", True, False),
        lambda: api.CreateImmediateReservation("a/b", "admin", 5),
        lambda: api.CreateImmediateReservation(long, "admin", 5),
    ]
    for call in calls:
        with pytest.raises(Exception, match="name '.*' should"):
            call()
    assert [each.name for each in toy.services.store.sandboxes] == []


def test_the_rule_holds_for_what_a_package_brings_and_then_nothing_is_imported(toy: Toy) -> None:
    toy.app("Web")
    template = toy.services.store.templates.get("Web")
    toy.services.blueprints.delete_template("Web")
    package = zipped(
        {
            METADATA: "<Metadata/>",
            "App Templates/Web.xml": write_template(template),
            "Topologies/B.xml": write_blueprint(Blueprint("x" * 61)),
        }
    )
    with pytest.raises(InvalidPackage, match="Topologies/B.xml: The blueprint name 'x+' should be 1 to 60"):
        Packages(toy.services).import_package(package)
    assert "Web" not in toy.services.store.templates


@pytest.mark.parametrize("name", ["..", "a/b", "x" * 101])
def test_the_rule_holds_for_what_a_driver_names_and_the_vm_of_another_name_is_deleted(toy: Toy, name: str) -> None:
    toy.app("Web", **{"VM Name": name})
    sandbox = toy.services.lifecycle.reserve_empty("S", "admin", 5)
    toy.services.sandboxes.add_app(sandbox.id, toy.services.blueprints.new_app("Web"))
    (result,) = toy.services.deployment.deploy(sandbox.id, ["Web"])
    assert "'Deploy' answered a vmName that no resource can have. The resource name" in result.error
    assert toy.left()["vms"] == []


def test_what_is_stored_with_an_older_name_still_opens(toy: Toy) -> None:
    services, old = toy.services, "x" * 70
    toy.app("Web")
    app = services.blueprints.new_app("Web")
    services.store.templates.put(" Web", services.store.templates.get("Web"))
    services.store.blueprints.put(old, Blueprint(old, apps=Parts([app]), has_setup=False))
    assert services.lifecycle.reserve(old, "", "admin", 5).name == "x" * 60
    assert services.blueprints.new_app(" Web").name == " Web"
    services.store.resources.put("..", Resource("..", "f", "m", "", {}))
    services.inventory.rename("..", "right")
    assert ".." not in services.store.resources
