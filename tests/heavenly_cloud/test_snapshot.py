from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any, Callable

import pytest

from heavenly_cloud import HeavenlyCloud, KeyPair, Store, errors, open_store
from heavenly_cloud.keys import rsa_key_pair
from heavenly_cloud.snapshot import read
from tests.fakes import Clock, create, held, holdings, new_heaven
from tests.heavenly_cloud.test_store import life


def test_a_cloud_is_the_same_after_a_snapshot_and_a_restore(store: Store) -> None:
    heaven, other = new_heaven(Clock(), store=store), new_heaven(Clock())
    made = life(heaven)
    taken = heaven.snapshot()
    other.restore(taken)
    assert all_but_the_beginning(other) == all_but_the_beginning(heaven)
    assert holdings(other) == holdings(heaven)
    assert [other.login("gabriel", "halo", "narnia").get_instance(web.id) for web in made] == made
    # From here on both do the same, too: what is random comes from the snapshot.
    heaven.restore(taken)
    assert create(other.login("gabriel", "halo", "narnia")) == create(heaven.login("gabriel", "halo", "narnia"))


def test_what_was_restored_draws_nothing_that_others_may_draw(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/heaven.db"
    first = HeavenlyCloud(store=open_store(url), seed=1)
    taken = first.snapshot()
    clouds = [first, HeavenlyCloud(store=open_store(url)), HeavenlyCloud(store=open_store(url))]
    clouds[0].restore(taken)
    clients = [cloud.login("gabriel", "halo", "narnia") for cloud in clouds]
    ids = [client.new_instance_id() for client in clients for _ in range(20)]
    assert len(set(ids)) == len(ids)
    for cloud in clouds:
        cloud.close()


def all_but_the_beginning(heaven: HeavenlyCloud) -> list[Any]:
    return [row for row in held(heaven).rows if row[0] != "beginning"]


def test_a_reset_begins_anew(store: Store) -> None:
    heaven = new_heaven(Clock(), store=store)
    fresh = heaven.snapshot()
    first = life(heaven)
    heaven.reset()
    assert heaven.snapshot() == fresh
    assert life(heaven) == first, "with the seed that was given"


def test_without_a_seed_a_reset_draws_another() -> None:
    heaven = HeavenlyCloud()
    before = held(heaven).of("beginning")
    heaven.reset()
    assert held(heaven).of("beginning") != before


def test_a_snapshot_holds_no_secret_and_only_the_password_opens_the_keys() -> None:
    pair = rsa_key_pair()
    heaven = HeavenlyCloud(new_key_pair=lambda: pair)
    client = heaven.login("gabriel", "halo", "narnia")
    client.prepare_network("s1", "10.0.3.0/24")
    assert client.prepare_key_pair("s1") == pair
    taken = heaven.snapshot()
    for line in pair.private_key.splitlines():
        assert line not in taken
    assert "halo" not in taken
    other = HeavenlyCloud(new_key_pair=lambda: KeyPair("other", "other"))
    other.restore(taken)
    assert other.login("gabriel", "halo", "narnia").prepare_key_pair("s1") == pair


def test_another_password_is_told_not_to_open_the_keys() -> None:
    from dataclasses import replace

    from heavenly_cloud import load_data
    from heavenly_cloud.data import hash_password

    heaven = HeavenlyCloud(new_key_pair=lambda: KeyPair("a", "b"))
    client = heaven.login("gabriel", "halo", "narnia")
    client.prepare_network("s1", "10.0.3.0/24")
    client.prepare_key_pair("s1")
    gabriel = replace(heaven.data.accounts["gabriel"], password_hash=hash_password("new"))
    other = HeavenlyCloud(replace(load_data(), accounts={"gabriel": gabriel}), store=heaven.store)
    with pytest.raises(errors.Sealed, match="'s1' was made under another password of 'gabriel'"):
        other.login("gabriel", "new", "narnia").prepare_key_pair("s1")


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: raw.pop("records"), "'heavenly_cloud' and 'records'"),
        (lambda raw: raw.update(heavenly_cloud=2), "its version is 2; known is 1"),
        (lambda raw: raw.update(records={}), "its records should be a list"),
        (
            lambda raw: raw["records"].insert(1, ["a", "b"]),
            "record 1: it should be a list of kind, owner, key and record",
        ),
        (lambda raw: raw["records"].insert(1, ["a", "b", "c", None]), "record 1: it is null"),
        (lambda raw: raw["records"].insert(1, ["a", "b", "c", {"is": "Moon"}]), "record 1: it is no record"),
        (lambda raw: raw.update(records=[]), "its beginning is missing"),
    ],
)
def test_what_is_no_snapshot_is_told_and_changes_nothing(store: Store, change: Change, says: str) -> None:
    heaven = new_heaven(Clock(), store=store)
    life(heaven)
    before = heaven.snapshot()
    raw = json.loads(before)
    change(raw)
    with pytest.raises(errors.InvalidData, match=says):
        heaven.restore(json.dumps(raw))
    with pytest.raises(errors.InvalidData, match="it is not JSON"):
        heaven.restore(before[:-20])
    assert heaven.snapshot() == before


def test_whoever_looks_meanwhile_sees_all_or_nothing(store: Store) -> None:
    heaven = new_heaven(Clock(), store=store)
    life(heaven)
    full = heaven.snapshot()
    heaven.reset()
    empty, seen, done = held(heaven).rows[1:], list[list[Any]](), threading.Event()
    whole = read(full)[1:]

    def look() -> None:
        while not done.is_set():
            seen.append(held(heaven).rows[1:])

    watching = threading.Thread(target=look)
    watching.start()
    for _ in range(20):
        heaven.restore(full)
        heaven.reset()
    done.set()
    watching.join()
    assert all(rows in (whole, empty) for rows in seen)
    assert seen
