"""Taking whole incidents out of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.adapters.sqlite.codec import texts

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from tocsin.core.delivery.exchange import Tree

_GONE, _STORIES = "(SELECT value FROM json_each(:gone))", "(SELECT value FROM json_each(:stories))"
# Event ids and identities are found by their story: an index by incident would cost every commit what it saves here.
_STATEMENTS = (
    *(
        f"DELETE FROM {table} WHERE incident IN {_GONE}"
        for table in ("deeds", "triggers", "tellings", "tries", "seen", "expected")
    ),
    *(
        f"DELETE FROM {table} WHERE story IN (SELECT no FROM stories WHERE key IN {_STORIES}) AND incident IN {_GONE}"
        for table in ("told", "events")
    ),
    f"DELETE FROM incidents WHERE id IN {_GONE}",
    f"DELETE FROM stories WHERE key IN {_STORIES} AND no NOT IN (SELECT story FROM incidents WHERE merged_into = '')",
)


def take_out(db: sqlite3.Connection, trees: Sequence[Tree]) -> None:
    """Take incidents out, with their parts and all that hangs on them; a story without any goes with its last one."""
    given = {
        "gone": texts(head.id for tree in trees for head in tree.heads),
        "stories": texts(str(tree.root.key) for tree in trees),
    }
    for statement in _STATEMENTS:
        db.execute(statement, given)
