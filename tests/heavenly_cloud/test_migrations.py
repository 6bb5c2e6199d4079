"""Stores and exports of version 1, made by version 1.0.0 (see fixtures/README.md), as this version reads them."""

from __future__ import annotations

import copy
import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

from heavenly_cloud import Client, HeavenlyCloud, Instance, InstanceState, NicRequest, errors, open_store
from heavenly_cloud.config import DEFAULT_CONFIG, parse_config
from heavenly_cloud.migrations import VERSION, JsonRow, migrate
from tests.audit import audit
from tests.fakes import contents_of, create
from tests.heavenly_cloud.conftest import new_url
from tests.heavenly_cloud.test_sql_store import execute

FIXTURES = Path(__file__).parent / "fixtures"
STORE, EXPORT = FIXTURES / "store-1.db", (FIXTURES / "snapshot-1.json").read_text()
FACTS: dict[str, Any] = json.loads((FIXTURES / "facts-1.json").read_text())
NETWORK: dict[str, Any] = FACTS["network"]
TAG: str = NETWORK["tag"]
VERSION_1_TABLES = (
    "CREATE TABLE heaven_store (one INTEGER PRIMARY KEY, version INTEGER NOT NULL)",
    "CREATE TABLE heaven_records (kind TEXT NOT NULL, owner TEXT NOT NULL, key TEXT NOT NULL, record TEXT NOT NULL, "
    "PRIMARY KEY (kind, owner, key))",
    "INSERT INTO heaven_store (one, version) VALUES (1, 1)",
)


@pytest.fixture
def old_store(url: str) -> str:
    """The URL of a store of version 1."""
    return make_version_1(url)


