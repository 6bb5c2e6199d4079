"""Data folders that earlier versions wrote can be opened and used. What is in them: fixtures/README.md."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cloudshell_local import CloudShellLocal
from cloudshell_local.storage import passwords
from cloudshell_local.storage.collection import Collection
from cloudshell_local.storage.model import CONNECTED, Sandbox
from cloudshell_local.storage.parts import Parts

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).with_name("fixtures")


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudShellLocal]:
    """A server on a copy of the data folder that version 1.0.0 wrote."""
    monkeypatch.setitem(passwords._SCRYPT, "n", 2**14)  # as its users' passwords were hashed
    shutil.copytree(FIXTURES / "data-1", tmp_path / "data")
    with CloudShellLocal(data=tmp_path / "data") as cloudshell:
        yield cloudshell


def sandbox_named(cloudshell: CloudShellLocal, name: str) -> Sandbox:
    (found,) = (each for each in cloudshell.services.store.sandboxes if each.name == name)
    return found


def as_list(parts: Parts[Any]) -> list[Any]:
    """Return the parts of a sandbox as they were stored in the first format."""
    return [dataclasses.asdict(each) for each in parts]


def has_all_of(new: Any, old: Any) -> bool:
    """Return whether a JSON value has all fields and values of an old one; new fields may be added to it."""
    if isinstance(old, dict):
        return all(name in new and has_all_of(new[name], value) for name, value in old.items())
    if isinstance(old, list):
        return len(new) == len(old) and all(has_all_of(*pair) for pair in zip(new, old))
    return bool(new == old)


def test_no_stored_field_is_lost(opened: CloudShellLocal) -> None:
    store = opened.services.store
    collections: list[Collection[Any]] = [
        store.users, store.shells, store.resources, store.templates, store.blueprints, store.sandboxes, store.pool_items
    ]  # fmt: skip
    by_kind = {each.kind: each for each in collections}
    file = f"file:{FIXTURES / 'data-1' / 'cloudshell.db'}?immutable=1"
    with closing(sqlite3.connect(file, uri=True)) as connection:
        rows = connection.execute("SELECT kind, key, body FROM records").fetchall()
    assert {kind for kind, *_ in rows} == set(by_kind)
    for kind, key, body in rows:
        current = json.loads(json.dumps(dataclasses.asdict(by_kind[kind].get(key)), default=as_list))
        assert has_all_of(current, json.loads(body)), (kind, key)


def test_shells_resources_and_users_are_as_they_were(opened: CloudShellLocal) -> None:
    services = opened.services
    assert {shell.name: shell.is_l3 for shell in services.catalog} == {"Toy": False, "Toy3": True}
    resource = services.store.resources.get("toys")
    assert (resource.family, resource.model, resource.live_status) == ("CS_CloudProvider", "Toy", ("Online", ""))
    assert resource.attributes["Toy.Color"] == "blue"
    assert opened.session().DecryptPassword(resource.attributes["Toy.Password"]).Value == "resource-password"
    assert opened.session("eve", "user-password")
    assert not services.store.users.get("eve").is_admin


def test_templates_and_blueprints_are_as_they_were(opened: CloudShellLocal) -> None:
    services = opened.services
    assert [each.app.name for each in services.store.templates] == ["Web", "Db", "Api"]
    app = services.blueprints.new_app("Web")
    assert (app.path.option, app.path.provider, app.path.attributes["Toy.Brick.Size"]) == ("Toy.Brick", "toys", "3")
    assert services.passwords.decrypt(app.attributes["Password"]) == "app-password"
    blueprint = services.blueprints.blueprint("Web and Db")
    assert [each.name for each in blueprint.services] == ["VLAN Auto"]
    assert [(each.source, each.target) for each in blueprint.connectors] == [
        ("Web", "VLAN"), ("Db", "VLAN"), ("Web", "Db")
    ]  # fmt: skip


def test_an_active_sandbox_is_as_it_was_and_can_be_ended(opened: CloudShellLocal) -> None:
    active, services = sandbox_named(opened, "Active"), opened.services
    assert (active.state, opened.feed(active)[-1].text) == ("Active", "Sandbox setup finished successfully")
    web = opened.deployed(active)["Web"]
    assert web.address == "10.9.0.1"
    assert web.vm_details
    assert web.vm_details.custom_parameters == {"auto_delete": "True", "zone": "7"}
    assert [(each.name, each.value, each.hidden) for each in web.vm_details.instance] == [
        ("Image", "toy", False), ("secret", "5", True)
    ]  # fmt: skip
    assert [each.private_ip for each in web.vm_details.networks] == ["10.9.0.1"]
    assert {each.state for each in active.connectors} == {CONNECTED}
    assert sorted(active.vlans.values()) == ["2", "3"]
    assert [item.value for item in services.store.pool_items if item.sandbox == active.id] == ["1", "2"]
    assert opened.end(active).state == "Completed"
    assert web.name not in services.store.resources
    assert list(services.store.pool_items) == []


def test_a_sandbox_on_an_l3_provider_is_as_it_was_and_can_be_ended(opened: CloudShellLocal) -> None:
    routed = sandbox_named(opened, "Routed")
    network = routed.networks["toys of L3"]
    assert (network.cidr, opened.services.passwords.decrypt(network.access_key)) == ("10.0.0.0/24", "PEM")
    assert routed.services[0].attributes["Allocated CIDR"] == "10.0.0.0/28"
    assert [each.state for each in routed.connectors] == [CONNECTED]
    assert opened.end(routed).state == "Completed"
    assert opened.sandbox(routed).networks == {}


def test_an_ended_sandbox_is_as_it_was_and_can_be_deleted(opened: CloudShellLocal) -> None:
    ended = sandbox_named(opened, "Ended")
    assert (ended.state, ended.resources, list(ended.connectors)) == ("Completed", {}, [])
    assert opened.feed(ended)[-1].text == "The sandbox is over: Completed"
    opened.services.sandboxes.delete(ended.id)
    assert opened.feed(ended) == []


def test_a_new_sandbox_can_be_made_from_what_was_there(opened: CloudShellLocal) -> None:
    sandbox = opened.reserve("Web and Db")
    assert sandbox.state == "Active"
    assert set(opened.deployed(sandbox)) == {"Web", "Db"}
    assert sorted(sandbox.vlans.values()) == ["4", "5"], "those of the sandbox that was active are taken"
