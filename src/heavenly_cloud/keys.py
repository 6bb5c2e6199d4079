"""Key pairs to log in to VMs with."""

from __future__ import annotations

from heavenly_cloud.models import KeyPair


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
