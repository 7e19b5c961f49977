"""Records into stories: which deeds belong together, and when a story has earned a telling.

Deeds of one key whose gap in event time is at most the window are one story. A story is kept as the span of its
members, and a late deed that lies within the window of two spans merges them; so members, subjects, headline and
severity are the same whatever the order in which records come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tocsin.core.incident.incident import MOST_PRELUDES, Deed, Incident, Status, StoryKey, Victims
from tocsin.core.match.rules import Role
from tocsin.core.record.result import Result

if TYPE_CHECKING:
    from datetime import datetime

    from tocsin.core.record.actor import Actor

# A mass is told again when it grows tenfold.
MAGNITUDES = (1, 10, 100, 1000)
# However long an operation goes on, it is told again at least so often while it grows.
LONGEST_GATHERING = timedelta(hours=1)
MOST_DOUBLINGS = 12


@dataclass(frozen=True, slots=True)
class Story:
    """The incidents of one key, in the order in which they were opened."""

    key: StoryKey
    incidents: tuple[Incident, ...] = ()

    def get(self, incident_id: str) -> Incident | None:
        """The incident of an id, merged ones too."""
        return next((incident for incident in self.incidents if incident.id == incident_id), None)


@dataclass(frozen=True, slots=True)
class Told:
    """What a deed made of a story.

    Attributes:
        story: the story with the deed in it.
        incident: the incident that the deed belongs to now.
        earned: whether it has earned a telling: its revision is a new one, due at its ``due_at``.
    """

    story: Story
    incident: Incident
    earned: bool


def correlate(
    story: Story, deed: Deed, actor: Actor, *, window: timedelta, settle: timedelta, now: datetime, new_id: str
) -> Told:
    """Put a deed that the story does not have yet into it.

    Args:
        story: the story of the deed's key.
        deed: the deed; the caller has made sure that its event id is new to the key.
        actor: who did it.
        window: the longest gap within one incident.
        settle: how long a telling that can wait gathers what else comes.
        now: when it came, in UTC.
        new_id: the id of the incident, should the deed open one.
    """
    near = [
        incident
        for incident in story.incidents
        if incident.status is Status.OPEN and incident.first - window <= deed.time <= incident.last + window
    ]
    alone = _opened(story.key, deed, actor, now, new_id)
    if not near:
        alone = replace(alone, due_at=now + settle if deed.role is Role.PRELUDE else now)
        return Told(replace(story, incidents=(*story.incidents, alone)), alone, earned=True)
    before = min(near, key=lambda incident: (incident.opened, incident.id))
    after = before
    for other in (*(incident for incident in near if incident is not before), alone):
        after = _joined(after, other)
    due_at = _due_at(before, after, settle, now)
    if due_at is not None:
        after = replace(after, revision=before.revision + 1, due_at=due_at)
    merged = {incident.id for incident in near} - {after.id}
    incidents = tuple(
        after
        if incident.id == after.id
        else replace(incident, status=Status.MERGED, merged_into=after.id)
        if incident.id in merged
        else incident
        for incident in story.incidents
    )
    return Told(replace(story, incidents=incidents), after, earned=due_at is not None)


def _opened(key: StoryKey, deed: Deed, actor: Actor, now: datetime, new_id: str) -> Incident:
    return Incident(
        id=new_id,
        key=key,
        actor=actor,
        opened=now,
        first=deed.time,
        last=deed.time,
        headline=deed,
        victims=(Victims(deed.rule, deed.role, (deed.subject,), 1),) if deed.subject else (),
        preludes=(deed,) if deed.role is Role.PRELUDE else (),
        members=1,
        revision=1,
        due_at=now,
    )


def _joined(one: Incident, other: Incident) -> Incident:
    """Both as one, under the id of the first. Neither order nor grouping of joins changes the outcome."""
    teller = min((one, other), key=lambda incident: incident.headline.rank)
    preludes = sorted({*one.preludes, *other.preludes}, key=lambda deed: deed.place)
    return replace(
        one,
        actor=teller.actor,
        first=min(one.first, other.first),
        last=max(one.last, other.last),
        headline=teller.headline,
        victims=_union(one.victims, other.victims),
        preludes=tuple(preludes[:MOST_PRELUDES]),
        members=one.members + other.members,
    )


def _union(one: tuple[Victims, ...], other: tuple[Victims, ...]) -> tuple[Victims, ...]:
    found = {victims.rule: victims for victims in one}
    for victims in other:
        mine = found.get(victims.rule)
        found[victims.rule] = mine.and_those(victims) if mine else victims
    return tuple(found[rule] for rule in sorted(found))


def _due_at(before: Incident, after: Incident, settle: timedelta, now: datetime) -> datetime | None:
    """From when a story that was told as `before` is to be told again as `after`; None if it is not.

    At once: a trigger with another rule as headline (success after a failed attempt is one), or a number of subjects
    that reached the next magnitude. After a while: one subject more, so that nobody is deleted untold and fifty
    deletions are not fifty notices; the while doubles with each telling. Nothing: what a waiting telling will have in
    it anyway, and what adds no subject.
    """
    if after.headline.role is Role.TRIGGER and after.headline.rule != before.headline.rule:
        return now
    if after.headline.result is Result.DONE and before.headline.result is not Result.DONE:
        return now
    if magnitude(after.told_of.count) > magnitude(before.told_of.count) > 0:
        return now
    # A telling that is due in this very moment waits too: it goes out when the batch is in.
    if now <= before.due_at or _told_subjects(after) <= _told_subjects(before):
        return None
    gathering = settle * (1 << min(before.revision - 1, MOST_DOUBLINGS))
    return now + min(gathering, LONGEST_GATHERING)


def _told_subjects(incident: Incident) -> int:
    """How many subjects a notice names: of triggers, or of preludes where there is no trigger."""
    named = [victims for victims in incident.victims if victims.role is incident.headline.role]
    shown = {subject for victims in named for subject in victims.subjects}
    return len(shown) + sum(victims.count - len(victims.subjects) for victims in named)


def magnitude(count: int) -> int:
    """How many of the steps 1, 10, 100 and 1,000 a count has reached."""
    return sum(count >= step for step in MAGNITUDES)
