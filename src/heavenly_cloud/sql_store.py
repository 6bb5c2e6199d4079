"""Persistent store: a SQLite file, or a PostgreSQL database that several machines share.

Each record is a row, as JSON. A transaction that writes holds one lock on the whole cloud, so no two build on the same
state, and a process that dies leaves nothing half done: the database rolls back what was not committed.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Callable
from urllib.parse import quote, unquote

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from heavenly_cloud.codec import decode, encode, parse_json
from heavenly_cloud.errors import InvalidStore, StoreUnreachable, StoreVersion
from heavenly_cloud.migrations import STEPS, VERSION, JsonRow, migrate
from heavenly_cloud.store import CloudStore, Records, Result, Row

TIMEOUT = 20.0  # seconds to wait for a lock, another process's transaction or a lost connection
_PAUSE = 0.05
_MILLISECONDS = int(TIMEOUT * 1000)
# Limits for PostgreSQL, so that a broken server or network neither blocks a caller for ever nor keeps the writer lock.
_LIMITS = {
    "connect_timeout": 5,
    "tcp_user_timeout": _MILLISECONDS,
    "options": f"-c lock_timeout={_MILLISECONDS} -c statement_timeout={_MILLISECONDS} "
    f"-c idle_in_transaction_session_timeout={_MILLISECONDS}",
}
# Every version has this table, and checks its row before it uses the records.
_VERSION_TABLE = "CREATE TABLE IF NOT EXISTS heaven_store (one INTEGER PRIMARY KEY, version INTEGER NOT NULL)"
_RECORDS_TABLE = (
    "CREATE TABLE cloud_records (kind TEXT NOT NULL, owner TEXT NOT NULL, key TEXT NOT NULL, "
    "record TEXT NOT NULL, PRIMARY KEY (kind, owner, key))"
)
# Each version keeps its records in a table of another name: a process of an earlier one that still runs cannot write any.
_EARLIER_TABLES = {1: "heaven_records"}
# The writer lock: SQLite has one for the file, and in PostgreSQL this number stands for it.
_BEGIN = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN; SELECT pg_advisory_xact_lock(4866518)"}
# Serialization failure, deadlock, lock not available: the transaction was rolled back because of others, so it is run again
# (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_RETRYABLE_SQLSTATES = ("40001", "40P01", "55P03")


class SqlStore(CloudStore):
    """Store in a database; raises InvalidStore, StoreUnreachable, StoreVersion, InvalidData.

    url: sqlite:///path or postgresql+psycopg://user:password@host/database.
    """

    is_persistent = True

    def __init__(self, url: str) -> None:
        self._url = _checked(url)
        self._display_url = _display_url(self._url)
        self._dialect = self._url.get_backend_name()
        self._engine = _engine(self._url)
        # Threads of one process queue here; only processes compete for the database's lock, which is not fair.
        self._lock = threading.Lock()
        try:
            self._with_retry(self._prepare)
        except BaseException:
            self.close()
            raise

    def run(self, work: Callable[[Records], Result], *, writes: bool = True) -> Result:
        return self._with_retry(lambda: self._run(work, writes))

    def close(self) -> None:
        self._engine.dispose()

    def _run(self, work: Callable[[Records], Result], writes: bool) -> Result:
        if not writes:
            with self._engine.connect() as connection:
                return work(SqlRecords(connection))
        with self._writer_lock(), self._transaction() as connection:
            records = SqlRecords(connection)
            result = work(records)
            records.flush()
            return result

    @contextmanager
    def _writer_lock(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=TIMEOUT):
            raise StoreUnreachable(store=self._display_url, reason="other threads did not finish with it")
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(_BEGIN[self._dialect])
            try:
                yield connection
            except BaseException:
                # When the connection is lost, the database rolls back by itself.
                with suppress(DBAPIError):
                    connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    def _prepare(self) -> None:
        with self._transaction() as connection:
            connection.exec_driver_sql(_VERSION_TABLE)
            found = connection.exec_driver_sql("SELECT version FROM heaven_store").scalar_one_or_none()
            if found is None:
                connection.exec_driver_sql(_RECORDS_TABLE)
                connection.execute(_INSERT_VERSION, {"version": VERSION})
            elif found in STEPS:
                _migrate(connection, found)
            elif found != VERSION:
                known = f"{min(STEPS)} to {VERSION}"
                remedy = "use the version of HeavenlyCloud that made it, or an empty store"
                raise StoreVersion(store=self._display_url, found=found, known=known, remedy=remedy)

    def _with_retry(self, attempt: Callable[[], Result]) -> Result:
        """Call attempt until no other process is in the way; raise StoreUnreachable after the timeout."""
        end = time.monotonic() + TIMEOUT
        has_lost = False
        while True:
            try:
                return attempt()
            except (DBAPIError, PoolTimeout) as error:
                # A pooled connection may be dead by now, so one loss is no reason to give up.
                is_lost = isinstance(error, DBAPIError) and error.connection_invalidated and not has_lost
                if not (is_lost or _is_retryable(error)) or time.monotonic() >= end:
                    raise StoreUnreachable(store=self._display_url, reason=self._reason(error)) from None
                has_lost = has_lost or is_lost
                time.sleep(_PAUSE)

    def _reason(self, error: Exception) -> str:
        lines = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()
        reason = lines[0].strip() if lines else type(error).__name__
        password = self._url.password
        return reason.replace(str(password), "***") if password else reason


def _display_url(url: URL) -> str:
    """Return a URL without its user, password and options, which may be secret."""
    host = f"{url.host}:{url.port}" if url.port else url.host or ""
    return f"{url.drivername}://{host}/{url.database}"


def _is_retryable(error: Exception) -> bool:
    if not isinstance(error, OperationalError):
        return isinstance(error, PoolTimeout)
    return getattr(error.orig, "sqlstate", "") in _RETRYABLE_SQLSTATES or "database is locked" in str(error.orig)


def _checked(url: str) -> URL:
    try:
        checked = make_url(url)
    except (ArgumentError, ValueError):  # Their text may contain the password.
        raise InvalidStore(reason="which it does not look like") from None
    if checked.drivername not in ("sqlite", "postgresql+psycopg"):
        raise InvalidStore(reason=f"not '{checked.drivername}'")
    if not checked.database or checked.database == ":memory:":
        raise InvalidStore(reason="with a path or a database in it; empty means in memory")
    return checked


def _engine(url: URL) -> Engine:
    is_file = url.get_backend_name() == "sqlite"
    # Autocommit, with explicit BEGIN and COMMIT: SQLite must take its lock at the beginning of a transaction.
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": TIMEOUT} if is_file else _LIMITS,
        pool_size=4,
        max_overflow=12,
        pool_timeout=TIMEOUT,
        hide_parameters=True,
    )
    if is_file:
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    # With a write-ahead log, readers do not wait for the writer. A commit survives a crash of the process; a crash of the
    # machine may lose the last commits, each as a whole (https://sqlite.org/pragma.html#pragma_synchronous).
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


_GET = text("SELECT record FROM cloud_records WHERE kind = :kind AND owner = :owner AND key = :key")
_OWNED = text("SELECT key, record FROM cloud_records WHERE kind = :kind AND owner = :owner")
_BEFORE = text(
    "SELECT record FROM cloud_records WHERE kind = :kind AND owner = :owner AND key <= :key ORDER BY key DESC LIMIT 1"
)
_AFTER = text(
    "SELECT record FROM cloud_records WHERE kind = :kind AND owner = :owner AND key > :key ORDER BY key LIMIT 1"
)
_EVERYTHING = text("SELECT kind, owner, key, record FROM cloud_records")
_PUT = text(
    "INSERT INTO cloud_records (kind, owner, key, record) VALUES (:kind, :owner, :key, :record) "
    "ON CONFLICT (kind, owner, key) DO UPDATE SET record = excluded.record"
)
_DELETE = text("DELETE FROM cloud_records WHERE kind = :kind AND owner = :owner AND key = :key")
_INSERT_VERSION = text("INSERT INTO heaven_store (one, version) VALUES (1, :version)")
_UPDATE_VERSION = text("UPDATE heaven_store SET version = :version")
_CLEAR = text("DELETE FROM cloud_records")
RecordKey = tuple[str, str, str]  # kind, owner, key
_SAFE = " .:/[]|@"


class SqlRecords(Records):
    """Records of one transaction. They cache what was read, and write changes together: at the end, or before a query of
    more than one record."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[RecordKey, Any] = {}
        self._changed: set[RecordKey] = set()

    def get(self, kind: str, owner: str, key: str) -> Any:
        record_key = kind, owner, key
        if record_key not in self._known:
            found = self._connection.execute(_GET, _columns(record_key)).scalar_one_or_none()
            self._known[record_key] = None if found is None else _read(found, kind)
        return self._known[record_key]

    def put(self, kind: str, owner: str, key: str, record: Any) -> None:
        self._known[kind, owner, key] = record
        self._changed.add((kind, owner, key))

    def delete(self, kind: str, owner: str, key: str) -> None:
        self.put(kind, owner, key, None)

    def owned(self, kind: str, owner: str) -> list[tuple[str, Any]]:
        self.flush()
        found = self._connection.execute(_OWNED, {"kind": kind, "owner": _quoted(owner)})
        return sorted(((_unquoted(key), _read(record, kind)) for key, record in found), key=lambda item: item[0])

    def drop(self, kind: str, owner: str) -> None:
        for key, _ in self.owned(kind, owner):
            self.delete(kind, owner, key)

    def around(self, kind: str, owner: str, key: str) -> list[Any]:
        self.flush()
        record_key = _columns((kind, owner, key))
        found = [self._connection.execute(each, record_key).scalar_one_or_none() for each in (_BEFORE, _AFTER)]
        return [_read(record, kind) for record in found if record is not None]

    def everything(self) -> list[Row]:
        self.flush()
        found = self._connection.execute(_EVERYTHING)
        rows = [(kind, _unquoted(owner), _unquoted(key), _read(record, kind)) for kind, owner, key, record in found]
        return sorted(rows, key=lambda row: row[:3])

    def clear(self) -> None:
        self._known.clear()
        self._changed.clear()
        self._connection.execute(_CLEAR)

    def flush(self) -> None:
        """Write the changes to the database."""
        changes = [(key, self._known[key]) for key in sorted(self._changed)]
        put = [{**_columns(key), "record": encode(record)} for key, record in changes if record is not None]
        deleted = [_columns(key) for key, record in changes if record is None]
        if put:
            self._connection.execute(_PUT, put)
        if deleted:
            self._connection.execute(_DELETE, deleted)
        self._changed.clear()


