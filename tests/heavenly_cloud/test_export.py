from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any, Callable

import pytest

from heavenly_cloud import CloudStore, HeavenlyCloud, KeyPair, errors, open_store
from heavenly_cloud.export import read
from heavenly_cloud.keys import rsa_key_pair
from tests.fakes import Clock, create, held, holdings, new_heaven
from tests.heavenly_cloud.test_store import life


def test_a_cloud_is_the_same_after_an_export_and_an_import(store: CloudStore) -> None:
    heaven, other = new_heaven(Clock(), store=store), new_heaven(Clock())
    made = life(heaven)
    exported = heaven.export()
    other.import_records(exported)
    assert all_but_the_identity(other) == all_but_the_identity(heaven)
    assert holdings(other) == holdings(heaven)
    assert [other.login("gabriel", "halo", "narnia").get_instance(web.id) for web in made] == made
    # From here on both behave the same, too: the seed comes from the export.
    heaven.import_records(exported)
    assert create(other.login("gabriel", "halo", "narnia")) == create(heaven.login("gabriel", "halo", "narnia"))


def test_an_imported_cloud_draws_no_number_that_another_process_may_draw(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/heaven.db"
    first = HeavenlyCloud(store=open_store(url), seed=1)
    exported = first.export()
    clouds = [first, HeavenlyCloud(store=open_store(url)), HeavenlyCloud(store=open_store(url))]
    clouds[0].import_records(exported)
    clients = [cloud.login("gabriel", "halo", "narnia") for cloud in clouds]
    ids = [client.new_instance_id() for client in clients for _ in range(20)]
    assert len(set(ids)) == len(ids)
    for cloud in clouds:
        cloud.close()


def all_but_the_identity(heaven: HeavenlyCloud) -> list[Any]:
    return [row for row in held(heaven).rows if row[0] != "identity"]


def test_a_reset_creates_the_same_cloud_again(store: CloudStore) -> None:
    heaven = new_heaven(Clock(), store=store)
    fresh = heaven.export()
    first = life(heaven)
    heaven.reset()
    assert heaven.export() == fresh
    assert life(heaven) == first, "with the seed that was given"


def test_without_a_seed_a_reset_draws_another_one() -> None:
    heaven = HeavenlyCloud()
    before = held(heaven).of("identity")
    heaven.reset()
    assert held(heaven).of("identity") != before


def test_an_export_has_no_secret_and_only_the_password_decrypts_the_keys() -> None:
    pair = rsa_key_pair()
    heaven = HeavenlyCloud(new_key_pair=lambda: pair)
    client = heaven.login("gabriel", "halo", "narnia")
    client.prepare_network("s1", "10.0.3.0/24")
    assert client.prepare_key_pair("s1") == pair
    exported = heaven.export()
    for line in pair.private_key.splitlines():
        assert line not in exported
    assert "halo" not in exported
    other = HeavenlyCloud(new_key_pair=lambda: KeyPair("other", "other"))
    other.import_records(exported)
    assert other.login("gabriel", "halo", "narnia").prepare_key_pair("s1") == pair


def test_another_password_cannot_decrypt_the_keys() -> None:
    from dataclasses import replace

    from heavenly_cloud import load_config
    from heavenly_cloud.config import hash_password

    heaven = HeavenlyCloud(new_key_pair=lambda: KeyPair("a", "b"))
    client = heaven.login("gabriel", "halo", "narnia")
    client.prepare_network("s1", "10.0.3.0/24")
    client.prepare_key_pair("s1")
    gabriel = replace(heaven.config.accounts["gabriel"], password_hash=hash_password("new"))
    other = HeavenlyCloud(replace(load_config(), accounts={"gabriel": gabriel}), store=heaven.store)
    with pytest.raises(errors.KeyPairLocked, match="'s1' was encrypted under another password of 'gabriel'"):
        other.login("gabriel", "new", "narnia").prepare_key_pair("s1")


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw.pop("records"), "'heavenly_cloud' and 'records'"),
        (lambda raw: raw.update(heavenly_cloud=3), "its version is 3; known are 1, 2"),
        (lambda raw: raw.update(records={}), "its records should be a list"),
        (
            lambda raw: raw["records"].insert(1, ["a", "b"]),
            "record 1: it should be a list of kind, owner, key and record",
        ),
        (lambda raw: raw["records"].insert(1, ["a", "b", "c", None]), "record 1: it is null"),
        (lambda raw: raw["records"].insert(1, ["a", "b", "c", {"is": "Moon"}]), "record 1: it is not a record"),
        (lambda raw: raw.update(records=[]), "its identity is missing"),
    ],
)
def test_text_that_is_not_an_export_is_refused_and_changes_nothing(
    store: CloudStore, change: Change, says: str
) -> None:
    heaven = new_heaven(Clock(), store=store)
    life(heaven)
    before = heaven.export()
    raw = json.loads(before)
    change(raw)
    with pytest.raises(errors.InvalidData, match=says):
        heaven.import_records(json.dumps(raw))
    with pytest.raises(errors.InvalidData, match="it is not JSON"):
        heaven.import_records(before[:-20])
    assert heaven.export() == before


def test_a_reader_during_an_import_sees_all_or_nothing(store: CloudStore) -> None:
    heaven = new_heaven(Clock(), store=store)
    life(heaven)
    full = heaven.export()
    heaven.reset()
    empty, seen, done = all_but_the_identity(heaven), list[list[Any]](), threading.Event()
    whole = [row for row in read(full) if row[0] != "identity"]

    def look() -> None:
        while not done.is_set():
            seen.append(all_but_the_identity(heaven))

    watching = threading.Thread(target=look)
    watching.start()
    for _ in range(20):
        heaven.import_records(full)
        heaven.reset()
    done.set()
    watching.join()
    assert all(rows in (whole, empty) for rows in seen)
    assert seen
