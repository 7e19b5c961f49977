"""What the store asks of the file, as text."""

from __future__ import annotations

from tocsin.adapters.sqlite import codec

HEADS = f"SELECT {codec.INCIDENT} FROM incidents"
TELLINGS = f"SELECT {codec.TELLING}, key FROM tellings JOIN stories ON no = story"
MARKS = ", ".join("?" * 15)
# Of many at once, those that a story has: one statement, however many are asked for.
KNOWN = "SELECT event FROM events WHERE story = ? AND event IN (SELECT value FROM json_each(?))"
TOLD = "SELECT identity, incident FROM told WHERE story = ? AND identity IN (SELECT value FROM json_each(?))"
# An incident's survivor, whatever it was merged into, one after the other.
ROOT = """WITH RECURSIVE up (id, into_id) AS (
    SELECT id, merged_into FROM incidents WHERE id = ?
    UNION ALL SELECT i.id, i.merged_into FROM incidents i JOIN up ON i.id = up.into_id
) SELECT id FROM up WHERE into_id = ''"""
PARTS = f"""WITH RECURSIVE down (id) AS (
    SELECT id FROM incidents WHERE merged_into = ?
    UNION ALL SELECT i.id FROM incidents i JOIN down ON i.merged_into = down.id
) {HEADS} WHERE id IN (SELECT id FROM down) ORDER BY ordinal"""
CHANGED = (
    f"SELECT {codec.INCIDENT}, key FROM incidents JOIN stories ON no = story WHERE merged_into = '' AND changed >= ?"
)
SENT = "SELECT DISTINCT at FROM tries WHERE channel = ? AND at >= ? AND answer = ? ORDER BY at"
OLD = "SELECT id FROM incidents WHERE merged_into = '' AND changed < ? ORDER BY changed, id"
EXPECTED = "SELECT at FROM expected WHERE entry = ? AND at BETWEEN ? AND ? ORDER BY at LIMIT ?"
