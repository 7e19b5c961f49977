"""When news may go out: at once, after what else belongs to it, or not so soon after the last (rules 8 and 9)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tocsin.core.match.rules import Role

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from tocsin.core.delivery.telling import Telling
    from tocsin.core.incident.deed import Deed

# The first tellings of an incident go out at once; then the gap doubles from a minute to ten.
AT_ONCE_FIRST = 5
_SHORTEST_GAP = timedelta(minutes=1)
_LONGEST_GAP = timedelta(minutes=10)
# So long without news, and the pace begins anew.
QUIET = timedelta(minutes=10)
# So long waits what is urgent, once the first tellings are used up.
URGENT = timedelta(seconds=10)
# A channel's budget is counted over so long; past it so many rows go out as one message, so long after the last one.
BUDGET_WINDOW = timedelta(minutes=10)
DIGEST_GAP = timedelta(minutes=1)
MOST_IN_DIGEST = 1000
# What was set by a clock that is further ahead than this binds nobody (rule 10).
FAR_AHEAD = timedelta(minutes=1)


def gap(count: int) -> timedelta:
    """How long after so many tellings the next may follow."""
    if count < AT_ONCE_FIRST:
        return timedelta(0)
    return min(_SHORTEST_GAP * (1 << min(count - AT_ONCE_FIRST, 8)), _LONGEST_GAP)


def loud(news: Sequence[Deed], triggered: Collection[str]) -> list[Deed]:
    """The deeds that ring by themselves: a trigger swallows the preludes of its own subject, and no others.

    Args:
        news: deeds that were not told.
        triggered: about whom there is a trigger in the story, as `Deed.about`.
    """
    return [one for one in news if one.role is Role.TRIGGER or not one.about or one.about not in triggered]


def ready_at(row: Telling, ringing: Sequence[Deed], settle: timedelta, now: datetime) -> datetime:
    """From when deeds that ring may go out; now or before is at once.

    Args:
        row: the telling.
        ringing: the deeds, one at least.
        settle: how long a prelude waits for its trigger before it rings by itself.
        now: the time, by the clock of whoever looks.
    """
    first = min(one.came for one in ringing)
    at = now
    # Where one of them is a trigger, all of them go with it.
    if all(one.role is Role.PRELUDE for one in ringing) and first <= now + FAR_AHEAD:
        at = max(at, first + settle)
    if row.last is None or first - row.last >= QUIET or row.last > now + FAR_AHEAD:
        return at
    paced = row.next_at
    if any(one.urgent for one in ringing):
        paced = min(paced, row.last + (URGENT if row.count >= AT_ONCE_FIRST else timedelta(0)))
    return max(at, paced)
