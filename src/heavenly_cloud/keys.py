"""Key pairs to log in to VMs with, and the encryption of their private keys.

A private key is encrypted with a part of what scrypt derives from the account's password; the password's hash in the
configuration is another part. So neither a store, nor an export, nor both with the configuration can decrypt it.
"""

from __future__ import annotations

import base64

from heavenly_cloud.models import EncryptedKeyPair, KeyPair


def rsa_key_pair() -> KeyPair:
    """Generate an RSA key pair of 2048 bits (about 30 ms)."""
    # Imported here: a process that generates no key pair need not load it.
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return KeyPair(public.decode(), private.decode())


def encrypt(key_pair: KeyPair, key: bytes) -> EncryptedKeyPair:
    """Return a key pair with its private key encrypted; key: 32 bytes."""
    from cryptography.fernet import Fernet

    encrypted = Fernet(base64.urlsafe_b64encode(key)).encrypt(key_pair.private_key.encode())
    return EncryptedKeyPair(key_pair.public_key, encrypted.decode())


def decrypt(key_pair: EncryptedKeyPair, key: bytes) -> KeyPair | None:
    """Return a key pair with its private key in clear; None if it was encrypted with another key."""
    from cryptography.fernet import Fernet, InvalidToken

    try:
        private = Fernet(base64.urlsafe_b64encode(key)).decrypt(key_pair.encrypted_private_key.encode())
    except InvalidToken:
        return None
    return KeyPair(key_pair.public_key, private.decode())
