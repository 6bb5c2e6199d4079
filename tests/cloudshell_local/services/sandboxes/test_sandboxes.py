from __future__ import annotations

from collections.abc import Callable

import pytest

from cloudshell_local.errors import ConnectionNotFound, NotFound, WrongCall
from cloudshell_local.services.networking.service_models import new_service
from cloudshell_local.services.sandboxes.sandboxes import endpoint_pairs
from cloudshell_local.storage.model import CONNECTED, Connector
from tests.cloudshell_local.toy import Toy


@pytest.fixture
def sandbox(toy: Toy) -> str:
    toy.app("Web")
    made = toy.services.sandboxes.create("s", "admin", 60)
    toy.services.sandboxes.add_app(made.id, toy.services.blueprints.new_app("Web"))
    toy.services.sandboxes.add_service(made.id, new_service("VLAN Auto", "V", {}))
    return str(made.id)


def test_an_app_gets_a_name_that_is_free(toy: Toy, sandbox: str) -> None:
    toy.services.sandboxes.add_app(sandbox, toy.services.blueprints.new_app("Web"))
    assert [app.name for app in toy.services.sandboxes.get(sandbox).apps] == ["Web", "Web_1"]


def test_connectors_are_added_changed_and_removed(toy: Toy, sandbox: str) -> None:
    sandboxes = toy.services.sandboxes
    sandboxes.set_connectors(sandbox, [Connector("Web", "V")])
    sandboxes.set_connectors(sandbox, [Connector("V", "Web", "uni", "cable")])
    sandboxes.set_connector_attributes(sandbox, "Web", "V", {"Requested Source vNIC Name": "1"})
    (line,) = sandboxes.get(sandbox).connectors
    assert (line.direction, line.alias, line.attributes) == ("uni", "cable", {"Requested Source vNIC Name": "1"})
    sandboxes.remove_connectors(sandbox, ["V", "Web"])
    assert sandboxes.get(sandbox).connectors == []
    with pytest.raises(ConnectionNotFound):
        sandboxes.remove_connectors(sandbox, ["V", "Web"])
    with pytest.raises(WrongCall, match="ends at 'Db'"):
        sandboxes.set_connectors(sandbox, [Connector("Web", "Db")])


def test_connected_connectors_cannot_be_removed(toy: Toy, sandbox: str) -> None:
    sandboxes = toy.services.sandboxes
    sandboxes.set_connectors(sandbox, [Connector("Web", "V")])
    with sandboxes.changing(sandbox) as changed:
        changed.connectors[0].state = CONNECTED
    acts: list[Callable[[], None]] = [
        lambda: sandboxes.remove_connectors(sandbox, ["Web", "V"]),
        lambda: sandboxes.remove_services(sandbox, ["V"]),
        lambda: sandboxes.remove_app(sandbox, "Web"),
    ]
    for act in acts:
        with pytest.raises(WrongCall, match="'Web' and 'V' are connected; disconnect them first"):
            act()


def test_apps_and_services_are_removed_with_their_connectors(toy: Toy, sandbox: str) -> None:
    sandboxes = toy.services.sandboxes
    sandboxes.set_connectors(sandbox, [Connector("Web", "V")])
    sandboxes.remove_app(sandbox, "Web")
    assert (list(sandboxes.get(sandbox).apps), list(sandboxes.get(sandbox).connectors)) == ([], [])
    sandboxes.remove_services(sandbox, ["V"])
    with pytest.raises(NotFound, match="Services: none"):
        sandboxes.remove_services(sandbox, ["V"])
    with pytest.raises(NotFound, match="Apps to deploy: none"):
        sandboxes.remove_app(sandbox, "Web")


def test_a_service_has_an_alias_of_its_own(toy: Toy, sandbox: str) -> None:
    with pytest.raises(WrongCall, match="Two things of the diagram are named 'V'"):
        toy.services.sandboxes.add_service(sandbox, new_service("Subnet", "V", {}))
    toy.services.sandboxes.set_service_attributes(sandbox, "V", {"VLAN ID": "7"})
    assert toy.services.sandboxes.get(sandbox).services[0].attributes["VLAN ID"] == "7"


def test_a_service_is_renamed_with_its_connectors_and_vlan(toy: Toy, sandbox: str) -> None:
    sandboxes = toy.services.sandboxes
    sandboxes.set_connectors(sandbox, [Connector("Web", "V")])
    with sandboxes.changing(sandbox) as changed:
        changed.vlans["V"] = "7"
    toy.cloudshell.session().SetServiceName(sandbox, "V", "Choir")
    now = sandboxes.get(sandbox)
    assert (now.services[0].alias, now.connectors[0].target, now.vlans) == ("Choir", "Choir", {"Choir": "7"})
    with pytest.raises(WrongCall, match="Two things of the diagram are named 'Web'"):
        sandboxes.rename_service(sandbox, "Choir", "Web")
    with pytest.raises(NotFound):
        sandboxes.rename_service(sandbox, "V", "W")


def test_excluded_resources_are_in_no_sandbox(toy: Toy, sandbox: str) -> None:
    toy.cloudshell.add_blueprint("B", ["Web"])
    toy.services.inventory.set_excluded(toy.provider.name, True)
    with pytest.raises(WrongCall, match="is excluded; discover it, or include it"):
        toy.cloudshell.reserve("B")
    with pytest.raises(WrongCall, match="is excluded"):
        toy.services.sandboxes.add_resources(sandbox, [toy.provider.name])
    toy.services.inventory.set_excluded(toy.provider.name, False)
    toy.services.sandboxes.add_resources(sandbox, [toy.provider.name])
    assert toy.provider.name in toy.services.sandboxes.get(sandbox).resources


def test_the_feed_is_in_order_with_errors_in_red(toy: Toy, sandbox: str) -> None:
    toy.services.sandboxes.post(sandbox, "hello")
    toy.services.sandboxes.post_error(sandbox, "oh")
    assert [message.text for message in toy.services.sandboxes.feed(sandbox)[-2:]] == [
        "hello",
        '<font color="red">oh</font>',
    ]


def test_a_sandbox_can_be_deleted_only_when_it_has_ended(toy: Toy, sandbox: str) -> None:
    with pytest.raises(WrongCall, match="must be ended before it can be deleted"):
        toy.services.sandboxes.delete(sandbox)
    with toy.services.sandboxes.changing(sandbox) as changed:
        changed.status = "Completed"
    with pytest.raises(WrongCall, match="has ended"):
        toy.services.sandboxes.add_app(sandbox, toy.services.blueprints.new_app("Web"))
    toy.services.sandboxes.delete(sandbox)
    assert toy.services.sandboxes.feed(sandbox) == []
    with pytest.raises(NotFound):
        toy.services.sandboxes.get(sandbox)


def test_endpoints_are_pairs() -> None:
    assert endpoint_pairs(["a", "b", "c", "d"]) == [("a", "b"), ("c", "d")]
    with pytest.raises(WrongCall, match="should be pairs"):
        endpoint_pairs(["a"])
