from __future__ import annotations

from collections.abc import Iterator

import pytest

from cloudshell_local import CloudShellLocal
from cloudshell_local.access import Session
from cloudshell_local.errors import LocalError, NoSuchCommand, NotFound, NotPermitted
from cloudshell_local.services.permissions import Permission, Permissions, Subject, Who
from cloudshell_local.storage.model import Blueprint, Sandbox
from tests.cloudshell_local.toy import METADATA, package

ADMIN, EVE, MALLORY = (Session("t", name, is_admin=name == "admin") for name in ("admin", "eve", "mallory"))


@pytest.fixture(scope="module")
def cloudshell() -> Iterator[CloudShellLocal]:
    with CloudShellLocal() as running:
        metadata = METADATA.replace('Command Name="left"', 'Command Name="left" Visibility="AdminOnly"')
        running.services.catalog.add(package(driver={"drivermetadata.xml": metadata}), "admin")
        for name in ("toys", "others"):
            running.create_resource("Toy", name, discover=False)
        running.services.blueprints.add_blueprint(Blueprint("Old"))
        running.services.blueprints.add_blueprint(Blueprint("Eves", owner="eve"))
        yield running


@pytest.fixture
def permissions(cloudshell: CloudShellLocal) -> Permissions:
    return cloudshell.services.permissions


@pytest.fixture
def sandbox(cloudshell: CloudShellLocal) -> Iterator[Sandbox]:
    """A sandbox of Eve that has the resource "toys"."""
    services = cloudshell.services
    made = services.sandboxes.create("S", "eve", 5)
    services.sandboxes.add_resources(made.id, ["toys"])
    yield services.sandboxes.get(made.id)
    services.lifecycle.end(made.id)
    services.lifecycle.wait(made.id)


def test_each_kind_of_permission_lets_in_those_that_it_names(permissions: Permissions, sandbox: Sandbox) -> None:
    subject = Subject(sandbox.id, "Eves", "toys")
    for who in Who:
        permissions.require(Permission(who, "do this"), ADMIN, subject)
        if who is not Who.ADMINISTRATORS:
            permissions.require(Permission(who), EVE, subject)
        if who in (Who.EVERYBODY, Who.USERS):
            permissions.require(Permission(who), MALLORY, subject)
            continue
        with pytest.raises(NotPermitted, match="Only an administrator may "):
            permissions.require(Permission(who, "do this"), MALLORY, subject)


def test_a_blueprint_without_an_owner_is_its_administrators(permissions: Permissions) -> None:
    for name in ("", "eve"):
        with pytest.raises(NotPermitted, match="Only an administrator may change a blueprint of another user"):
            permissions.require(Permission(Who.BLUEPRINT_OWNERS), Session("t", name, False), Subject(blueprint="Old"))


def test_what_does_not_exist_is_left_to_the_operation_to_name(permissions: Permissions) -> None:
    for who in (Who.SANDBOX_USERS, Who.BLUEPRINT_OWNERS):
        permissions.require(Permission(who), MALLORY, Subject("nothing", "nothing"))
    with pytest.raises(NotFound, match="'nothing'"):
        permissions.require(Permission(Who.RESOURCE_USERS), MALLORY, Subject(resource="nothing"))


def test_a_user_sees_the_resources_of_the_sandboxes_that_they_may_use(
    permissions: Permissions, sandbox: Sandbox
) -> None:
    names = [[each.name for each in permissions.resources(session)] for session in (ADMIN, EVE, MALLORY)]
    assert names == [["toys", "others"], ["toys"], []]
    permissions.require_seen(EVE, ["toys"])
    permissions.require_seen(ADMIN, ["others"])
    with pytest.raises(NotPermitted, match="see a resource that is in none of your sandboxes"):
        permissions.require_seen(EVE, ["toys", "others"])
    assert permissions.sandboxes(EVE, [sandbox]) == permissions.sandboxes(ADMIN, [sandbox]) == [sandbox]
    assert permissions.sandboxes(MALLORY, [sandbox]) == []


def test_a_user_works_on_what_is_in_the_sandbox_and_administrators_on_all(
    permissions: Permissions, sandbox: Sandbox
) -> None:
    permissions.require_in(EVE, sandbox.id, ["toys"])
    permissions.require_in(ADMIN, sandbox.id, ["others"])
    with pytest.raises(NotFound, match="'others' not found. It is not in the sandbox"):
        permissions.require_in(EVE, sandbox.id, ["toys", "others"])


def test_a_user_takes_no_resource_of_another_users_sandbox(permissions: Permissions, sandbox: Sandbox) -> None:
    for session, names in ((EVE, ["toys", "others"]), (ADMIN, ["toys"]), (MALLORY, ["others"])):
        permissions.require_free(session, names)
    with pytest.raises(NotPermitted, match="take a resource of another user's sandbox"):
        permissions.require_free(MALLORY, ["others", "toys"])


@pytest.mark.parametrize("command", ["Deploy", "left", "nothing"])
def test_a_user_runs_the_commands_that_the_portal_shows_and_administrators_run_all(
    cloudshell: CloudShellLocal, permissions: Permissions, sandbox: Sandbox, command: str
) -> None:
    toys, others = (cloudshell.services.store.resources.get(name) for name in ("toys", "others"))
    permissions.require_command(EVE, sandbox, toys, "echo")
    permissions.require_command(ADMIN, sandbox, others, command)
    with pytest.raises(NoSuchCommand, match=f"'{command}'; it has: (\\w+, )*echo"):
        permissions.require_command(EVE, sandbox, toys, command)
    with pytest.raises(LocalError, match="'others' not found. It is not in the sandbox"):
        permissions.require_command(EVE, sandbox, others, "echo")
