"""Keeping the store small: what is old and told goes, and what is owed to a channel that is no more is given up."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tocsin.core.delivery.telling import given_up
from tocsin.errors import TocsinError
from tocsin.flows.respond.commit import MOST_TURNS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from tocsin.core.delivery.telling import Telling
    from tocsin.core.settings import Settings
    from tocsin.flows.ports import Store

# So many incidents at once, so that nobody else waits long for the store.
AT_ONCE = 100


def purge(store: Store, settings: Settings, now: datetime) -> int:
    """Take out what nothing was written to for as long as the settings keep it; nothing that is untold.

    Returns:
        how many incidents, `AT_ONCE` at most: then there may be more.
    """
    return store.purge(now - timedelta(days=settings.keep_days), AT_ONCE) if settings.keep_days else 0


def owed(store: Store, named: Collection[str]) -> dict[str, int]:
    """How many incidents each channel that nobody names any more was not told of."""
    counts: dict[str, int] = {}
    for row in store.tellings():
        if row.channel not in named and not row.rests:
            counts[row.channel] = counts.get(row.channel, 0) + 1
    return counts


def forget(store: Store, channel: str, now: Callable[[], datetime]) -> int:
    """Give up what a channel was not told of; gives how many incidents that was.

    Raises:
        TocsinError: others mark the same rows at every try; or the store cannot be reached.
    """
    rows = [row for row in store.tellings() if row.channel == channel and not row.rests]
    return sum(_forgotten(store, row, now) for row in rows)


def _forgotten(store: Store, row: Telling, now: Callable[[], datetime]) -> bool:
    for _ in range(MOST_TURNS):
        held = store.telling(*row.id) or row
        if held.rests:
            return False
        through = store.tree(row.incident).head(row.incident).deeds
        if store.mark(given_up(held, through, now(), news=False), held.version):
            return True
    raise TocsinError(f"the store refused {MOST_TURNS} marks of one telling in a row")
