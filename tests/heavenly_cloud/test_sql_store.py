from __future__ import annotations

import multiprocessing
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from heavenly_cloud import HeavenlyCloud, Instance, InstanceState, MemoryStore, open_store, sql_store
from heavenly_cloud.errors import InvalidData, InvalidStore, StoreUnreachable, StoreVersion
from heavenly_cloud.sql_store import SqlStore
from heavenly_cloud.store import Records
from tests.fakes import contents_of, create, in_use
from tests.postgres import PASSWORD, Postgres

_opened: list[HeavenlyCloud] = []


def cloud(url: str) -> HeavenlyCloud:
    _opened.append(HeavenlyCloud(store=open_store(url)))
    return _opened[-1]


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().close()


def made(url: str, number: int = 1) -> list[Instance]:
    """Create instances in a store, as another process would."""
    heaven = cloud(url)
    client = heaven.login("gabriel", "halo", "narnia")
    found = [create(client) for _ in range(number)]
    heaven.close()
    return found


def execute(url: str, statement: str) -> None:
    """Execute a statement on the database of a store."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as file:
            file.execute(statement)
    else:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(statement.encode())


def test_an_instance_is_found_by_the_next_process(url: str) -> None:
    (web,) = made(url)
    heaven = cloud(url)
    client = heaven.login("gabriel", "halo", "narnia")
    assert client.get_instance(web.id) == web
    client.power_on(web.id)
    assert create(client).address != web.address
    heaven.close()


def test_an_empty_url_is_in_memory() -> None:
    assert isinstance(open_store(""), MemoryStore)


@pytest.mark.parametrize(
    "url",
    [
        "heaven",
        "mysql://u:s3cret@h/d",
        "postgresql://u:s3cret@h/d",
        "sqlite://",
        "sqlite:///:memory:",
        "://s3cret",
        "\0",
    ],
)
def test_a_url_that_is_not_a_store_is_refused_with_what_would_be_right(url: str) -> None:
    with pytest.raises(InvalidStore, match="sqlite:///path' or 'postgresql\\+psycopg://") as caught:
        open_store(url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.slow
def test_processes_share_a_store_and_nothing_is_allocated_twice(url: str) -> None:
    cloud(url).close()
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        instances = [web for found in pool.starmap(made, [(url, 8)] * 6) for web in found]
    assert len({web.address for web in instances}) == len({web.name for web in instances}) == 48
    assert len({web.nics[0].mac for web in instances}) == len({web.id for web in instances}) == 48
    heaven = cloud(url)
    assert in_use(heaven)["addresses"] == in_use(heaven)["macs"] == 48
    heaven.close()


def test_processes_that_open_an_empty_store_at_once_create_one_cloud(url: str) -> None:
    together = threading.Barrier(6)

    def begin(_: int) -> str:
        together.wait(10)
        heaven = cloud(url)
        seed: str = contents_of(heaven).of("identity")["", ""].seed
        heaven.close()
        return seed

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(begin, range(6)))) == 1


@pytest.mark.parametrize("version", [0, 99])
def test_a_store_of_another_version_is_refused_by_name_and_left_as_it_is(url: str, version: int) -> None:
    made(url)
    execute(url, f"UPDATE heaven_store SET version = {version}")
    with pytest.raises(
        StoreVersion, match=f"is of version {version} and this cloud knows versions 1 to 2; use the version of"
    ):
        open_store(url)
    execute(url, "UPDATE heaven_store SET version = 2")
    assert len(contents_of(cloud(url)).instances) == 1


def test_a_record_that_cannot_be_decoded_is_named(url: str) -> None:
    (web,) = made(url)
    execute(url, "UPDATE cloud_records SET record = '{}' WHERE kind = 'instance'")
    client = cloud(url).login("gabriel", "halo", "narnia")
    with pytest.raises(InvalidData, match="a record of kind 'instance' in the store"):
        client.get_instance(web.id)


def test_a_missing_folder_is_refused_at_once(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(StoreUnreachable, match=r"sqlite:///.*/nowhere/heaven.db cannot be used \(unable to open"):
        open_store(f"sqlite:///{tmp_path}/nowhere/heaven.db")
    assert time.monotonic() - began < sql_store.TIMEOUT / 2


def test_a_missing_server_is_refused_in_bounded_time_without_the_password() -> None:
    began = time.monotonic()
    with pytest.raises(StoreUnreachable, match=r"postgresql\+psycopg://127.0.0.1:1/heaven cannot be used") as caught:
        open_store(f"postgresql+psycopg://heaven:{PASSWORD}@127.0.0.1:1/heaven")
    assert PASSWORD not in str(caught.value)
    assert time.monotonic() - began < sql_store.TIMEOUT


def test_a_wrong_password_is_refused_without_showing_it(postgresql: Postgres) -> None:
    url = postgresql.url("locked").replace(PASSWORD, "wr0ng-s3cret")
    with pytest.raises(StoreUnreachable, match="password authentication failed") as caught:
        open_store(url)
    assert "wr0ng" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_lock_that_is_never_released_is_refused_in_bounded_time(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_store, "TIMEOUT", 0.5)
    monkeypatch.setitem(sql_store._LIMITS, "options", "-c lock_timeout=200")
    heaven = cloud(url)
    client = heaven.login("gabriel", "halo", "narnia")
    web, locked, done = create(client), threading.Event(), threading.Event()

    def hold() -> None:
        other = open_store(url)
        other.run(wait)
        other.close()

    def wait(_: Records) -> None:
        locked.set()
        done.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(10)
    began = time.monotonic()
    with pytest.raises(StoreUnreachable):
        client.power_on(web.id)
    assert time.monotonic() - began < 5
    # A reader does not wait.
    assert client.get_instance(web.id) == web
    done.set()
    holder.join()
    client.power_on(web.id)
    heaven.close()


def test_threads_wait_for_each_other_in_bounded_time(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_store, "TIMEOUT", 0.3)
    store, held_up, done = open_store(url), threading.Event(), threading.Event()

    def hold(_: Records) -> None:
        held_up.set()
        done.wait(20)

    holder = threading.Thread(target=store.run, args=(hold,))
    holder.start()
    held_up.wait(10)
    with pytest.raises(StoreUnreachable, match="other threads did not finish with it"):
        store.run(lambda records: records.clear())
    done.set()
    holder.join()
    store.close()


def test_a_lock_that_is_released_is_waited_for(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In PostgreSQL the lock times out meanwhile, and the transaction is run again."""
    monkeypatch.setitem(sql_store._LIMITS, "options", "-c lock_timeout=100")
    client = cloud(url).login("gabriel", "halo", "narnia")
    web, locked = create(client), threading.Event()

    def hold(_: Records) -> None:
        locked.set()
        time.sleep(0.7)

    other = open_store(url)
    holder = threading.Thread(target=other.run, args=(hold,))
    holder.start()
    locked.wait(10)
    client.power_on(web.id)
    assert client.get_instance(web.id).state is InstanceState.ON
    holder.join()
    other.close()


