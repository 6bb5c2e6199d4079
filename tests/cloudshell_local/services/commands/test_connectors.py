from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudshell_local.services.commands.connectors import ConnectorContexts
from cloudshell_local.services.networking.service_models import new_service
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.storage.data_folder import open_data_folder
from cloudshell_local.storage.model import GENERIC_APP_MODEL, App, Connector, Resource, Sandbox
from cloudshell_local.storage.parts import Parts

VM = Resource("vm", "CS_GenericAppFamily", "Puppet", "", {})
DB = Resource("db", "CS_GenericAppFamily", "Puppet", "", {"Puppet.User": "ann"})


@pytest.fixture
def contexts(tmp_path: Path) -> Iterator[ConnectorContexts]:
    with open_data_folder(tmp_path) as data:
        data.store.resources.put("db", DB)
        yield ConnectorContexts(data.store, Catalog(data.store, data.shells))


def sandbox(*lines: Connector) -> Sandbox:
    apps = [App("Web", "Web", GENERIC_APP_MODEL, {"User": "u"}, []), App("Old", "Old", "Gone", {}, [])]
    services = [new_service("VLAN Manual", "V", {"VLAN ID": "7"})]
    resources = dict.fromkeys(("vm", "db", "gone"), (0.0, 0.0))
    made = Sandbox("s", "s", "admin", "", "", resources=resources, connectors=Parts(lines))
    made.apps, made.services = Parts(apps), Parts(services)
    return made


def test_a_connector_has_the_fields_of_cloudshells_class_and_the_resource_as_its_source(
    contexts: ConnectorContexts,
) -> None:
    line = Connector("V", "vm", "bi", "uplink", attributes={"Target Interface": "02"})
    (found,) = contexts.of(sandbox(line), VM)
    assert found["target_attributes"].pop("VLAN ID") == "7"
    assert "Access Mode" in found.pop("target_attributes")
    assert found == {
        "class": "Connector",
        "source": "vm",
        "target": "V",
        "target_family": "Virtual Network",
        "target_model": "VLAN Manual",
        "target_type": "Service",
        "direction": "Bi",
        "alias": "uplink",
        "attributes": {"Target Interface": "02"},
        "connection_type": "Visual Connector",
    }


@pytest.mark.parametrize(
    ("name", "kind", "family", "model", "attributes"),
    [
        ("Web", "App", "Generic App Family", GENERIC_APP_MODEL, {"User": "u"}),
        ("Old", "App", "", "Gone", {}),
        ("db", "Resource", "CS_GenericAppFamily", "Puppet", {"Puppet.User": "ann"}),
        ("gone", "Resource", "", "", {}),
    ],
)
def test_the_other_end_is_an_app_or_a_resource_with_its_model(
    contexts: ConnectorContexts, name: str, kind: str, family: str, model: str, attributes: dict[str, str]
) -> None:
    (found,) = contexts.of(sandbox(Connector("vm", name)), VM)
    assert (found["source"], found["target"], found["target_type"]) == ("vm", name, kind)
    assert (found["target_family"], found["target_model"], found["target_attributes"]) == (family, model, attributes)


def test_only_the_resources_own_connectors_are_there_and_none_without_a_sandbox(contexts: ConnectorContexts) -> None:
    diagram = sandbox(Connector("vm", "V"), Connector("db", "V"), Connector("db", "vm"))
    assert [each["target"] for each in contexts.of(diagram, VM)] == ["V", "db"]
    assert contexts.of(None, VM) == []
