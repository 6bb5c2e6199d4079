"""The format of a server's file: which ones can be opened, its tables, and how a file of an older format is migrated."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from cloudshell_local.errors import LocalError
from cloudshell_local.storage import executions
from cloudshell_local.storage.sandboxes import KIND, PUT_PART, SANDBOX_PARTS, rows_of

# Fields of records may be added with a default. When one is renamed, removed or stored elsewhere, this number grows, files
# of the old format are migrated when they are opened, and tests/cloudshell_local/fixtures gets a folder of it.
# 1: version 1.0.0. 2: the parts of a sandbox have rows of their own.
VERSION = 2


def require_format(connection: sqlite3.Connection, file: Path) -> int:
    """Return the format of a file, 0 for a new one; raise LocalError for one that this server cannot open.

    Nothing is written to the file.
    """
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        raise LocalError(f"{file} cannot be read as the records of a server: {error}") from None
    if 1 <= version <= VERSION or (version == 0 and not tables):
        return int(version)
    if version == 0:
        raise LocalError(f"{file} is a database of something else, not the records of a server; choose another folder")
    raise LocalError(f"{file} was written by another version of this server (format {version}, not {VERSION})")


def create_tables(connection: sqlite3.Connection, found: int) -> None:
    """Create the tables that are missing, and migrate the records of an older format, inside of one transaction.

    found: the format of the file, 0 for a new one.
    """
    connection.execute("CREATE TABLE IF NOT EXISTS records (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key))")
    connection.execute("CREATE TABLE IF NOT EXISTS feed (sandbox TEXT, time TEXT, text TEXT)")
    connection.execute("CREATE INDEX IF NOT EXISTS feed_of ON feed (sandbox)")
    connection.execute(SANDBOX_PARTS)
    connection.execute(executions.TABLE)
    if found == 1:
        _migrate_sandboxes(connection)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _migrate_sandboxes(connection: sqlite3.Connection) -> None:
    """Give the parts of each sandbox rows of their own, from format 1 to 2."""
    for key, body in connection.execute("SELECT key, body FROM records WHERE kind = ?", (KIND,)).fetchall():
        record = json.loads(body)
        for field, part, value in rows_of(record):
            connection.execute(PUT_PART, (key, field, part, json.dumps(value)))
        connection.execute("UPDATE records SET body = ? WHERE kind = ? AND key = ?", (json.dumps(record), KIND, key))
