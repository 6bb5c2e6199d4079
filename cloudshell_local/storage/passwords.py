"""Passwords: those of attributes are stored encrypted, those of users hashed."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from cloudshell_local.errors import WrongCall
from cloudshell_local.threads import limited_threads

_SCRYPT = {"n": 2**14, "r": 8, "p": 1}
# The hash of no password: to check one against it fails after the usual time.
NO_PASSWORD = f"{'00' * 16}:{'00' * 64}"
# A hash takes 16 MB and 50 ms: in a thread for each log-on, a hundred would take the machine's memory and all its time.
_hashing = limited_threads("password-hash", 2)


class Passwords:
    """Encryption of the passwords in attributes.

    key_file: the file of the key. A missing one is made, which only its owner can read.
    """

    def __init__(self, key_file: Path) -> None:
        if not key_file.exists():
            descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(Fernet.generate_key())
        self._cipher = Fernet(key_file.read_bytes())

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
