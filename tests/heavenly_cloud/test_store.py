from __future__ import annotations

import pytest

from heavenly_cloud import Client, HeavenlyCloud
from heavenly_cloud.errors import InstanceNotFound, SandboxNotFound
from tests.doubles import create


def test_an_account_finds_only_what_is_its_own(heaven: HeavenlyCloud, client: Client) -> None:
    web = create(client)
    client.prepare_network("s1", "10.0.3.0/24")
    assert heaven.store.instance("gabriel", web.id) == web
    with pytest.raises(InstanceNotFound):
        heaven.store.instance("michael", web.id)
    with pytest.raises(SandboxNotFound):
        heaven.store.sandbox("michael", "s1")


def test_what_is_counted_is_what_is_there(heaven: HeavenlyCloud, client: Client) -> None:
    made = [create(client, size="large") for _ in range(3)]
    client.delete_instance(made[0].id)
    store = heaven.store
    assert (store.instances_by_account["gabriel"], store.vcpus_by_region["narnia"]) == (2, 8)
    assert store.names == {instance.name for instance in store.instances.values()}
