from __future__ import annotations

from typing import Any

import pytest
from cloudshell.api.common_cloudshell_api import CloudShellAPIError

from tests.cloudshell_local.toy import Toy


def test_logging_on_needs_the_right_user_password_and_domain(toy: Toy, api: Any) -> None:
    session = type(api)
    assert session(host=toy.cloudshell.address, username="admin", password="admin", domain="Global")
    for user, password, domain in (("admin", "no", "Global"), ("no", "admin", "Global"), ("admin", "admin", "Mars")):
        with pytest.raises(CloudShellAPIError, match="Login failed: the user, the password or the domain is wrong"):
            session(host=toy.cloudshell.address, username=user, password=password, domain=domain)


def test_only_an_administrator_decrypts_passwords_and_adds_users(toy: Toy, api: Any) -> None:
    encrypted = toy.services.passwords.encrypt("halo")
    assert api.DecryptPassword(encrypted).Value == "halo"
    assert api.AddNewUser("eve", "secret", "eve@example.com", True, False).IsAdmin is False
    eve = toy.cloudshell.session("eve", "secret")
    with pytest.raises(CloudShellAPIError, match="Only an administrator may decrypt passwords"):
        eve.DecryptPassword(encrypted)
    with pytest.raises(CloudShellAPIError, match="Only an administrator may add users"):
        eve.AddNewUser("mallory", "x")
    with pytest.raises(CloudShellAPIError, match="A user named 'eve' already exists"):
        api.AddNewUser("eve", "x")


def test_the_servers_time_is_returned(api: Any) -> None:
    assert api.GetServerDateAndTime().ServerDateTime
