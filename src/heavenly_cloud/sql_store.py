"""The store that lasts: a SQLite file, or a PostgreSQL database that execution servers share.

Each record is a row, as JSON. Whoever writes holds one lock on the whole cloud, so two never build on the same state, and
a process that dies leaves nothing: the database takes back what was not committed.
"""

from __future__ import annotations

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

from heavenly_cloud.codec import decode, encode
from heavenly_cloud.errors import InvalidStore, StoreUnreachable, StoreVersion
from heavenly_cloud.store import Records, Result, Row, Store

VERSION = 1
PATIENCE = 20.0  # seconds that a lock, another process's work or a lost connection may take
_PAUSE = 0.05
_MILLISECONDS = int(PATIENCE * 1000)
# Whatever happens to a PostgreSQL server or the way to it, nobody waits for ever, nor keeps the lock.
_BOUNDS = {
    "connect_timeout": 5,
    "tcp_user_timeout": _MILLISECONDS,
    "options": f"-c lock_timeout={_MILLISECONDS} -c statement_timeout={_MILLISECONDS} "
    f"-c idle_in_transaction_session_timeout={_MILLISECONDS}",
}
_TABLES = (
    "CREATE TABLE IF NOT EXISTS heaven_store (one INTEGER PRIMARY KEY, version INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS heaven_records (kind TEXT NOT NULL, owner TEXT NOT NULL, key TEXT NOT NULL, "
    "record TEXT NOT NULL, PRIMARY KEY (kind, owner, key))",
    "INSERT INTO heaven_store (one, version) VALUES (1, 1) ON CONFLICT (one) DO NOTHING",
)
# Writers take their turn: SQLite has one lock, and in PostgreSQL this number stands for it.
_BEGIN = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN; SELECT pg_advisory_xact_lock(4866518)"}
# Serialization failure, deadlock, lock not available: the work was undone because others were in the way.
_IN_THE_WAY = ("40001", "40P01", "55P03")


class SqlStore(Store):
    """url: sqlite:///path or postgresql+psycopg://...; raises InvalidStore, StoreUnreachable, StoreVersion."""

    lasts = True

    def __init__(self, url: str) -> None:
        self._url = _checked(url)
        self._shown = _shown(self._url)
        self._dialect = self._url.get_backend_name()
        self._engine = _engine(self._url)
        # Threads wait here, which is fair; only processes wait for the database's lock.
        self._turn = threading.Lock()
        try:
            self._tried(self._prepare)
        except BaseException:
            self.close()
            raise

    def run(self, work: Callable[[Records], Result], *, writes: bool = True) -> Result:
        return self._tried(lambda: self._run(work, writes))

    def close(self) -> None:
        self._engine.dispose()

    def _run(self, work: Callable[[Records], Result], writes: bool) -> Result:
        if not writes:
            with self._engine.connect() as connection:
                return work(SqlRecords(connection))
        with self._my_turn(), self._transaction() as connection:
            records = SqlRecords(connection)
            result = work(records)
            records.flush()
            return result

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=PATIENCE):
            raise StoreUnreachable(store=self._shown, reason="other commands did not finish with it")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(_BEGIN[self._dialect])
            try:
                yield connection
            except BaseException:
                # If the connection is lost, so is the transaction.
                with suppress(DBAPIError):
                    connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    def _prepare(self) -> None:
        with self._transaction() as connection:
            for statement in _TABLES:
                connection.exec_driver_sql(statement)
            found = connection.exec_driver_sql("SELECT version FROM heaven_store").scalar_one()
        if found != VERSION:
            remedy = "use the shell that made it, or an empty store"
            raise StoreVersion(store=self._shown, found=found, known=VERSION, remedy=remedy)

    def _tried(self, do: Callable[[], Result]) -> Result:
        """Do it, again while others are in the way; what cannot be done in time is StoreUnreachable."""
        end = time.monotonic() + PATIENCE
        has_lost = False
        while True:
            try:
                return do()
            except (DBAPIError, PoolTimeout) as error:
                # A connection that was kept may be dead by now; a new one that is refused stays so.
                is_lost = isinstance(error, DBAPIError) and error.connection_invalidated and not has_lost
                if not (is_lost or _is_in_the_way(error)) or time.monotonic() >= end:
                    raise StoreUnreachable(store=self._shown, reason=self._reason(error)) from None
                has_lost = has_lost or is_lost
                time.sleep(_PAUSE)

    def _reason(self, error: Exception) -> str:
        told = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()
        reason = told[0].strip() if told else type(error).__name__
        password = self._url.password
        return reason.replace(str(password), "***") if password else reason


