from __future__ import annotations

from pathlib import Path

import pytest

from cloudshell_local.access import Access, Sessions
from cloudshell_local.errors import AlreadyExists, LoginFailed, NotPermitted, TokenInvalid
from cloudshell_local.log_on_delays import LogOnDelays
from cloudshell_local.storage import passwords
from cloudshell_local.storage.store import Store
from tests.fakes import Clock


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


def test_a_session_ends_when_it_is_unused_for_long(store: Store, clock: Clock) -> None:
    access = Access(store, sessions=Sessions(3600, clock.now))
    session = access.log_on("admin", "admin", "Global")
    for _ in range(3):
        clock.sleep(3599)
        assert access.is_session(session.token)
    clock.sleep(3600)
    assert not access.is_session(session.token)
    with pytest.raises(TokenInvalid):
        access.session(session.token)
    access.log_on("admin", "admin", "Global")
    assert len(access._sessions._records) == 1


def test_a_session_in_use_and_a_commands_token_do_not_end(store: Store, clock: Clock) -> None:
    access = Access(store, sessions=Sessions(3600, clock.now))
    session = access.log_on("admin", "admin", "Global")
    with access.using(session.token), access.command_token() as token:
        clock.sleep(10 * 3600)
        assert access.is_session(session.token)
        assert access.is_session(token)
    clock.sleep(3599)
    assert access.is_session(session.token)


def test_an_unknown_user_costs_as_much_as_a_wrong_password(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed, hash_of = list[str](), passwords._scrypt

    def counted(password: str, salt: bytes) -> str:
        hashed.append(password)
        return hash_of(password, salt)

    monkeypatch.setattr(passwords, "_scrypt", counted)
    for user, domain in (("admin", "Global"), ("nobody", "Global"), ("admin", "Mars")):
        with pytest.raises(LoginFailed):
            access.log_on(user, "wrong", domain)
    assert hashed == ["wrong"] * 3


def test_failed_log_ons_are_delayed_by_user_and_address(store: Store) -> None:
    waits = list[float]()
    access = Access(store, delays=LogOnDelays(sleep=waits.append))
    for _ in range(4):
        with pytest.raises(LoginFailed):
            access.log_on("admin", "wrong", "Global", "192.0.2.1")
    assert len(waits) == 1
    assert access.log_on("admin", "admin", "Global", "192.0.2.2").is_admin
    assert len(waits) == 1
    assert access.log_on("admin", "admin", "Global", "192.0.2.1").is_admin
    assert len(waits) == 2


def test_a_password_that_is_given_is_that_of_the_admin_from_then_on(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    assert Access(store).has_default_password
    assert not Access(store, "secret").has_default_password
    assert "The user 'admin' of this data folder has a new password" in caplog.text
    assert "secret" not in caplog.text
    caplog.clear()
    for password in ("secret", ""):
        assert Access(store, password).log_on("admin", "secret", "Global").is_admin
    assert not caplog.text


def test_a_password_that_is_given_is_that_of_a_new_folders_admin(store: Store) -> None:
    assert not Access(store, "secret").has_default_password


def test_any_text_is_a_wrong_password(access: Access) -> None:
    with pytest.raises(LoginFailed):
        access.log_on("admin", "\ud800", "Global")


def test_passwords_are_not_kept_in_clear(tmp_path: Path, store: Store) -> None:
    Access(store).add_user("eve", "very-secret", is_admin=False)
    store.close()
    assert b"very-secret" not in (tmp_path / "db").read_bytes()