def make_version_1(url: str) -> str:
    """Fill an empty store with version 1: a copy of the SQLite fixture, or its rows in PostgreSQL. Return the URL."""
    if url.startswith("sqlite"):
        shutil.copy(STORE, file_of(url))
        return url
    with closing(sqlite3.connect(STORE)) as file:
        rows = file.execute("SELECT kind, owner, key, record FROM heaven_records").fetchall()
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in VERSION_1_TABLES:
            connection.execute(statement.encode())
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO heaven_records VALUES (%s, %s, %s, %s)", rows)
    return url


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def query(url: str, statement: str) -> list[Any]:
    """Return the rows of a query on the database of a store."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(file_of(url))) as file:
            return file.execute(statement).fetchall()
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


def contents(url: str) -> tuple[int, list[Any]]:
    """Return the version of a store and its rows, as they are in the database."""
    ((version,),) = query(url, "SELECT version FROM heaven_store")
    table = "heaven_records" if version == 1 else "cloud_records"
    return version, sorted(query(url, f"SELECT kind, owner, key, record FROM {table}"))


_opened: list[HeavenlyCloud] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().close()


def cloud_of(url: str) -> HeavenlyCloud:
    _opened.append(HeavenlyCloud(store=open_store(url), now=lambda: float(FACTS["now"])))
    return _opened[-1]


def imported() -> HeavenlyCloud:
    cloud = HeavenlyCloud(now=lambda: float(FACTS["now"]))
    cloud.import_records(EXPORT)
    return cloud


@pytest.fixture(params=["sqlite", "postgresql", "export"])
def cloud(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HeavenlyCloud]:
    """The cloud of the fixtures, from a migrated store or an imported export."""
    if request.param == "export":
        yield imported()
    else:
        yield cloud_of(make_version_1(new_url(request.param, tmp_path, request)))


def facts_of(vm: Instance) -> dict[str, Any]:
    """Return an instance in the shape of the facts."""
    nics = [{**vars(nic), "vlan": str(nic.vlan or ""), "rules": [str(rule) for rule in nic.rules]} for nic in vm.nics]
    assert {nic.pop("connection") for nic in nics} == {""}  # Version 1 had no word for it.
    names = ("name", "region", "tag", "since", "public_key")
    return {
        **{name: getattr(vm, name) for name in names},
        "being": [type(vm.being).__name__, vars(vm.being)],
        "image": vm.image.name,
        "size": vm.size.name,
        "state": vm.state.value,
        "nics": nics,
    }


def login(cloud: HeavenlyCloud) -> Client:
    return cloud.login("gabriel", "halo", "narnia")


def test_every_fact_is_there(cloud: HeavenlyCloud) -> None:
    records = audit(cloud)
    assert {vm_id: facts_of(vm) for vm_id, vm in records.instances.items()} == FACTS["instances"]
    network = login(cloud).get_network(TAG)
    assert (network.region, network.cidr, network.account) == (NETWORK["region"], NETWORK["cidr"], "gabriel")
    assert [(each.id, each.alias, each.cidr, each.public) for each in network.subnets] == [
        (each["id"], each["alias"], each["cidr"], each["public"]) for each in NETWORK["subnets"]
    ]
    assert {each.tag for each in network.subnets} == {TAG}
    assert records.of("usage")["account gabriel", ""]._asdict() == FACTS["usage"]
    assert records.of("lease") == {("gabriel", FACTS["leased"]): FACTS["lease_ends"]}


def test_the_key_pair_is_decrypted_with_the_same_password(cloud: HeavenlyCloud) -> None:
    pair = login(cloud).prepare_key_pair(TAG)
    assert pair.public_key == NETWORK["public_key"]
    assert "PRIVATE KEY" in pair.private_key


def test_the_cloud_goes_on_and_nothing_is_allocated_twice(cloud: HeavenlyCloud) -> None:
    client, before = login(cloud), contents_of(cloud).instances
    vms = [create(client) for _ in range(5)]
    macs = {nic.mac for vm in before.values() for nic in vm.nics}
    assert not macs & {vm.nics[0].mac for vm in vms}
    assert not set(before) & {vm.id for vm in vms}
    assert FACTS["released"]["address"] not in {vm.address for vm in vms}, "a released address is used last"
    subnet = NETWORK["subnets"][0]["id"]
    vms.append(create(client, tag=TAG, nics=(NicRequest(subnet),)))
    assert vms[-1].public_address not in {vm.public_address for vm in before.values()}
    audit(cloud)
    with pytest.raises(errors.AddressTaken):
        create(client, nics=(NicRequest("management", address="172.16.0.9"),))
    with pytest.raises(errors.NetworkOverlap, match=f"the virtual network '{TAG}': 10.0.3.0/24"):
        client.prepare_network("other", "10.0.3.0/25")
    with pytest.raises(errors.NetworkInUse):
        client.delete_network(TAG)
    for vm_id in contents_of(cloud).instances:
        client.power_on(vm_id)
        assert client.power_off(vm_id).state is InstanceState.OFF
        client.delete_instance(vm_id)
    client.delete_network(TAG)
    assert not audit(cloud).instances


def test_the_lease_of_version_1_ends_when_it_would_have(cloud: HeavenlyCloud) -> None:
    client = login(cloud)
    assert client.get_unconfirmed() == []
    cloud.now = lambda: float(FACTS["lease_ends"])
    assert [each.id for each in client.get_unconfirmed()] == [FACTS["leased"]]


def test_a_migrated_store_stays_at_the_new_version(old_store: str) -> None:
    cloud_of(old_store).close()
    migrated = contents(old_store)
    assert migrated[0] == VERSION
    open_store(old_store).close()
    assert contents(old_store) == migrated


def test_a_running_process_of_version_1_cannot_write_any_more(old_store: str) -> None:
    open_store(old_store).close()
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.UndefinedTable)):
        execute(old_store, "INSERT INTO heaven_records VALUES ('lease', 'gabriel', 'vm-x', '1')")


def test_a_process_of_version_1_that_starts_later_finds_a_version_that_it_refuses(old_store: str) -> None:
    open_store(old_store).close()
    # The statements with which version 1.0.0 opens a store, before it compares the version with its own.
    for statement in VERSION_1_TABLES:
        execute(
            old_store,
            statement.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS").replace(
                "(1, 1)", "(1, 1) ON CONFLICT (one) DO NOTHING"
            ),
        )
    assert query(old_store, "SELECT version FROM heaven_store") == [(2,)]
    assert audit(cloud_of(old_store)).instances.keys() == FACTS["instances"].keys()


@pytest.mark.parametrize("version", [0, 3, 99])
def test_a_newer_or_unknown_version_is_refused_and_left_untouched(old_store: str, version: int) -> None:
    execute(old_store, f"UPDATE heaven_store SET version = {version}")
    rows = "SELECT * FROM heaven_records ORDER BY kind, owner, key"
    before = query(old_store, rows)
    with pytest.raises(errors.StoreVersion, match=f"is of version {version} and this cloud knows versions 1 to 2"):
        open_store(old_store)
    assert query(old_store, rows) == before
    assert query(old_store, "SELECT version FROM heaven_store") == [(version,)]
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.UndefinedTable)):
        query(old_store, "SELECT * FROM cloud_records")


def test_a_damaged_record_is_refused_by_name_and_the_store_left_at_version_1(old_store: str) -> None:
    execute(old_store, "UPDATE heaven_records SET record = '{' WHERE kind = 'lease'")
    before = contents(old_store)
    with pytest.raises(errors.InvalidData, match="a record of kind 'lease' in the store"):
        open_store(old_store)
    assert contents(old_store) == before
    assert before[0] == 1


def _killed_at(url: str, statement: int) -> None:
    """Open a store, and kill this process before the statement with this number; exit with 7 if there are fewer."""
    count = 0

    def before_cursor_execute(*_: object) -> None:
        nonlocal count
        count += 1
        if count > statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", before_cursor_execute)
    open_store(url)
    os._exit(7)


def test_a_kill_at_any_statement_of_a_migration_leaves_one_whole_version(old_store: str) -> None:
    before, statement, versions, exitcode = contents(old_store), 0, list[int](), None
    while exitcode != 7:
        process = multiprocessing.get_context("fork").Process(target=_killed_at, args=(old_store, statement))
        process.start()
        process.join(60)
        exitcode, statement = process.exitcode, statement + 1
        assert exitcode in (7, -signal.SIGKILL)
        found = contents(old_store)
        versions.append(found[0])
        assert found[0] == VERSION or found == before
    assert versions == [1] * (len(versions) - 1) + [VERSION]
    assert len(versions) > 6, "each statement of the migration was one to die at"
    assert audit(cloud_of(old_store)).instances.keys() == FACTS["instances"].keys()


def test_processes_that_open_at_once_migrate_once(old_store: str) -> None:
    processes = 4
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(processes), context.Queue()

    def open_it() -> None:
        barrier.wait(30)
        opened = cloud_of(old_store)
        results.put(create(login(opened)).address)
        opened.close()

    running = [context.Process(target=open_it) for _ in range(processes)]
    for process in running:
        process.start()
    addresses = [results.get(timeout=60) for _ in running]
    for process in running:
        process.join(60)
    assert len(set(addresses)) == processes
    opened = cloud_of(old_store)
    assert len(audit(opened).instances) == len(FACTS["instances"]) + processes
    opened.close()


def test_threads_that_open_at_once_migrate_once(old_store: str) -> None:
    together = threading.Barrier(4)

    def open_it(_: int) -> int:
        together.wait(30)
        opened = cloud_of(old_store)
        found = len(contents_of(opened).instances)
        opened.close()
        return found

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(open_it, range(4))) == {len(FACTS["instances"])}


def test_a_file_that_cannot_be_written_is_one_sentence_and_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    shutil.copy(STORE, file)
    before = file.read_bytes()
    # The tests may run as root, who can write to any file, so SQLite is told to open it for reading.
    with pytest.raises(errors.StoreUnreachable, match="readonly database.*check that it .* can be written"):
        open_store(f"sqlite:///file:{file}?mode=ro&uri=true")
    assert file.read_bytes() == before


def test_what_a_migration_does_not_know_is_left_as_it_is() -> None:
    rows: list[JsonRow] = [
        ("moon", "o", "k", {"is": "Moon", "sandbox": "s"}),
        ("network", "narnia", "1", {"is": "Network", "cidr": "10.0.0.0/8", "what": "a network without an owner"}),
        ("network", "narnia", "2", 7),
        ("odd", "", "", [1, {"no": "type"}, {"is": 7}, None]),
    ]
    before = copy.deepcopy(rows)
    assert migrate(rows, 1) == [
        before[0], ("CIDR block", *before[1][1:]), ("CIDR block", *before[2][1:]), before[3],
    ]  # fmt: skip
    assert rows == before, "a migration is pure"
    assert migrate(rows, VERSION) == rows


def test_an_exported_import_is_of_the_new_version_and_the_same_cloud() -> None:
    cloud = imported()
    exported = json.loads(cloud.export())
    assert exported["heavenly_cloud"] == VERSION
    other = HeavenlyCloud()
    other.import_records(cloud.export())
    assert contents_of(other).instances == contents_of(cloud).instances


@pytest.mark.parametrize("version", [0, 3, "1", None, True])
def test_an_export_of_another_version_is_refused(version: object) -> None:
    raw = {**json.loads(EXPORT), "heavenly_cloud": version}
    with pytest.raises(errors.InvalidData, match="its version is .*; known are 1, 2"):
        HeavenlyCloud().import_records(json.dumps(raw))


def test_a_configuration_of_version_1_is_refused_with_the_new_keys() -> None:
    raw = json.loads(DEFAULT_CONFIG.read_text())
    raw["accounts"][0]["sandboxes"] = raw["accounts"][0].pop("networks")
    old = {**raw, "filling": {"instances": 2}, "weather": []}
    for key, new in (("filling", "sample_data"), ("weather", "fault_rules"), ("sandboxes", "networks")):
        with pytest.raises(errors.InvalidData, match=f"{key} is now called {new}; rename the key"):
            parse_config(old)
        old.pop(key, None)
