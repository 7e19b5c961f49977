"""Deeds into the store: what they make of their story is written as one, and made anew where another was first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.delivery.exchange import Commit
from tocsin.core.incident.correlate import Change, correlate
from tocsin.errors import TocsinError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from tocsin.core.incident.deed import Deed, StoryKey
    from tocsin.core.incident.hearers import Hearers
    from tocsin.flows.ports import Store

# Two workers that commit to one story take turns; more than so many lost turns is a store that is broken.
MOST_TURNS = 50


def commit(
    store: Store,
    key: StoryKey,
    deeds: Sequence[Deed],
    bodies: Mapping[str, Callable[[], bytes]],
    *,
    hearers: Hearers,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> Change:
    """Put deeds into their story.

    Args:
        store: where it is kept.
        key: whose story it is.
        deeds: of that key.
        bodies: by the id of each deed's event, what gives the bytes that are to be kept.
        hearers: who hears of it, and the window, by the settings.
        now: gives the time, in UTC.
        new_id: gives a fresh incident id.

    Returns:
        what they made of it; what the story had already changes nothing.

    Raises:
        TocsinError: others committed to it at every try; or the store cannot be reached.
    """
    window = hearers.settings.window
    since = min(deed.time for deed in deeds) - window
    until = max(deed.time for deed in deeds) + window

    def made() -> Change:
        story = store.load(key, deeds, since, until)
        return correlate(story, deeds, window=window, hearers=hearers.of, new_id=new_id)

    return write(store, made, bodies, now)


def write(
    store: Store, made: Callable[[], Change], bodies: Mapping[str, Callable[[], bytes]], now: Callable[[], datetime]
) -> Change:
    """Write a change; where another was first, it is made anew.

    Args:
        store: where to.
        made: makes it from what the store has then; one that changes nothing is not written.
        bodies: by the id of each event that may be new, what gives the bytes that are to be kept.
        now: gives the time, in UTC.

    Returns:
        the change as it was written.

    Raises:
        TocsinError: others wrote to the story at every try; or the store cannot be reached.
    """
    for _ in range(MOST_TURNS):
        change = made()
        if not change.incidents:
            return change
        if store.commit(Commit(change, {event: bodies[event]() for event in change.events}, now())):
            return change
    raise TocsinError(
        f"the store refused {MOST_TURNS} commits to one story in a row",
        hint="more workers write to one story than it can take; the message will come again",
    )
