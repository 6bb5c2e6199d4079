from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from heavenly_cloud import (
    HeavenlyCloud,
    KeyPair,
)
from heavenly_cloud.keys import rsa_key_pair
from tests.fakes import create


def test_a_key_pair_is_real_and_kept_and_its_public_key_is_on_the_networks_vms() -> None:
    client = HeavenlyCloud().login("gabriel", "halo", "narnia")
    client.prepare_network("s1", "10.0.3.0/24")
    pair = client.prepare_key_pair("s1")
    assert client.prepare_key_pair("s1") == pair
    assert create(client, tag="s1").public_key == pair.public_key
    assert create(client).public_key == ""
    assert "PRIVATE" not in repr(pair) + repr(client.get_network("s1"))
    assert _public_of(pair) == pair.public_key


def _public_of(pair: KeyPair) -> str:
    from cryptography.hazmat.primitives import serialization

    private = serialization.load_pem_private_key(pair.private_key.encode(), None)
    encoded = private.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return encoded.decode()


def test_two_calls_at_once_return_the_same_key_pair() -> None:
    together = threading.Barrier(2)

    def slowly() -> KeyPair:
        together.wait(5)
        return rsa_key_pair()

    client = HeavenlyCloud(new_key_pair=slowly).login("gabriel", "halo", "narnia")
    client.prepare_network("s1", "10.0.3.0/24")
    with ThreadPoolExecutor(2) as pool:
        pairs = list(pool.map(client.prepare_key_pair, ["s1", "s1"]))
    assert pairs[0] == pairs[1]
