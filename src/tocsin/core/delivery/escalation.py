"""Who is called next, when nobody is reached or nobody has acknowledged.

All of it follows from what the store has: the rows, the tries and the sightings. So any worker finds the same, and one
that dies forgets nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.delivery.outcome import Answer
from tocsin.core.delivery.telling import State
from tocsin.core.match.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tocsin.core.delivery.exchange import Tree
    from tocsin.core.delivery.outcome import Seen, Try
    from tocsin.core.delivery.telling import Telling
    from tocsin.core.incident.incident import Incident
    from tocsin.core.routes import Escalation

# So often a channel may fail before another one is called.
FAILURES = 3


def may_call(ladder: Escalation, head: Incident) -> bool:
    """Whether anybody is left to be called of an incident that is as bad as that."""
    return head.severity >= Severity[ladder.severity.upper()] and not set(ladder.channels) <= set(head.routed)


def next_rung(
    ladder: Escalation,
    tree: Tree,
    rows: Sequence[Telling],
    *,
    tries: Sequence[Try],
    seen: Sequence[Seen],
    now: datetime,
) -> str:
    """The channel that is to be called now beside those that hear already; ``""`` if none is.

    Args:
        ladder: the channels, in their order, and when the next one is called.
        tree: the incident.
        rows: its tellings, those of its parts too.
        tries: every attempt to tell it, likewise.
        seen: who has acknowledged it, and through which deed.
        now: the time.
    """
    head = tree.root
    acknowledged = max((one.through for one in seen), default=0)
    if not may_call(ladder, head) or acknowledged >= head.deeds:
        return ""
    left = [one for one in ladder.channels if one not in head.routed]
    # Whoever was called last is given the time to hear before another one is.
    last = next((one for one in reversed(ladder.channels) if one in head.routed), "")
    failing = {row.channel for row in rows if row.failures >= FAILURES or row.state is State.DEAD}
    accepted = [one for one in tries if one.answer is Answer.ACCEPTED]
    told = max((one.through for one in accepted if one.incident == head.id), default=0)
    if last in failing or (told < head.deeds and failing and not last):
        return left[0]
    # What was acknowledged runs no longer: the time counts from the first telling of what came after.
    since = [
        one.at
        for one in accepted
        if last in ("", one.channel) and (one.incident != head.id or one.through > acknowledged)
    ]
    return left[0] if ladder.after is not None and since and now - min(since) >= ladder.after else ""
