from __future__ import annotations

import hashlib
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudshell_local.errors import WrongCall
from cloudshell_local.storage.passwords import Passwords, hash_password, verify_password
from cloudshell_local.threads import run_parallel


@pytest.fixture(scope="module")
def passwords(tmp_path_factory: pytest.TempPathFactory) -> Passwords:
    return Passwords(tmp_path_factory.mktemp("kept") / "key")


@given(st.text(st.characters(codec="utf-8")))
def test_passwords_come_back_whole(passwords: Passwords, password: str) -> None:
    encrypted = passwords.encrypt(password)
    assert encrypted != password
    assert passwords.decrypt(encrypted) == password


def test_an_empty_password_is_encrypted_too_and_is_not_empty_then(passwords: Passwords) -> None:
    assert passwords.encrypt("") != ""


def test_an_encrypted_password_is_not_encrypted_again(passwords: Passwords) -> None:
    encrypted = passwords.encrypt("halo")
    assert passwords.encrypt(encrypted) == encrypted


def test_text_that_is_not_an_encrypted_password_is_refused(passwords: Passwords, tmp_path: Path) -> None:
    for text in ("halo", "", Passwords(tmp_path / "other").encrypt("halo")):
        with pytest.raises(WrongCall):
            passwords.decrypt(text)


def test_only_its_owner_can_read_the_key(tmp_path: Path) -> None:
    encrypted = Passwords(tmp_path / "key").encrypt("halo")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert Passwords(tmp_path / "key").decrypt(encrypted) == "halo"


def test_a_users_password_is_hashed_with_a_salt() -> None:
    assert hash_password("halo") != hash_password("halo")
    assert "halo" not in hash_password("halo")
    assert verify_password("halo", hash_password("halo"))
    assert not verify_password("horns", hash_password("halo"))


def test_passwords_are_hashed_in_few_threads_however_many_log_on(monkeypatch: pytest.MonkeyPatch) -> None:
    threads, hash_of = set[str](), hashlib.scrypt

    def noted(*arguments: Any, **options: Any) -> bytes:
        threads.add(threading.current_thread().name)
        return hash_of(*arguments, **options)

    monkeypatch.setattr(hashlib, "scrypt", noted)
    run_parallel("log-on", lambda _: hash_password("halo"), range(40))
    assert 1 <= len(threads) <= 2
    assert all(name.startswith("password-hash") for name in threads)