def _shown(url: URL) -> str:
    """Return a URL without what may be secret in it."""
    place = f"{url.host}:{url.port}" if url.port else url.host or ""
    return f"{url.drivername}://{place}/{url.database}"


def _is_in_the_way(error: Exception) -> bool:
    if not isinstance(error, OperationalError):
        return isinstance(error, PoolTimeout)
    return getattr(error.orig, "sqlstate", "") in _IN_THE_WAY or "database is locked" in str(error.orig)


def _checked(url: str) -> URL:
    try:
        checked = make_url(url)
    except (ArgumentError, ValueError):  # Their text may have the password in it.
        raise InvalidStore(reason="which it does not look like") from None
    if checked.drivername not in ("sqlite", "postgresql+psycopg"):
        raise InvalidStore(reason=f"not '{checked.drivername}'")
    if not checked.database or checked.database == ":memory:":
        raise InvalidStore(reason="with a path or a database in it; empty means in memory")
    return checked


def _engine(url: URL) -> Engine:
    is_file = url.get_backend_name() == "sqlite"
    # Transactions are begun and ended in so many words, because SQLite must take its lock when one begins.
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": PATIENCE} if is_file else _BOUNDS,
        pool_size=4,
        max_overflow=12,
        pool_timeout=PATIENCE,
        hide_parameters=True,
    )
    if is_file:
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    # Readers do not wait for the writer. A commit is safe from the process's death; from the machine's, the last may be
    # lost, never half.
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


_GET = text("SELECT record FROM heaven_records WHERE kind = :kind AND owner = :owner AND key = :key")
_OWNED = text("SELECT key, record FROM heaven_records WHERE kind = :kind AND owner = :owner")
_BEFORE = text(
    "SELECT record FROM heaven_records WHERE kind = :kind AND owner = :owner AND key <= :key ORDER BY key DESC LIMIT 1"
)
_AFTER = text(
    "SELECT record FROM heaven_records WHERE kind = :kind AND owner = :owner AND key > :key ORDER BY key LIMIT 1"
)
_EVERYTHING = text("SELECT kind, owner, key, record FROM heaven_records")
_PUT = text(
    "INSERT INTO heaven_records (kind, owner, key, record) VALUES (:kind, :owner, :key, :record) "
    "ON CONFLICT (kind, owner, key) DO UPDATE SET record = excluded.record"
)
_DELETE = text("DELETE FROM heaven_records WHERE kind = :kind AND owner = :owner AND key = :key")
_CLEAR = text("DELETE FROM heaven_records")
Place = tuple[str, str, str]
_SAFE = " .:/[]|@"


class SqlRecords(Records):
    """Of one transaction. What it has read it knows, and what it changes it writes all at once, in the end or when a
    question is about more than one record."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[Place, Any] = {}
        self._changed: set[Place] = set()

    def get(self, kind: str, owner: str, key: str) -> Any:
        place = kind, owner, key
        if place not in self._known:
            found = self._connection.execute(_GET, _names(place)).scalar_one_or_none()
            self._known[place] = None if found is None else _read(found, kind)
        return self._known[place]

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
        place = _names((kind, owner, key))
        found = [self._connection.execute(each, place).scalar_one_or_none() for each in (_BEFORE, _AFTER)]
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
        """Write what was changed."""
        there = [(place, self._known[place]) for place in sorted(self._changed)]
        put = [{**_names(place), "record": encode(record)} for place, record in there if record is not None]
        deleted = [_names(place) for place, record in there if record is None]
        if put:
            self._connection.execute(_PUT, put)
        if deleted:
            self._connection.execute(_DELETE, deleted)
        self._changed.clear()


def _names(place: Place) -> dict[str, str]:
    kind, owner, key = place
    return {"kind": kind, "owner": _quoted(owner), "key": _quoted(key)}


def _quoted(name: str) -> str:
    """Return a name as a column can have it: people's ids may hold what a database refuses, as a NUL."""
    return quote(name, safe=_SAFE, errors="surrogatepass")


def _unquoted(column: str) -> str:
    return unquote(column, errors="surrogatepass")


def _read(record: str, kind: str) -> Any:
    return decode(record, f"a record of kind '{kind}' in the store")
