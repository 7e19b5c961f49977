"""Deeds into incidents: which belong together, which are new, and which incidents turn out to be one.

The contract of telling (docs/concepts/telling.md) gives the rules their numbers. What is made of a set of deeds is the
same whatever their order, but for ids and numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from tocsin.core.incident.incident import Incident
from tocsin.core.match.rules import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

    from tocsin.core.incident.deed import Deed, StoryKey


@dataclass(frozen=True, slots=True)
class Story:
    """What a store has of one story, as far as some deeds may meet it.

    Attributes:
        key: which.
        version: raised by every commit; a change is written only against the version that it was made from (rule 1).
        opened: how many incidents it has had.
        near: the incidents that go on and lie within the window of the deeds.
        events: of the deeds' event ids, those that it has.
        told: of the deeds' identities, those that it has, each with the incidents that go on and have it.
    """

    key: StoryKey
    version: int = 0
    opened: int = 0
    near: tuple[Incident, ...] = ()
    events: frozenset[str] = frozenset()
    told: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A deed, with the incident that it was written to and its number there."""

    incident: str
    number: int
    deed: Deed


@dataclass(frozen=True, slots=True)
class Wake:
    """An incident whose channels have to be looked at, and whether at once: there is a trigger, or a merge."""

    incident: str
    channels: tuple[str, ...]
    at_once: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What some deeds make of a story: written together, or not at all.

    Attributes:
        story: what it was made from.
        opened: how many incidents the story has had then.
        incidents: the heads that are new or changed, merged ones too.
        deeds: the deeds that are new.
        events: the event ids that are new, with the incident each counts in (rule 7).
        wakes: whose channels have news.
    """

    story: Story
    opened: int
    incidents: tuple[Incident, ...]
    deeds: tuple[Numbered, ...]
    events: Mapping[str, str]
    wakes: tuple[Wake, ...]


def correlate(
    story: Story,
    deeds: Sequence[Deed],
    *,
    window: timedelta,
    hearers: Callable[[StoryKey, Deed], Sequence[str]],
    new_id: Callable[[], str],
) -> Change:
    """Put deeds of one story into it; those whose event it has are left out.

    Args:
        story: what the store has.
        deeds: of the story's key.
        window: the longest gap within one incident.
        hearers: gives who is to hear of a deed of a story.
        new_id: gives the id of an incident that a deed opens.
    """
    made = _Change(story, hearers, window, new_id)
    for deed in deeds:
        if deed.event_id not in story.events and deed.event_id not in made.events:
            made.add(deed)
    return made.finished()


def called(story: Story, incident: str, channel: str) -> Change:
    """One channel more that hears of an incident, of all that was before too; nothing where it does, or is no more.

    Args:
        story: what the store has, the incident among what is near.
        incident: its id.
        channel: who is called.
    """
    head = next((one for one in story.near if one.id == incident), None)
    if head is None or channel in head.routed:
        return Change(story, story.opened, (), (), {}, ())
    head = head._replace(routed=(*head.routed, channel))
    return Change(story, story.opened, (head,), (), {}, (Wake(head.id, (channel,), at_once=True),))


class _Change:
    """A change while it is made."""

    def __init__(
        self,
        story: Story,
        hearers: Callable[[StoryKey, Deed], Sequence[str]],
        window: timedelta,
        new_id: Callable[[], str],
    ) -> None:
        self._story, self._hearers, self._window, self._new_id = story, hearers, window, new_id
        self._heads = {one.id: one for one in story.near}
        self._opened = story.opened
        self._touched: dict[str, bool] = {}  # whether at once, by the incident
        self._changed: set[str] = set()
        self._told = {identity: set(of) for identity, of in story.told.items()}
        self._deeds: list[Numbered] = []
        self.events: dict[str, str] = {}

    def add(self, deed: Deed) -> None:
        near = [
            one
            for one in self._heads.values()
            if not one.merged_into and one.first - self._window <= deed.time <= one.last + self._window
        ]
        head = min(near, key=lambda one: one.ordinal) if near else self._open(deed)
        for other in near:
            if other.id != head.id:
                head = self._merge(other, head)
        self.events[deed.event_id] = head.id
        routed = _with(head.routed, self._hearers(self._story.key, deed))
        if head.deeds and routed != head.routed:
            self._wake(head.id, at_once=True)  # somebody hears of it from now on, and of all that was before
        holders = self._told.setdefault(deed.identity, set())
        new = not holders or holders.isdisjoint(self._parts(head.id))
        rings = new and deed.role is Role.TRIGGER
        self._put(
            head._replace(
                first=min(head.first, deed.time),
                last=max(head.last, deed.time),
                records=head.records + 1,
                routed=routed,
                deeds=head.deeds + new,
                triggers=head.triggers + rings,
                headline=min(head.headline, deed, key=_rank) if new else head.headline,
            )
        )
        if new:
            holders.add(head.id)
            self._deeds.append(Numbered(head.id, head.deeds + 1, deed))
            self._wake(head.id, at_once=rings or deed.urgent)

    def _parts(self, incident: str) -> set[str]:
        """An incident, and those that were merged into it here; the store gave those of before by their survivor."""
        parts, size = {incident}, 0
        while size < len(parts):
            size = len(parts)
            parts |= {one.id for one in self._heads.values() if one.merged_into in parts}
        return parts

    def _open(self, deed: Deed) -> Incident:
        self._opened += 1
        return Incident(
            self._new_id(), self._story.key, self._opened, deed.came, deed.time, deed.time, deed, records=0, deeds=0
        )

    def _merge(self, other: Incident, head: Incident) -> Incident:
        """One incident goes on as another; its deeds keep their numbers, and its rows what they told (rule 5)."""
        self._put(other._replace(merged_into=head.id))
        self._wake(head.id, at_once=True)
        return head._replace(
            first=min(head.first, other.first),
            last=max(head.last, other.last),
            routed=_with(head.routed, other.routed),
        )

    def _put(self, head: Incident) -> None:
        self._heads[head.id] = head
        self._changed.add(head.id)

    def _wake(self, incident: str, *, at_once: bool) -> None:
        self._touched[incident] = self._touched.get(incident, False) or at_once

    def finished(self) -> Change:
        # A head that was woken and then merged away: its rows have news of their own, which go out as the survivor's.
        wakes = (Wake(one, self._heads[one].routed, at_once) for one, at_once in self._touched.items())
        return Change(
            self._story,
            self._opened,
            tuple(self._heads[one] for one in self._heads if one in self._changed),
            tuple(self._deeds),
            self.events,
            tuple(wakes),
        )


_rank = attrgetter("rank")


def _with(held: tuple[str, ...], more: Sequence[str]) -> tuple[str, ...]:
    """Channels and others, each once, in the order in which they came (rule 6)."""
    return held if set(more) <= set(held) else tuple(dict.fromkeys((*held, *more)))
