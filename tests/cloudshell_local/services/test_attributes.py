from __future__ import annotations

from pathlib import Path

import pytest

from cloudshell_local.errors import NotFound, WrongCall
from cloudshell_local.services import attributes
from cloudshell_local.shells.standards import PASSWORD, AttributeDefinition
from cloudshell_local.storage.passwords import Passwords

DEFINITIONS = {
    "T.Name": AttributeDefinition(default="n"),
    "T.Count": AttributeDefinition("integer"),
    "T.Weight": AttributeDefinition("float"),
    "T.On": AttributeDefinition("boolean"),
    "T.Color": AttributeDefinition(values=("red", "blue")),
    "T.Password": AttributeDefinition(PASSWORD),
}


@pytest.fixture
def passwords(tmp_path: Path) -> Passwords:
    return Passwords(tmp_path / "key")


def merged(passwords: Passwords, **values: str) -> dict[str, str]:
    return attributes.merged("r", DEFINITIONS, {}, values, passwords)


def test_names_may_be_short_or_full(passwords: Passwords) -> None:
    assert merged(passwords, Name="x") == {"T.Name": "x"}
    assert attributes.merged("r", DEFINITIONS, {}, {"T.Name": "x"}, passwords) == {"T.Name": "x"}
    with pytest.raises(NotFound, match=r"'Nome' not found\. 'r' has the attributes T\.Name, T\.Count"):
        merged(passwords, Nome="x")


def test_passwords_are_kept_encrypted(passwords: Passwords) -> None:
    stored = merged(passwords, Password="halo")["T.Password"]
    assert "halo" not in stored
    assert passwords.decrypt(stored) == "halo"
    assert passwords.decrypt(attributes.complete("r", DEFINITIONS, {}, passwords)["T.Password"]) == ""


@pytest.mark.parametrize(
    ("name", "good", "bad", "right"),
    [
        ("Count", "5", "many", "of the type integer"),
        ("Count", "-1", "1.5", "of the type integer"),
        ("Weight", "1.5", "heavy", "of the type float"),
        ("On", "True", "yes", "of the type boolean"),
        ("On", "false", "0", "of the type boolean"),
        ("Color", "red", "green", "one of red, blue"),
    ],
)
def test_values_are_checked(passwords: Passwords, name: str, good: str, bad: str, right: str) -> None:
    assert merged(passwords, **{name: good}) == {f"T.{name}": good}
    assert merged(passwords, **{name: ""}) == {f"T.{name}": ""}
    with pytest.raises(WrongCall, match=rf"The attribute 'T\.{name}' is '{bad}' and should be {right}"):
        merged(passwords, **{name: bad})


def test_defaults_are_taken_for_what_is_not_given(passwords: Passwords) -> None:
    found = attributes.complete("r", DEFINITIONS, {"Count": "2"}, passwords)
    assert list(found) == list(DEFINITIONS)
    assert (found["T.Name"], found["T.Count"], found["T.On"]) == ("n", "2", "")


def test_a_default_that_does_not_fit_is_refused_only_where_it_would_be_taken(passwords: Passwords) -> None:
    definitions = {"T.Count": AttributeDefinition("integer", "lots")}
    with pytest.raises(
        WrongCall, match=r"'T\.Count' has the default 'lots' and should be of the type integer; give it a"
    ):
        attributes.complete("r", definitions, {}, passwords)
    assert attributes.complete("r", definitions, {"Count": "2"}, passwords) == {"T.Count": "2"}
