"""The tags of deployment attributes: who may change what, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudshell_local.errors import LocalError, NotFound, NotPermitted, WrongCall
from cloudshell_local.services.editing import DeploymentEditor, Scope, may_change_resource
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.shells.standards import AttributeDefinition
from cloudshell_local.storage.model import DeploymentPath
from cloudshell_local.storage.passwords import Passwords
from cloudshell_local.storage.store import Store
from tests.cloudshell_local.toy import OPTIONS, package

TAGGED = """\
      Plain: {type: string}
      Input: {type: integer, tags: [user_input]}
      Locked: {type: string, tags: [user_input, editable_only_in_app_template]}
      Of Admins: {type: string, tags: [user_input, readonly_to_users]}
      Fixed: {type: string, tags: [user_input, read_only]}
      Secret: {type: cloudshell.datatypes.Password, tags: [user_input]}
"""
EVERYTHING = {"Size", "Input", "Locked", "Of Admins", "Secret"}
FOR_USERS = {"Size", "Input", "Secret"}


@pytest.fixture
def passwords(tmp_path: Path) -> Passwords:
    return Passwords(tmp_path / "key")


@pytest.fixture
def editor(tmp_path: Path, store: Store, passwords: Passwords) -> DeploymentEditor:
    catalog = Catalog(store, tmp_path / "shells")
    options = OPTIONS.replace("    artifacts:", f"{TAGGED}    artifacts:")
    catalog.add(package(options={"d.yaml": options, "brick.png": b""}), "admin")
    return DeploymentEditor(catalog, passwords)


@pytest.fixture
def path(passwords: Passwords) -> DeploymentPath:
    names = ("Plain", "Input", "Locked", "Of Admins", "Fixed")
    values = {f"Toy.Brick.{name}": "1" for name in names}
    return DeploymentPath("p", "Toy.Brick", "toys", {**values, "Toy.Brick.Secret": passwords.encrypt("halo")})


@pytest.mark.parametrize(
    ("scope", "is_admin", "asked"),
    [
        (Scope.TEMPLATE, True, EVERYTHING),
        (Scope.BLUEPRINT, True, EVERYTHING - {"Locked"}),
        (Scope.BLUEPRINT, False, FOR_USERS),
        (Scope.SANDBOX, True, EVERYTHING),
        (Scope.SANDBOX, False, FOR_USERS),
    ],
)
def test_pages_ask_for_what_the_user_may_change_there(
    editor: DeploymentEditor, scope: Scope, is_admin: bool, asked: set[str]
) -> None:
    assert set(editor.inputs("Toy.Brick", scope, is_admin)) == {f"Toy.Brick.{name}" for name in asked}


@pytest.mark.parametrize(
    ("name", "scope", "is_admin", "is_allowed"),
    [
        ("Input", Scope.BLUEPRINT, False, True),
        ("Input", Scope.SANDBOX, False, True),
        ("Plain", Scope.SANDBOX, False, False),
        ("Plain", Scope.SANDBOX, True, True),
        ("Locked", Scope.TEMPLATE, True, True),
        ("Locked", Scope.BLUEPRINT, True, False),
        ("Locked", Scope.BLUEPRINT, False, False),
        ("Locked", Scope.SANDBOX, True, True),
        ("Locked", Scope.SANDBOX, False, False),
        ("Of Admins", Scope.BLUEPRINT, True, True),
        ("Of Admins", Scope.BLUEPRINT, False, False),
        ("Fixed", Scope.SANDBOX, False, False),
    ],
)
def test_tags_allow_or_refuse_a_change(
    editor: DeploymentEditor, path: DeploymentPath, name: str, scope: Scope, is_admin: bool, is_allowed: bool
) -> None:
    if is_allowed:
        editor.edit(path, {name: "2"}, scope, is_admin)
        assert path.attributes[f"Toy.Brick.{name}"] == "2"
    else:
        with pytest.raises(LocalError, match=rf"attribute 'Toy\.Brick\.{name}' .*in {scope.value}"):
            editor.edit(path, {"Input": "2", name: "2"}, scope, is_admin)
        assert path.attributes["Toy.Brick.Input"] == path.attributes[f"Toy.Brick.{name}"] == "1"


def test_the_error_says_whether_an_administrator_may(editor: DeploymentEditor, path: DeploymentPath) -> None:
    with pytest.raises(
        NotPermitted, match=r"Only an administrator may change the attribute 'Toy\.Brick\.Plain' in a sandbox"
    ):
        editor.edit(path, {"Plain": "2"}, Scope.SANDBOX, is_admin=False)
    with pytest.raises(
        WrongCall, match="cannot be changed in a blueprint; its tags are: user_input, editable_only_in_app_"
    ):
        editor.edit(path, {"Locked": "2"}, Scope.BLUEPRINT, is_admin=False)


@pytest.mark.parametrize("tag", ["readonly_to_users", "editable_only_in_app_template", "read_only"])
def test_some_attributes_of_the_app_resource_are_the_administrators(tag: str) -> None:
    assert may_change_resource(AttributeDefinition(tags=("setting",)), is_admin=False)
    assert not may_change_resource(AttributeDefinition(tags=(tag,)), is_admin=False)
    assert may_change_resource(AttributeDefinition(tags=(tag,)), is_admin=True)


def test_what_is_sent_back_unchanged_is_no_change(
    editor: DeploymentEditor, path: DeploymentPath, passwords: Passwords
) -> None:
    before = dict(path.attributes)
    editor.edit(path, {"Locked": "1", "Plain": "1", "Secret": "halo"}, Scope.SANDBOX, is_admin=False)
    editor.edit(path, {"Secret": before["Toy.Brick.Secret"]}, Scope.SANDBOX, is_admin=False)
    assert path.attributes == before
    editor.edit(path, {"Secret": "new"}, Scope.SANDBOX, is_admin=False)
    assert passwords.decrypt(path.attributes["Toy.Brick.Secret"]) == "new"


def test_wrong_names_and_values_change_nothing(editor: DeploymentEditor, path: DeploymentPath) -> None:
    before = dict(path.attributes)
    with pytest.raises(NotFound, match="'Inptu' not found"):
        editor.edit(path, {"Locked": "2", "Inptu": "2"}, Scope.SANDBOX, is_admin=True)
    with pytest.raises(WrongCall, match="should be of the type integer"):
        editor.edit(path, {"Locked": "2", "Input": "many"}, Scope.SANDBOX, is_admin=True)
    assert path.attributes == before
