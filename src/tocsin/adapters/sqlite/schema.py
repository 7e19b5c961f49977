"""The file: its tables, by versions, and how it is opened.

A file that is older is migrated when it is opened, one that is newer is refused: what an older program does not know of
it would break. https://www.sqlite.org/pragma.html (user_version, synchronous), https://www.sqlite.org/wal.html.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from tocsin.errors import Unreachable, UsageError

if TYPE_CHECKING:
    from pathlib import Path

# RETURNING and DROP COLUMN came with 3.35, json_each with every build since 3.38 (https://www.sqlite.org/changes.html).
_LEAST = (3, 38)
# How long a writer waits for another, in seconds.
PATIENCE_S = 30.0
_APPLICATION = 0x546F6373  # "Tocs", in the file's header

# One entry a version: the statements that lead to it from the one before.
MIGRATIONS = (
    """
    CREATE TABLE stories (
        no INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, gate INTEGER NOT NULL, opened_count INTEGER NOT NULL);
    CREATE TABLE incidents (
        id TEXT PRIMARY KEY, story INTEGER NOT NULL, ordinal INTEGER NOT NULL, opened INTEGER NOT NULL,
        first INTEGER NOT NULL, last INTEGER NOT NULL, headline TEXT NOT NULL, records INTEGER NOT NULL,
        deeds INTEGER NOT NULL, triggers INTEGER NOT NULL, routed TEXT NOT NULL, merged_into TEXT NOT NULL);
    CREATE INDEX incidents_near ON incidents (story, last) WHERE merged_into = '';
    CREATE INDEX incidents_opened ON incidents (opened, id);
    CREATE INDEX incidents_parts ON incidents (merged_into) WHERE merged_into <> '';
    CREATE TABLE deeds (
        incident TEXT NOT NULL, number INTEGER NOT NULL, deed TEXT NOT NULL, PRIMARY KEY (incident, number)
    ) WITHOUT ROWID;
    CREATE TABLE told (
        story INTEGER NOT NULL, identity TEXT NOT NULL, incident TEXT NOT NULL,
        PRIMARY KEY (story, identity, incident)) WITHOUT ROWID;
    CREATE TABLE triggers (
        incident TEXT NOT NULL, about TEXT NOT NULL, PRIMARY KEY (incident, about)) WITHOUT ROWID;
    CREATE TABLE events (story INTEGER NOT NULL, event TEXT NOT NULL, incident TEXT NOT NULL, body BLOB NOT NULL);
    CREATE UNIQUE INDEX events_known ON events (story, event);
    CREATE TABLE tellings (
        incident TEXT NOT NULL, channel TEXT NOT NULL, story INTEGER NOT NULL, told INTEGER NOT NULL,
        given_up INTEGER NOT NULL, due_at INTEGER, set_at INTEGER NOT NULL, lease TEXT NOT NULL,
        until INTEGER NOT NULL, count INTEGER NOT NULL, last INTEGER, next_at INTEGER NOT NULL, failing INTEGER,
        failures INTEGER NOT NULL, dead INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (incident, channel)
    ) WITHOUT ROWID;
    CREATE INDEX tellings_due ON tellings (channel, due_at) WHERE due_at IS NOT NULL;
    CREATE TABLE tries (
        no INTEGER PRIMARY KEY, incident TEXT NOT NULL, channel TEXT NOT NULL, after INTEGER NOT NULL,
        through INTEGER NOT NULL, at INTEGER NOT NULL, answer TEXT NOT NULL, detail TEXT NOT NULL,
        plain INTEGER NOT NULL);
    CREATE INDEX tries_of ON tries (incident);
    CREATE TABLE seen (
        no INTEGER PRIMARY KEY, incident TEXT NOT NULL, through INTEGER NOT NULL, at INTEGER NOT NULL,
        who TEXT NOT NULL);
    CREATE INDEX seen_of ON seen (incident);
    CREATE TABLE kept (name TEXT PRIMARY KEY, value TEXT NOT NULL)
    """,
    # When an incident was last written to, for what is purged; of those that are there now nobody knows it.
    """
    ALTER TABLE tellings DROP COLUMN until;
    ALTER TABLE incidents ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
    UPDATE incidents SET changed = CAST(strftime('%s', 'now') AS INTEGER) * 1000000;
    CREATE INDEX incidents_changed ON incidents (changed) WHERE merged_into = ''
    """,
    # For the budget of a channel.
    "CREATE INDEX tries_lately ON tries (channel, at)",
    # For the ceiling of what is expected.
    """
    CREATE TABLE expected (entry TEXT NOT NULL, at INTEGER NOT NULL, incident TEXT NOT NULL);
    CREATE INDEX expected_lately ON expected (entry, at);
    CREATE INDEX expected_of ON expected (incident)
    """,
    # By what a channel itself knows what it was told.
    "ALTER TABLE tellings ADD COLUMN thread TEXT NOT NULL DEFAULT ''",
)


def connect(path: Path) -> sqlite3.Connection:
    """A connection of its own for a thread.

    Raises:
        UsageError: it cannot be opened, or is no store.
        Unreachable: another process holds it.
    """
    try:
        path.touch(
            mode=0o600
        )  # it holds who did what to whom: its owner's alone; SQLite gives its other files the same
    except OSError as fault:
        raise UsageError(f"the store {path} cannot be written to: {fault.strerror or fault}", hint=_HINT) from fault
    try:
        connection = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error as fault:
        raise said(fault, path) from fault
    return connection


_HINT = "name a file that may be written, on a disk of this machine: store = PATH in the config"


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables, or bring them to this version.

    Raises:
        UsageError: it is no store of Tocsin's, a newer Tocsin wrote it, it cannot be written to, or SQLite is too old.
        Unreachable: another process holds it.
    """
    if sqlite3.sqlite_version_info < _LEAST:
        raise UsageError(
            f"SQLite {sqlite3.sqlite_version} is too old for the store", hint="a Python with SQLite 3.38 or later"
        )
    try:
        [[version], [application]] = (
            connection.execute(f"PRAGMA {name}").fetchone() for name in ("user_version", "application_id")
        )
        if version > len(MIGRATIONS):
            raise UsageError(
                f"the store {path} is of version {version}, and this Tocsin knows {len(MIGRATIONS)}",
                hint="a newer Tocsin wrote it: use that one, or name another file",
            )
        made = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if application != _APPLICATION and made:
            raise UsageError(f"{path} is a database of something else", hint="name another file: store = PATH")
        connection.execute("PRAGMA journal_mode = WAL")
        if version < len(MIGRATIONS):
            _migrate(connection)
    except sqlite3.Error as fault:
        raise said(fault, path) from fault


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]  # another process may have done it meanwhile
        for number in range(version, len(MIGRATIONS)):
            for statement in MIGRATIONS[number].split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def said(fault: sqlite3.Error, path: Path) -> Unreachable | UsageError:
    """What SQLite failed with, in words and with the way out."""
    text = str(fault)
    code = getattr(fault, "sqlite_errorname", "")
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Unreachable(f"the store {path} is held by another process", hint="it is tried again; see who holds it")
    if code.startswith("SQLITE_FULL"):
        return Unreachable(f"the disk of the store {path} is full", hint="make room: messages wait in their queue")
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return UsageError(f"the store {path} cannot be written to: {text}", hint=_HINT)
    if code.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return UsageError(f"the store {path} cannot be read: {text}", hint="bring it back from a copy, or name another")
    return Unreachable(f"the store {path} fails: {text}", hint="what it did not take comes again")
