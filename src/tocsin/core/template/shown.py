"""A change set as a person reads it: by what is recorded, what rings, who hears and what is kept.

The groups come from the one list of links, so that a new resource of the template cannot be left out of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from tocsin.core.template.changes import Action
from tocsin.core.template.links import link_of
from tocsin.core.template.subscribers import Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tocsin.core.template.changes import Change, ChangeSet
    from tocsin.core.template.links import Link
    from tocsin.core.template.subscribers import Subscriber

GROUPS = {
    "what is recorded": ("trail", "log"),
    "what rings": ("wire-rule", "feed-rule"),
    "who hears": ("topic", "topic-policy", "topic-key", "subscription"),
    "who hears of trouble": ("alarms", "alarm-topic", "alarm-subscription"),
    "what is kept": ("queue", "queue-policy", "dead-letters"),
    "what the drill reads": ("observer",),
}
_OTHERS = "the rest"
_LEAVES = (Action.DELETE, Action.KEEP)


@dataclass(frozen=True, slots=True)
class Line:
    """What happens to the resources of one link.

    Attributes:
        group: one of `GROUPS`.
        action: what happens to them.
        says: what the link does, or what breaks without it where it leaves.
        changes: theirs.
    """

    group: str
    action: Action
    says: str
    changes: tuple[Change, ...]

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.changes)


def lines(changes: ChangeSet) -> list[Line]:
    """The lines of a change set, in the order of the groups and of the links."""
    order = [link for links in GROUPS.values() for link in links]

    def place(change: Change) -> tuple[int, str, str]:
        link = link_of(change.logical_id)
        return (order.index(link.id) if link and link.id in order else len(order), str(change.action), _of(change))

    found = []
    for (_, action, link_id), several in groupby(sorted(changes.changes, key=place), key=place):
        same = tuple(several)
        link = link_of(same[0].logical_id)
        group = next((name for name, links in GROUPS.items() if link_id in links), _OTHERS)
        found.append(Line(group, Action(action), _says(link, Action(action)), same))
    return found


def _says(link: Link | None, action: Action) -> str:
    if link is None:
        return ""
    if action in _LEAVES:
        return f"without it {link.broken}"
    return link.made if link.made and action is Action.CREATE else link.says


def _of(change: Change) -> str:
    link = link_of(change.logical_id)
    return link.id if link else ""


def text(changes: ChangeSet, *, every: bool = False) -> list[str]:
    """A change set in lines for a person: a line a link; below it what stands, or with ``every`` all of it."""
    if not changes.changes:
        return [f"no changes: {changes.stack} is as the template says"]
    said: list[str] = []
    for group, several in groupby(lines(changes), key=lambda line: line.group):
        said.append(group)
        for line in several:
            count = f" ({line.count} resources)" if line.count > 1 else ""
            said.append(f"  {line.action:<7}  {line.says or line.changes[0].logical_id}{count}")
            shown = line.changes if every or line.action is not Action.CREATE else ()
            said += [f"             {one.logical_id}{one.why and f': {one.why}'}" for one in shown]
    return said


def to_confirm(changes: ChangeSet, subscribers: Iterable[Subscriber]) -> Sequence[Subscriber]:
    """The subscribers that the change set makes, each of whom has to confirm first; a phone need not."""
    made = {change.logical_id for change in changes.changes if change.action in (Action.CREATE, Action.REPLACE)}
    return [one for one in subscribers if one.logical_id in made and one.protocol is not Protocol.SMS]