def _migrate(connection: Connection, version: int) -> None:
    """Replace the records of an earlier version by those of the current one, in the transaction that is open."""
    table = _EARLIER_TABLES[version]
    found = connection.exec_driver_sql(f"SELECT kind, owner, key, record FROM {table}")  # noqa: S608 - one of our own names
    rows: list[JsonRow] = [
        (kind, _unquoted(owner), _unquoted(key), parse_json(record, _where(kind))) for kind, owner, key, record in found
    ]
    migrated = [
        {**_columns((kind, owner, key)), "record": json.dumps(record, separators=(",", ":"))}
        for kind, owner, key, record in migrate(rows, version)
    ]
    connection.exec_driver_sql(_RECORDS_TABLE)
    if migrated:
        connection.execute(_PUT, migrated)
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.execute(_UPDATE_VERSION, {"version": VERSION})


def _columns(record_key: RecordKey) -> dict[str, str]:
    kind, owner, key = record_key
    return {"kind": kind, "owner": _quoted(owner), "key": _quoted(key)}


def _quoted(name: str) -> str:
    """Return a name as a column can hold it: a caller's ids may contain what a database refuses, as a NUL."""
    return quote(name, safe=_SAFE, errors="surrogatepass")


def _unquoted(column: str) -> str:
    return unquote(column, errors="surrogatepass")


def _read(record: str, kind: str) -> Any:
    return decode(record, _where(kind))


def _where(kind: str) -> str:
    return f"a record of kind '{kind}' in the store"
