"""What a commit adds to the file, but for the rows of its channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.adapters.sqlite import codec
from tocsin.adapters.sqlite.codec import moment
from tocsin.core.match.rules import Role

if TYPE_CHECKING:
    import sqlite3

    from tocsin.core.delivery.exchange import Commit


def write(db: sqlite3.Connection, commit: Commit, story: int) -> None:
    """Write heads, deeds, what is known by them, and the ids of events with their bodies.

    Args:
        db: within a transaction.
        commit: what to write.
        story: the story's number.
    """
    change = commit.change
    heads = [(*codec.incident_row(head), story, moment(commit.now)) for head in change.incidents]
    db.executemany(
        f"INSERT OR REPLACE INTO incidents ({codec.INCIDENT}, story, changed) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", heads
    )
    new = change.deeds
    db.executemany(
        "INSERT INTO deeds VALUES (?, ?, ?)", [(one.incident, one.number, codec.deed_text(one.deed)) for one in new]
    )
    db.executemany("INSERT INTO told VALUES (?, ?, ?)", [(story, one.deed.identity, one.incident) for one in new])
    ringing = [(one.incident, one.deed.about) for one in new if one.deed.role is Role.TRIGGER]
    db.executemany("INSERT OR IGNORE INTO triggers VALUES (?, ?)", ringing)
    expected = [(one.deed.expected, moment(one.deed.time), one.incident) for one in new if one.deed.expected]
    db.executemany("INSERT INTO expected VALUES (?, ?, ?)", expected)
    events = [
        (story, event, incident, codec.packed(commit.bodies.get(event, b"")))
        for event, incident in change.events.items()
    ]
    db.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", events)
