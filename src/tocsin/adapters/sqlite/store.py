"""The store on SQLite. Several processes may share one file, each thread has a connection of its own.

Writers take turns (BEGIN IMMEDIATE); a reader never waits (https://www.sqlite.org/wal.html). A commit counts when it is
on the disk (synchronous=FULL).
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from tocsin.adapters.sqlite import codec
from tocsin.adapters.sqlite.codec import moment
from tocsin.adapters.sqlite.purge import take_out
from tocsin.adapters.sqlite.queries import (
    CHANGED,
    EXPECTED,
    HEADS,
    KNOWN,
    MARKS,
    OLD,
    PARTS,
    ROOT,
    SENT,
    TELLINGS,
    TOLD,
)
from tocsin.adapters.sqlite.schema import connect, prepare, said
from tocsin.adapters.sqlite.writing import write
from tocsin.core.delivery.exchange import Page, Tree
from tocsin.core.delivery.outcome import Answer, Seen
from tocsin.core.delivery.pace import FAR_AHEAD
from tocsin.core.delivery.telling import Telling, woken
from tocsin.core.incident.correlate import Story

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from tocsin.core.delivery.exchange import Commit
    from tocsin.core.delivery.outcome import Try
    from tocsin.core.incident.deed import Deed, StoryKey
    from tocsin.core.incident.incident import Incident


class SqliteStore:
    """Fits `flows.ports.Store`.

    Args:
        path: the file; it is made where it is not there.

    Raises:
        UsageError: it cannot be opened or written to, is no store, or a newer Tocsin wrote it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own = threading.local()
        self._open: list[sqlite3.Connection] = []
        prepare(self._db, path)

    @property
    def _db(self) -> sqlite3.Connection:
        held: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if held is None:
            held = self._own.connection = connect(self.path)
            self._open.append(held)
        return held

    def close(self) -> None:
        """Let the file go."""
        while self._open:
            self._open.pop().close()
        self._own = threading.local()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Several commits as one write; see `flows.ports.Store.turn`."""
        with self._told(), self._writing():
            yield

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as fault:
            raise said(fault, self.path) from fault

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction; within another one a part of it, which fails by itself."""
        begin, end, undo = ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
        if self._db.in_transaction:
            begin, end, undo = ("SAVEPOINT part", "RELEASE part", "ROLLBACK TO part")
        self._db.execute(begin)
        try:
            yield
            self._db.execute(end)
        except BaseException:
            if self._db.in_transaction:  # a full disk ends a transaction by itself
                self._db.execute(undo)
            raise

    def load(self, key: StoryKey, deeds: Sequence[Deed], since: datetime, until: datetime) -> Story:
        """What there is of a story, as far as some deeds may meet it."""
        with self._told():
            found = self._db.execute("SELECT no, gate, opened_count FROM stories WHERE key = ?", (str(key),)).fetchone()
            if found is None:
                return Story(key)
            story, version, opened = found
            rows = self._db.execute(
                f"{HEADS} WHERE story = ? AND merged_into = '' AND last >= ? AND first <= ? ORDER BY ordinal",
                (story, moment(since), moment(until)),
            )
            near = tuple(codec.incident_of(row, key) for row in rows)
            held = self._db.execute(KNOWN, (story, codec.texts(one.event_id for one in deeds))).fetchall()
            events = frozenset(event for [event] in held)
            told = self._db.execute(TOLD, (story, codec.texts(one.identity for one in deeds))).fetchall()
            holders: dict[str, frozenset[str]] = {}
            for identity, incident in told:
                holders[identity] = holders.get(identity, frozenset()) | {self._root(incident)}
            return Story(key, version, opened, near, events, holders)

    def _root(self, incident: str) -> str:
        return str(self._db.execute(ROOT, (incident,)).fetchone()[0])

    def commit(self, commit: Commit) -> bool:
        """Write all of a commit if nobody else wrote to the story since it was loaded; False if somebody did."""
        with self._told(), self._writing():
            story = self._gate(commit)
            if story is None:
                return False
            self._write(commit, story)
            return True

    def _gate(self, commit: Commit) -> int | None:
        """The story's number, its version raised; None where somebody else raised it."""
        change = commit.change
        key, version, opened = str(change.story.key), change.story.version, change.opened
        if version == 0:
            made = self._db.execute("INSERT OR IGNORE INTO stories VALUES (NULL, ?, 1, ?)", (key, opened))
            return made.lastrowid if made.rowcount else None
        raised = self._db.execute(
            "UPDATE stories SET gate = gate + 1, opened_count = ? WHERE key = ? AND gate = ? RETURNING no",
            (opened, key, version),
        ).fetchone()
        return None if raised is None else int(raised[0])

    def _write(self, commit: Commit, story: int) -> None:
        write(self._db, commit, story)
        change = commit.change
        for wake in change.wakes:
            for channel in wake.channels:
                row = self._row(wake.incident, channel) or Telling(wake.incident, channel, change.story.key)
                self._put(woken(row, commit.now, at_once=wake.at_once), story)

    def _row(self, incident: str, channel: str) -> Telling | None:
        found = self._db.execute(f"{TELLINGS} WHERE incident = ? AND channel = ?", (incident, channel)).fetchone()
        return None if found is None else codec.telling_of(found[:-1], codec.key_of(found[-1]))

    def _put(self, row: Telling, story: int) -> None:
        self._db.execute(
            f"INSERT OR REPLACE INTO tellings ({codec.TELLING}, story) VALUES ({MARKS}, ?)",
            (*codec.telling_row(row), story),
        )

    def due(self, channel: str, now: datetime, limit: int) -> Sequence[Telling]:
        """Tellings of a channel to be looked at, the longest due first."""
        return self._tellings(
            "channel = ? AND due_at IS NOT NULL AND (due_at <= ? OR set_at > ?) ORDER BY due_at, incident LIMIT ?",
            (channel, moment(now), moment(now + FAR_AHEAD), limit),
        )

    def _tellings(self, where: str, given: tuple[Any, ...]) -> list[Telling]:
        with self._told():
            rows = self._db.execute(f"{TELLINGS} WHERE {where}", given).fetchall()
        return [codec.telling_of(row[:-1], codec.key_of(row[-1])) for row in rows]

    def telling(self, incident: str, channel: str) -> Telling | None:
        """One row as it is now."""
        with self._told():
            return self._row(incident, channel)

    def mark(self, row: Telling, expected: int) -> bool:
        """Write one row if it still has the expected version, 0 for one that is not there; False if not."""
        with self._told(), self._writing():
            held = self._db.execute(
                "SELECT version FROM tellings WHERE incident = ? AND channel = ?", row.id
            ).fetchone()
            if (held[0] if held else 0) != expected:
                return False
            story = self._db.execute("SELECT no FROM stories WHERE key = ?", (str(row.key),)).fetchone()[0]
            self._put(row, story)
            return True

    def tried(self, one: Try) -> None:
        """Keep an attempt to tell."""
        with self._told(), self._writing():
            self._db.execute(f"INSERT INTO tries ({codec.TRY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", codec.try_row(one))

    def tree(self, incident: str) -> Tree:
        """The incident that goes on as one, with all that were merged into it."""
        with self._told():
            root = self._root(incident)
            key = self._db.execute(
                "SELECT key FROM stories JOIN incidents ON no = story WHERE id = ?", (root,)
            ).fetchone()[0]
            head = self._db.execute(f"{HEADS} WHERE id = ?", (root,)).fetchone()
            parts = self._db.execute(PARTS, (root,)).fetchall()
        story = codec.key_of(key)
        return Tree(codec.incident_of(head, story), tuple(codec.incident_of(part, story) for part in parts))

    def deeds(self, incident: str, after: int, through: int) -> Sequence[Deed]:
        """The deeds of an incident with the numbers after one and through another, in their order."""
        with self._told():
            rows = self._db.execute(
                "SELECT deed FROM deeds WHERE incident = ? AND number > ? AND number <= ? ORDER BY number",
                (incident, after, through),
            ).fetchall()
        return [codec.deed_of(text) for [text] in rows]

    def triggered(self, tree: Tree, about: Collection[str]) -> frozenset[str]:
        """About whom of some there is a trigger in an incident, its parts included."""
        with self._told():
            return frozenset(one for one in about if any(self._rings(head.id, one) for head in tree.heads))

    def _rings(self, incident: str, about: str) -> bool:
        found = self._db.execute("SELECT 1 FROM triggers WHERE incident = ? AND about = ?", (incident, about))
        return found.fetchone() is not None

    def sent(self, channel: str, since: datetime) -> Sequence[datetime]:
        """When a channel took a message since a time."""
        with self._told():
            rows = self._db.execute(SENT, (channel, moment(since), str(Answer.ACCEPTED))).fetchall()
        return [codec.time_of(at) for [at] in rows]

    def expected(self, entry: str, since: datetime, until: datetime, limit: int) -> Sequence[datetime]:
        """When deeds happened that were expected of an entry, in their order."""
        with self._told():
            rows = self._db.execute(EXPECTED, (entry, moment(since), moment(until), limit)).fetchall()
        return [codec.time_of(at) for [at] in rows]

    def changed(self, since: datetime) -> Sequence[Incident]:
        """The incidents that go on and were written to since a time."""
        with self._told():
            rows = self._db.execute(CHANGED, (moment(since),)).fetchall()
        return [codec.incident_of(row[:-1], codec.key_of(row[-1])) for row in rows]

    def purge(self, before: datetime, limit: int) -> int:
        """Take out incidents that nothing was written to since a time and that are told, with their parts."""
        with self._told(), self._writing():
            trees = (self.tree(one) for [one] in self._db.execute(OLD, (moment(before),)).fetchall())
            told = (tree for tree in trees if tree.is_told(row for one in tree.heads for row in self.tellings(one.id)))
            gone = list(islice(told, limit))
            take_out(self._db, gone)
            return len(gone)

    def list(self, since: datetime, cursor: str, limit: int) -> Page:
        """Incidents opened since a time, newest first."""
        opened, _, last = cursor.partition(" ")
        given = (moment(since), int(opened or 2**62), last, limit + 1)
        with self._told():
            rows = self._db.execute(
                f"SELECT {codec.INCIDENT}, key FROM incidents JOIN stories ON no = story "
                "WHERE opened >= ? AND (opened, id) < (?, ?) ORDER BY opened DESC, id DESC LIMIT ?",
                given,
            ).fetchall()
        found: list[Incident] = [codec.incident_of(row[:-1], codec.key_of(row[-1])) for row in rows[:limit]]
        more = f"{moment(found[-1].opened)} {found[-1].id}" if len(rows) > limit else ""
        return Page(tuple(found), more)

    def tellings(self, incident: str = "") -> Sequence[Telling]:
        """The rows of an incident, or of all."""
        return self._tellings("? IN ('', incident) ORDER BY incident, channel", (incident,))

    def tries(self, incident: str = "") -> Sequence[Try]:
        """The attempts to tell an incident, or any, in their order."""
        with self._told():
            rows = self._db.execute(f"SELECT {codec.TRY} FROM tries WHERE ? IN ('', incident) ORDER BY no", (incident,))
            return [codec.try_of(row) for row in rows.fetchall()]

    def seen(self, one: Seen) -> None:
        """Keep that somebody has seen an incident."""
        with self._told(), self._writing():
            row = (one.incident, one.through, moment(one.at), one.who)
            self._db.execute("INSERT INTO seen (incident, through, at, who) VALUES (?, ?, ?, ?)", row)

    def sightings(self, incident: str) -> Sequence[Seen]:
        """Who has seen an incident, in the order of time."""
        with self._told():
            rows = self._db.execute(
                "SELECT incident, through, at, who FROM seen WHERE incident = ? ORDER BY no", (incident,)
            ).fetchall()
        return [Seen(incident, through, codec.time_of(at), who) for incident, through, at, who in rows]

    def kept(self, name: str) -> str:
        """What is kept under a name, or ``""``."""
        with self._told():
            found = self._db.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else ""

    def keep(self, name: str, value: str) -> None:
        """Keep something under a name."""
        with self._told(), self._writing():
            self._db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, value))

    def find(self, incident: str) -> Tree | None:
        """The tree of an incident, or None where there is none of that id."""
        with self._told():
            there = self._db.execute("SELECT 1 FROM incidents WHERE id = ?", (incident,)).fetchone()
        return self.tree(incident) if there else None

    def bodies(self) -> Sequence[bytes]:
        """Every record, and every message that could not be read, as they were committed."""
        with self._told():
            rows = self._db.execute("SELECT body FROM events ORDER BY rowid").fetchall()
        return [codec.unpacked(body) for [body] in rows]
