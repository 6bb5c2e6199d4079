from __future__ import annotations

from pathlib import Path

import pytest

from cloudshell_local.access import Access
from cloudshell_local.errors import AlreadyExists, LoginFailed, NotPermitted, TokenInvalid
from cloudshell_local.storage.store import Store


@pytest.fixture
def access(store: Store) -> Access:
    return Access(store)


def test_the_user_admin_is_added_once(store: Store) -> None:
    for _ in range(2):
        session = Access(store).log_on("admin", "admin", "Global")
        assert session.is_admin
    assert len(list(store.users)) == 1


@pytest.mark.parametrize(
    ("user", "password", "domain"), [("admin", "x", "Global"), ("x", "admin", "Global"), ("admin", "admin", "x")]
)
def test_a_wrong_logon_does_not_tell_what_was_wrong(access: Access, user: str, password: str, domain: str) -> None:
    with pytest.raises(LoginFailed, match="the user, the password or the domain is wrong"):
        access.log_on(user, password, domain)


def test_a_session_ends_with_log_off(access: Access) -> None:
    session = access.log_on("admin", "admin", "Global")
    assert access.session(session.token) == session
    access.log_off(session.token)
    with pytest.raises(TokenInvalid):
        access.session(session.token)


def test_a_commands_token_ends_with_it_even_when_it_fails(access: Access) -> None:
    with pytest.raises(ZeroDivisionError), access.command_token() as token:
        assert access.session(token).is_admin
        _ = 1 / 0
    with pytest.raises(TokenInvalid):
        access.session(token)


def test_users_are_added_once_and_are_no_administrators_unless_made_so(access: Access) -> None:
    access.add_user("eve", "secret", is_admin=False)
    session = access.log_on("eve", "secret", "global")
    with pytest.raises(NotPermitted, match="Only an administrator may do this"):
        session.require_admin("do this")
    assert session.token not in repr(session)
    with pytest.raises(AlreadyExists):
        access.add_user("eve", "other", is_admin=True)


def test_passwords_are_not_kept_in_clear(tmp_path: Path, store: Store) -> None:
    Access(store).add_user("eve", "very-secret", is_admin=False)
    store.close()
    assert b"very-secret" not in (tmp_path / "db").read_bytes()
