"""The file of the SQLite store: its versions, who holds it, and what a full or read-only disk means."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from builders import NOW, WINDOW, deeds_of, entry
from tocsin.adapters.sqlite import schema
from tocsin.adapters.sqlite.codec import deed_text
from tocsin.adapters.sqlite.store import SqliteStore
from tocsin.core.delivery.exchange import Commit
from tocsin.core.delivery.telling import State
from tocsin.core.incident.correlate import Story, correlate
from tocsin.errors import Unreachable, UsageError

DEEDS, KEY = deeds_of([entry()])


def commit_of(deeds=DEEDS, story=None, body=b"b", name="inc-1"):
    change = correlate(story or Story(KEY), deeds, window=WINDOW, hearers=lambda *_: ("ops",), new_id=lambda: name)
    return Commit(change, {one.event_id: body for one in deeds}, NOW)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


def test_what_was_committed_is_there_when_it_is_opened_again(path):
    first = SqliteStore(path)
    assert first.commit(commit_of())
    first.close()
    again = SqliteStore(path)
    assert list(again.deeds("inc-1", 0, 9)) == DEEDS
    assert [row.channel for row in again.due("ops", NOW, 9)] == ["ops"]
    assert list(again.bodies()) == [b"b"]


def test_the_file_is_its_owners_alone(path):
    store = SqliteStore(path)
    store.commit(commit_of())
    assert {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {0o600}


def test_every_commit_is_on_the_disk_before_it_counts(path):
    store = SqliteStore(path)
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_a_file_of_an_older_version_is_migrated_and_keeps_what_it_has(path, monkeypatch):
    SqliteStore(path).commit(commit_of())
    version = len(schema.MIGRATIONS)
    later = (*schema.MIGRATIONS, "ALTER TABLE incidents ADD COLUMN note TEXT NOT NULL DEFAULT ''")
    monkeypatch.setattr(schema, "MIGRATIONS", later)
    store = SqliteStore(path)
    assert list(store.deeds("inc-1", 0, 9)) == DEEDS
    assert store._db.execute("PRAGMA user_version").fetchone() == (version + 1,)


def test_a_file_of_every_version_that_there_was_is_migrated(path, monkeypatch):
    """The first version, with a row as it was written then."""
    monkeypatch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
    schema.prepare(schema.connect(path), path)
    monkeypatch.undo()
    old = sqlite3.connect(path)
    old.execute("INSERT INTO stories VALUES (1, 'a' || char(10) || 'b' || char(10) || 'c', 1, 1)")
    old.execute("INSERT INTO tellings VALUES ('inc-1', 'ops', 1, 3, 0, NULL, 0, '', 0, 1, NULL, 0, NULL, 0, 0, 7)")
    old.execute(
        f"INSERT INTO incidents VALUES ('inc-1', 1, 1, 0, 0, 0, '{deed_text(DEEDS[0])}', 1, 3, 3, '[\"ops\"]', '')"
    )
    old.commit()
    old.close()
    store = SqliteStore(path)
    row = store.telling("inc-1", "ops")
    assert (row.told, row.version, row.state) == (3, 7, State.TOLD)
    assert store.purge(datetime.now(UTC) - timedelta(days=1), 9) == 0  # when it was written to, nobody knows
    assert store.purge(datetime.now(UTC) + timedelta(days=1), 9) == 1


def test_a_sqlite_that_is_too_old_is_said_before_anything_is_made(path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(UsageError, match="is too old for the store"):
        SqliteStore(path)


def test_a_migration_that_fails_leaves_the_file_as_it_was(path, monkeypatch):
    SqliteStore(path).commit(commit_of())
    broken = (*schema.MIGRATIONS, "ALTER TABLE incidents ADD COLUMN note TEXT; ALTER TABLE nowhere ADD COLUMN x TEXT")
    monkeypatch.setattr(schema, "MIGRATIONS", broken)
    with pytest.raises(Unreachable):
        SqliteStore(path)
    monkeypatch.undo()
    store = SqliteStore(path)
    assert (list(store.deeds("inc-1", 0, 9)), store._db.execute("PRAGMA user_version").fetchone()) == (
        DEEDS,
        (len(schema.MIGRATIONS),),
    )


def test_a_file_of_a_newer_version_is_refused_with_the_way_out(path):
    SqliteStore(path).close()
    sqlite3.connect(path).execute("PRAGMA user_version = 99").close()
    with pytest.raises(UsageError, match=f"is of version 99, and this Tocsin knows {len(schema.MIGRATIONS)}") as fault:
        SqliteStore(path)
    assert "a newer Tocsin wrote it" in fault.value.hint


def test_a_database_of_something_else_is_left_alone(path):
    sqlite3.connect(path).execute("CREATE TABLE theirs (x)").connection.close()
    with pytest.raises(UsageError, match="is a database of something else"):
        SqliteStore(path)


def test_a_file_that_is_no_database_is_refused(path):
    path.write_bytes(b"hello " * 1000)
    with pytest.raises(UsageError, match="cannot be read"):
        SqliteStore(path)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be written to"):
        SqliteStore(tmp_path / "nowhere" / "store.db")


def test_a_read_only_file_is_refused_before_anything_starts(path):
    SqliteStore(path).close()
    held = f"file:{path}?mode=ro"
    fault = schema.said(_failed(sqlite3.connect(held, uri=True), "CREATE TABLE x (y)"), path)
    assert isinstance(fault, UsageError)
    assert "cannot be written to" in fault.message


def _failed(connection, statement):
    with pytest.raises(sqlite3.Error) as fault:
        connection.execute(statement)
    return fault.value


def test_a_full_disk_fails_the_turn_and_keeps_what_was(path):
    store = SqliteStore(path)
    assert store.commit(commit_of())
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    deeds, _ = deeds_of([entry(eventID="other", requestParameters={"userName": "carol"})])
    story = store.load(KEY, deeds, NOW - timedelta(days=9), NOW + timedelta(days=9))
    with pytest.raises(Unreachable, match=r"the disk of the store .* is full"), store.turn():
        store.commit(commit_of(deeds, story, bytes(range(256)) * 4000))
    store._db.execute("PRAGMA max_page_count = 1000000")
    assert store.load(KEY, deeds, NOW - timedelta(days=9), NOW + timedelta(days=9)) == story
    assert store.commit(commit_of(deeds, story))


HOLDS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
"""


def test_a_store_that_another_process_holds_is_waited_for(path, monkeypatch):
    monkeypatch.setattr(schema, "PATIENCE_S", 0.2)
    store = SqliteStore(path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Unreachable, match="is held by another process"):
            store.commit(commit_of())
        assert store.load(KEY, DEEDS, NOW, NOW) == Story(KEY, told={})  # a reader never waits
        other.communicate("\n")
    assert store.commit(commit_of())


def test_a_turn_that_fails_leaves_nothing_and_a_part_of_it_fails_by_itself(path):
    store = SqliteStore(path)
    with suppress(ZeroDivisionError), store.turn():
        assert store.commit(commit_of())
        raise ZeroDivisionError
    assert store.load(KEY, DEEDS, NOW, NOW) == Story(KEY, told={})
    others, other = deeds_of([entry(recipientAccountId="999999999999", eventID="o")])
    twice = commit_of()
    with store.turn():
        assert store.commit(commit_of(others, Story(other), name="inc-2"))
        assert store.commit(twice)
        assert store.commit(twice) is False
    assert len(store.bodies()) == 2