def test_a_server_that_was_restarted_is_found_again(postgresql: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    heaven = cloud(postgresql.url("restarted"))
    client = heaven.login("gabriel", "halo", "narnia")
    web = create(client)
    postgresql.stop("immediate")
    try:
        with monkeypatch.context() as patch, pytest.raises(StoreUnreachable):
            patch.setattr(sql_store, "TIMEOUT", 0.2)
            client.power_on(web.id)
    finally:
        postgresql.start()
    client.power_on(web.id)
    heaven.close()


def test_a_store_does_not_show_its_password(url: str) -> None:
    store = open_store(url)
    assert PASSWORD not in repr(store) + str(vars(store))
    store.close()


def test_an_error_of_the_database_shows_no_record(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/heaven.db"
    store = open_store(url)
    execute(url, "DROP TABLE cloud_records")
    with pytest.raises(StoreUnreachable) as caught:
        store.run(lambda records: records.put("k", "o", "1", "s3cret"))
    store.close()
    shown = f"{caught.value} {caught.value.__context__}"
    assert "cloud_records" in shown
    assert "s3cret" not in shown


def test_a_connection_that_is_lost_again_is_reported(tmp_path: Path) -> None:
    store = SqlStore(f"sqlite:///{tmp_path}/heaven.db")
    attempts: list[int] = []

    def attempt() -> None:
        attempts.append(1)
        assert len(attempts) <= 2
        raise OperationalError("SELECT 1", None, sqlite3.OperationalError("gone"), connection_invalidated=True)

    with pytest.raises(StoreUnreachable, match="gone"):
        store._with_retry(attempt)
    assert len(attempts) == 2
    store.close()


def test_a_store_that_cannot_be_opened_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[SqlStore] = []
    monkeypatch.setattr(SqlStore, "close", lambda self: closed.append(self))
    with pytest.raises(StoreUnreachable):
        SqlStore(f"sqlite:///{tmp_path}/no folder/heaven.db")
    assert len(closed) == 1
