"""Who is called next, when nobody is reached or nobody has acknowledged.

All of it follows from what the store has: the rows, the tries and the sightings. So any worker finds the same, and one
that dies forgets nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tocsin.core.delivery.outcome import Answer
from tocsin.core.delivery.telling import State
from tocsin.core.match.rules import Severity
from tocsin.core.text import join

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from tocsin.core.delivery.exchange import Tree
    from tocsin.core.delivery.outcome import Seen, Try
    from tocsin.core.delivery.telling import Telling
    from tocsin.core.incident.incident import Incident
    from tocsin.core.routes import Escalation

# So often a channel may fail before another one is called.
FAILURES = 3
_LONG = timedelta(minutes=1)


def may_call(ladder: Escalation, head: Incident) -> bool:
    """Whether anybody is left to be called of an incident that is as bad as that."""
    return head.severity >= Severity[ladder.severity.upper()] and not set(ladder.channels) <= set(head.routed)


def _fails(row: Telling) -> bool:
    """Whether a channel failed as often as that, is given up, or asked to be left alone for longer."""
    alone = row.failures > 0 and not row.lease and row.due_at is not None and row.due_at - row.set_at > _LONG
    return row.failures >= FAILURES or row.state is State.DEAD or alone


def why_called(channel: str, tries: Sequence[Try]) -> str:
    """Why a channel hears that is called by escalation alone, in words: what the others answered until then.

    Args:
        channel: its name.
        tries: every attempt to tell the incident.
    """
    others = [one for one in tries if one.channel != channel]
    reached = sorted({one.channel for one in others if one.answer is Answer.ACCEPTED})
    failed = sorted({one.channel for one in others} - {*reached})
    if reached:
        return f"you are called since nobody has acknowledged it, though {join(reached)} had it"
    if failed:
        return f"you are called since {join(failed)} did not take it"
    return ""


def next_rung(
    ladder: Escalation,
    tree: Tree,
    rows: Sequence[Telling],
    *,
    tries: Sequence[Try],
    seen: Sequence[Seen],
    people: Collection[str],
    now: datetime,
) -> str:
    """The channel that is to be called now beside those that hear already; ``""`` if none is.

    Args:
        ladder: the channels, in their order, and when the next one is called.
        tree: the incident.
        rows: its tellings, those of its parts too.
        tries: every attempt to tell it, likewise.
        seen: who has acknowledged it, and through which deed.
        people: the channels that people read: that a log took it reaches nobody, unless nobody else hears.
        now: the time.
    """
    head = tree.root
    acknowledged = max((one.through for one in seen), default=0)
    if not may_call(ladder, head) or acknowledged >= head.deeds:
        return ""
    if heard := {*head.routed} & {*people, *ladder.channels}:
        rows = [one for one in rows if one.channel in heard]
        tries = [one for one in tries if one.channel in heard]
    left = [one for one in ladder.channels if one not in head.routed]
    # Whoever was called last is given the time to hear before another one is.
    last = next((one for one in reversed(ladder.channels) if one in head.routed), "")
    failing = {row.channel for row in rows if _fails(row)}
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
