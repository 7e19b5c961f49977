"""Acknowledging: that somebody has seen an incident, said here or in a channel, and passed on to the others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tocsin.core.delivery.outcome import Answer, Outcome, Seen
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from tocsin.core.delivery.exchange import Tree
    from tocsin.core.delivery.outcome import Nod
    from tocsin.flows.ports import Answering, Store

# So long somebody is asked for, and of so many incidents at once: a far side counts how often it is asked.
_LOOK, _MOST = timedelta(days=1), 10


def acknowledge(store: Store, tree: Tree, through: int | None, who: str, now: datetime) -> Seen:
    """Keep that somebody has seen an incident, as far as it was told (rule 12).

    Args:
        store: where.
        tree: the incident.
        through: through which deed; None is all that anybody was told.
        who: who says so.
        now: when.

    Raises:
        UsageError: nobody was told of it, or not so far.
    """
    told = max((row.told for row in store.tellings(tree.root.id)), default=0)
    if not told:
        raise UsageError(f"nobody was told of {tree.root.id} yet", hint=f"tocsin incidents show {tree.root.id}")
    if through and through > told:
        raise UsageError(f"{tree.root.id} is told through {told}, not {through}", hint="leave --through out")
    seen = Seen(tree.root.id, through or told, now, who)
    store.seen(seen)
    return seen


def pass_on(store: Store, channels: Iterable[Answering], seen: Seen, heard_by: str = "") -> dict[str, Outcome]:
    """Let the channels that heard of an incident know that somebody has seen all of it.

    Args:
        store: where the incident is.
        channels: those that want to know.
        seen: who, and how far; of what is not seen whole nobody is told.
        heard_by: the channel that said so.

    Returns:
        what each of them answered, by its name.
    """
    tree = store.tree(seen.incident)
    if seen.through < tree.root.deeds:
        return {}
    found = {}
    for channel in channels:
        row = store.telling(tree.root.id, channel.name)
        if row is not None and row.told and channel.name != heard_by:
            found[channel.name] = channel.acknowledged(tree.root.id, row.thread, seen.who)
    return found


def listen(
    store: Store, channels: Mapping[str, Answering], now: Callable[[], datetime]
) -> list[tuple[Seen, dict[str, Outcome]]]:
    """Ask the channels who has acknowledged what nobody has yet, the newest incidents first.

    Returns:
        each acknowledgement that is new, with what the other channels made of it.
    """
    heads = sorted(store.changed(now() - _LOOK), key=lambda one: one.opened, reverse=True)
    found, asked = [], 0
    for head in heads:
        before = max((one.through for one in store.sightings(head.id)), default=0)
        if before >= head.deeds:
            continue
        rows = {name: store.telling(head.id, name) for name in channels}
        told = {name: row for name, row in rows.items() if row is not None and row.told > before}
        if not told:
            continue
        asked += 1
        if asked > _MOST:
            break
        for name, row in told.items():
            nods = channels[name].heard(head.id, row.thread)
            new = {one.who: through for one in nods if (through := _through(store, one, head.id, name)) > before}
            if new:
                who, through = max(new.items(), key=lambda one: one[1])
                seen = Seen(head.id, min(through, row.told), now(), who)
                store.seen(seen)
                found.append((seen, pass_on(store, channels.values(), seen, name)))
                break
    return found


def _through(store: Store, nod: Nod, incident: str, channel: str) -> int:
    """Through which deed somebody has seen an incident: what the channel says, or what it was told by then."""
    if nod.at is None:
        return nod.through
    took = (one for one in store.tries(incident) if one.channel == channel and one.answer is Answer.ACCEPTED)
    return max((one.through for one in took if one.at <= nod.at), default=0)
