"""What every store promises, shown on each of them."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heavenly_cloud import CloudStore, HeavenlyCloud, Instance, NicRequest, Vlan, open_store
from heavenly_cloud.errors import StorePackageMissing
from heavenly_cloud.store import MemoryStore, Records
from tests.fakes import Clock, connect, create, in_use, new_heaven

VLAN_11 = Vlan("11", "Access")


def put(store: CloudStore, *rows: tuple[str, str, str, Any]) -> None:
    store.run(lambda records: [records.put(*row) for row in rows])


def everything(store: CloudStore) -> list[Any]:
    return store.run(lambda records: records.everything(), writes=False)


def test_records_are_put_found_and_deleted(store: CloudStore) -> None:
    put(store, ("a", "o", "1", 11), ("a", "o", "2", Vlan("7", "Access")), ("a", "p", "1", "text"), ("b", "o", "1", 1))

    def look(records: Records) -> None:
        assert records.get("a", "o", "2") == Vlan("7", "Access")
        assert records.get("a", "o", "3") is None
        assert records.owned("a", "o") == [("1", 11), ("2", Vlan("7", "Access"))]
        records.put("a", "o", "0", "new")
        records.delete("a", "o", "1")
        records.delete("a", "o", "never there")
        assert records.get("a", "o", "1") is None
        assert records.owned("a", "o") == [("0", "new"), ("2", Vlan("7", "Access"))]
        records.drop("a", "o")
        assert records.owned("a", "o") == []

    store.run(look)
    assert everything(store) == [("a", "p", "1", "text"), ("b", "o", "1", 1)]


def test_neighbours_are_found_by_their_order(store: CloudStore) -> None:
    def neighbours(records: Records, number: int) -> list[Any]:
        return records.around("n", "o", f"{number:010}")

    def look(records: Records) -> None:
        assert neighbours(records, 5) == []
        for number in (30, 10, 20):
            records.put("n", "o", f"{number:010}", number)
        assert neighbours(records, 5) == [10]
        assert neighbours(records, 10) == [10, 20]
        assert neighbours(records, 15) == [10, 20]
        assert neighbours(records, 99) == [30]
        records.delete("n", "o", f"{20:010}")
        assert neighbours(records, 15) == [10, 30]

    store.run(look)


def test_any_text_may_be_an_owner_or_a_key(store: CloudStore) -> None:
    odd = ["", "\0", "\ud800", "%", "%00", "a b", "é" * 300, "'; DROP TABLE cloud_records; --", "\n", "_", "A", "a"]
    put(store, *(("k", text, text, text) for text in odd))
    assert {(owner, key, record) for _, owner, key, record in everything(store)} == {(text, text, text) for text in odd}
    for text in odd:
        assert store.run(lambda records, text=text: records.owned("k", text)) == [(text, text)]  # type: ignore[misc]
        assert store.run(lambda records, text=text: records.get("k", text, text), writes=False) == text  # type: ignore[misc]


class Broken(Exception):
    pass


@pytest.mark.parametrize("error", [Broken, KeyboardInterrupt, SystemExit])
def test_a_transaction_that_fails_has_changed_nothing(store: CloudStore, error: type[BaseException]) -> None:
    put(store, ("a", "o", "1", 11), ("a", "o", "2", 22), ("n", "o", "0000000001", 1))
    before = everything(store)

    def work(records: Records) -> None:
        records.put("a", "o", "1", 99)
        records.put("a", "o", "1", 98)
        records.put("a", "new", "1", 1)
        records.around("n", "o", "0000000001")
        records.delete("n", "o", "0000000001")
        records.drop("a", "o")
        records.owned("a", "new")
        records.clear()
        raise error

    with pytest.raises(error):
        store.run(work)
    assert everything(store) == before
    assert store.run(lambda records: records.around("n", "o", "0000000009"), writes=False) == [1]


def test_transactions_of_threads_do_not_overlap(store: CloudStore) -> None:
    def count(records: Records) -> int:
        number = int(records.get("c", "", "") or 0) + 1
        records.put("c", "", "", number)
        return number

    with ThreadPoolExecutor(8) as pool:
        counted = list(pool.map(lambda _: store.run(count), range(80)))
    assert sorted(counted) == list(range(1, 81))


def life(heaven: HeavenlyCloud) -> list[Instance]:
    """A bit of everything that a cloud can do; return what is there in the end."""
    client = heaven.login("gabriel", "halo", "narnia")
    client.prepare_network("s1", "10.0.3.0/24")
    subnet = client.prepare_subnet("s1", "10.0.3.0/28", "A", public=True)
    client.prepare_key_pair("s1")
    made = [create(client, tag="s1", nics=(NicRequest(subnet.id),)) for _ in range(3)]
    made += [create(client, nics=(NicRequest("management", address=f"172.16.0.{last}"),)) for last in (9, 3, 5)]
    connect(client, made[3].id, VLAN_11)
    client.power_on(made[0].id)
    client.delete_instance(made[1].id)
    client.delete_instance(made[4].id)
    made += [create(client, size="large") for _ in range(3)]
    return [client.get_instance(each.id) for each in made if each not in (made[1], made[4])]


def test_a_cloud_behaves_the_same_on_every_store(store: CloudStore) -> None:
    in_memory, here = new_heaven(Clock()), new_heaven(Clock(), store=store)
    assert life(here) == life(in_memory)
    assert in_use(here) == in_use(in_memory)
    client = here.login("gabriel", "halo", "narnia")
    for instance in life_left(here):
        client.power_off(instance.id)
        client.delete_instance(instance.id)
    client.delete_network("s1")
    assert not any(in_use(here).values())


def life_left(heaven: HeavenlyCloud) -> list[Instance]:
    return [record for kind, _, _, record in everything(heaven.store) if kind == "instance"]


def test_a_closed_store_opens_again(store: CloudStore) -> None:
    put(store, ("a", "o", "1", 11))
    store.close()
    assert everything(store) == [("a", "o", "1", 11)]


class Model:
    """Steps on a store in memory and on another, in transactions of which some fail."""

    def __init__(self, other: CloudStore) -> None:
        self.stores = (MemoryStore(), other)

    def do(self, steps: list[tuple[str, str, str, int]], fails: bool) -> list[Any]:
        found: list[Any] = []
        for store in self.stores:
            try:
                found.append(store.run(lambda records: self._work(records, steps, fails)))
            except Broken:
                found.append("broken")
        return found

    @staticmethod
    def _work(records: Records, steps: list[tuple[str, str, str, int]], fails: bool) -> list[Any]:
        seen: list[Any] = []
        for what, owner, key, value in steps:
            if what == "put":
                records.put("k", owner, key, value)
            elif what in ("delete", "get", "around"):
                seen.append(getattr(records, what)("k", owner, key))
            else:
                seen.append(getattr(records, what)("k", owner))
        if fails:
            raise Broken
        return seen


step = st.tuples(
    st.sampled_from(["put", "put", "delete", "get", "around", "owned", "drop"]),
    st.sampled_from("op"),
    st.sampled_from([f"{number:010}" for number in range(5)]),
    st.integers(0, 9),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(transactions=st.lists(st.tuples(st.lists(step, max_size=6), st.booleans()), max_size=6))
def test_a_persistent_store_agrees_with_the_one_in_memory(
    transactions: list[tuple[list[tuple[str, str, str, int]], bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = open_store(f"sqlite:///{tmp_path_factory.mktemp('store')}/heaven.db")
    model = Model(other)
    for steps, fails in transactions:
        mine, theirs = model.do(steps, fails)
        assert mine == theirs
    assert everything(model.stores[0]) == everything(other)
    other.close()


@pytest.mark.parametrize(
    ("url", "package"), [("sqlite:////tmp/cloud.db", "sqlalchemy"), ("postgresql+psycopg://u:p@127.0.0.1/d", "psycopg")]
)
def test_a_store_whose_packages_are_missing_names_them(url: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, "heavenly_cloud.sql_store", raising=False)
    with pytest.raises(StorePackageMissing, match=f"needs the Python package '{package}'"):
        open_store(url)
    assert open_store("").is_persistent is False


def test_a_store_in_memory_needs_no_database_packages(tmp_path: Path) -> None:
    code = (
        "import sys; from heavenly_cloud import HeavenlyCloud; HeavenlyCloud().login('gabriel', 'halo', 'narnia');"
        "assert not {'sqlalchemy', 'psycopg', 'cryptography', 'sqlite3'} & set(sys.modules)"
    )
    source = Path(__file__).parents[2] / "src"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=source)
