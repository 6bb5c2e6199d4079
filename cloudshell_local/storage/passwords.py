"""Passwords: those of attributes are stored encrypted, those of users hashed."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from cloudshell_local.errors import LocalError, WrongCall
from cloudshell_local.threads import limited_threads

NEW_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
# How every encrypted password begins: the version of Fernet's format and the first bytes of the time, as Base64.
ENCRYPTED = "gAAAAA"
_SCRYPT = {"n": 2**14, "r": 8, "p": 1}
# The hash of no password: to check one against it fails after the usual time.
NO_PASSWORD = f"{'00' * 16}:{'00' * 64}"
# A hash takes 16 MB and 50 ms: in a thread for each log-on, a hundred would take the machine's memory and all its time.
_hashing = limited_threads("password-hash", 2)


class Passwords:
    """Encryption of the passwords in attributes.

    key_file: the file of the key. A missing one is made, which only its owner can read, unless passwords were encrypted with
    it (has_encrypted): they could not be decrypted any longer. Raises LocalError then, and for a file that has no key.
    """

    def __init__(self, key_file: Path, has_encrypted: bool = False) -> None:
        if not key_file.exists():
            if has_encrypted:
                raise LocalError(
                    f"{key_file}, the key of the passwords in this folder, is missing; {_remedy(key_file)}"
                )
            _write_key(key_file)
        try:
            self._cipher = Fernet(key_file.read_bytes())
        except ValueError:
            raise LocalError(f"{key_file} has no key of passwords in it; {_remedy(key_file)}") from None

    def encrypt(self, password: str) -> str:
        """Return a password encrypted; one that is encrypted already is returned as it is."""
        return password if self.is_encrypted(password) else self._cipher.encrypt(password.encode()).decode()

    def decrypt(self, encrypted: str) -> str:
        """Return the password in clear; raise WrongCall for a text that this server has not encrypted."""
        password = self.find(encrypted)
        if password is None:
            raise WrongCall("The text is not an encrypted password of this server")
        return password

    def find(self, text: str) -> str | None:
        """Return the password in clear that a text is, encrypted; None for a text that this server has not encrypted."""
        try:
            return self._cipher.decrypt(text.encode()).decode()
        except InvalidToken:
            return None

    def is_encrypted(self, text: str) -> bool:
        """Return whether a text is a password that this server has encrypted."""
        return self.find(text) is not None


def _write_key(file: Path) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(Fernet.generate_key())


def _remedy(file: Path) -> str:
    return (
        "put it back from a copy, or, to give up all passwords of resources and Apps and type them anew, make another one: "
        f"{NEW_KEY} > {file}"
    )


def hash_password(password: str) -> str:
    """Return the salted hash of a password, for a user's record."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{_scrypt(password, salt)}"


def verify_password(password: str, password_hash: str) -> bool:
    """Return whether a password is the one that was hashed."""
    salt, _, expected = password_hash.partition(":")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)), expected)


def _scrypt(password: str, salt: bytes) -> str:
    secret = password.encode(errors="surrogatepass")
    return _hashing.submit(lambda: hashlib.scrypt(secret, salt=salt, **_SCRYPT).hex()).result()
