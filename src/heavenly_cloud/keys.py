"""Key pairs to log in to VMs with, and how their private keys are kept.

A private key is sealed with what scrypt makes of the account's password besides the hash that the data has. So neither
a store nor a snapshot, nor both with the data, can open it.
"""

from __future__ import annotations

import base64

from heavenly_cloud.models import KeyPair, SealedKeyPair


def rsa_key_pair() -> KeyPair:
    """Make an RSA key pair of 2048 bits (some 30 ms)."""
    # Imported here: a driver that makes no key pair need not wait for it.
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return KeyPair(public.decode(), private.decode())


def seal(key_pair: KeyPair, key: bytes) -> SealedKeyPair:
    """Return a key pair as it is kept; key: 32 bytes."""
    from cryptography.fernet import Fernet

    sealed = Fernet(base64.urlsafe_b64encode(key)).encrypt(key_pair.private_key.encode())
    return SealedKeyPair(key_pair.public_key, sealed.decode())


def unseal(sealed: SealedKeyPair, key: bytes) -> KeyPair | None:
    """Return a key pair that was kept; None if it was sealed with another key."""
    from cryptography.fernet import Fernet, InvalidToken

    try:
        private = Fernet(base64.urlsafe_b64encode(key)).decrypt(sealed.sealed.encode())
    except InvalidToken:
        return None
    return KeyPair(sealed.public_key, private.decode())
