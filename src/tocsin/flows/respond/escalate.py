"""Escalation: a channel more hears of an incident that reached nobody, or that nobody acknowledged."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tocsin.core.delivery.escalation import may_call, next_rung
from tocsin.core.incident.correlate import called
from tocsin.flows.respond.commit import write

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from tocsin.core.incident.incident import Incident
    from tocsin.core.routes import Escalation
    from tocsin.core.settings import Settings
    from tocsin.flows.ports import Store

# What nothing was written to for so long is left: whoever was called has it, or the config has no more to call.
_SHORTEST_LOOK = timedelta(days=1)


def escalate(store: Store, settings: Settings, now: Callable[[], datetime]) -> list[tuple[str, str]]:
    """Call whoever is to be called now, as the settings have it.

    Returns:
        the incidents, each with the channel that hears of it from now on.

    Raises:
        TocsinError: others write to one of the stories at every try; or the store cannot be reached.
    """
    ladder = settings.escalation
    if ladder is None:
        return []
    people = frozenset(one.name for one in settings.specs if one.people)
    look = max(_SHORTEST_LOOK, (ladder.after or timedelta(0)) * (len(ladder.channels) + 1))
    heads = [head for head in store.changed(now() - look) if may_call(ladder, head)]
    found = ((head, _next(store, ladder, head, people, now())) for head in heads)
    return [(head.id, channel) for head, channel in found if channel and _call(store, head, channel, now)]


def _next(store: Store, ladder: Escalation, head: Incident, people: Collection[str], now: datetime) -> str:
    tree = store.tree(head.id)
    rows = [row for one in tree.heads for row in store.tellings(one.id)]
    tries = [each for one in tree.heads for each in store.tries(one.id)]
    seen = store.sightings(head.id)
    return next_rung(ladder, tree, rows, tries=tries, seen=seen, people=people, now=now)


def _call(store: Store, head: Incident, channel: str, now: Callable[[], datetime]) -> bool:
    """Let a channel hear of an incident; False where it was merged, or another worker was first."""
    change = write(store, lambda: called(store.load(head.key, (), head.first, head.last), head.id, channel), {}, now)
    return bool(change.incidents)
