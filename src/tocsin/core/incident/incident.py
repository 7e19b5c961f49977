"""An incident: one operation told as one story.

A story belongs to one account, one actor (identity and session) and one family of rules. Its members are deeds, each
one matched record in short; the records themselves lie beside it in the store. Everything here is a value: `correlate`
makes new ones, and nothing depends on the order in which records came but the id and the number of revisions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tocsin.core.match.rules import Role, Rule, Severity
from tocsin.core.record.client import tool_of
from tocsin.core.record.result import Result, ending_of
from tocsin.core.record.subject import Subject, object_of, subject_of

if TYPE_CHECKING:
    from datetime import datetime

    from tocsin.core.record.actor import Actor
    from tocsin.core.record.record import Record, Rejected

# A notice shows at most so many names; past that it gives the count (DESIGN: the store has all the records).
MOST_SUBJECTS = 1000
MOST_PRELUDES = 100


@dataclass(frozen=True, slots=True)
class StoryKey:
    """By what stories are told apart."""

    account: str
    actor: str
    family: str

    def __str__(self) -> str:
        """The key as a store writes it; no part can hold the separator's newline."""
        return f"{self.account}\n{self.actor}\n{self.family}"


# In which order AWS lets a thing be made, changed and taken away: it must be detached before it can be deleted, and a
# try that AWS refused comes before the one that went through.
_VERB = re.compile(r"[A-Z][a-z]+")
_STEPS = {
    **dict.fromkeys(("Create", "Enable"), 0),
    **dict.fromkeys(("Add", "Attach", "Put", "Update", "Upload"), 1),
    **dict.fromkeys(("Deactivate", "Disable", "Stop"), 2),
    **dict.fromkeys(("Detach", "Remove", "Disassociate"), 3),
    **dict.fromkeys(("Delete", "Schedule", "Close"), 4),
}


@dataclass(frozen=True, slots=True)
class Deed:
    """One matched record in short: what a story keeps of it.

    Attributes:
        rule: the id of the rule that matched.
        role: that rule's role.
        severity: that rule's severity.
        result: how the call ended.
        event_id: the record's id, by which repeats are known.
        event_name: as CloudTrail writes it.
        time: when it happened; when it came, if the record does not tell.
        timed: whether the record told the time.
        region: where it was recorded.
        subject: to whom.
        what: what of the subject was touched.
        error: the error code, or AWS's words where there is none; for an unreadable message the reason.
        barrier: what kind of policy denied it, where AWS tells.
        address: the source address, which may be a service's host name.
        tool: by what tool, as far as the record tells.
        agent: the user agent, free text.
    """

    rule: str
    role: Role
    severity: Severity
    result: Result
    event_id: str
    event_name: str
    time: datetime
    timed: bool
    region: str = ""
    subject: Subject | None = None
    what: str = ""
    error: str = ""
    barrier: str = ""
    address: str = ""
    tool: str = ""
    agent: str = ""

    @property
    def rank(self) -> tuple[int, bool, bool, float, str]:
        """Order of telling: the smallest is the headline. Most severe, trigger, done, earliest, then by id."""
        return (
            -self.severity,
            self.role is not Role.TRIGGER,
            self.result is not Result.DONE,
            self.time.timestamp(),
            self.event_id,
        )

    @property
    def place(self) -> tuple[float, int, bool, str]:
        """Order in time. CloudTrail tells whole seconds: within one, what has to come first stands first."""
        verb = _VERB.match(self.event_name)
        step = _STEPS.get(verb[0], _STEPS["Update"]) if verb else len(_STEPS)
        return (self.time.timestamp(), step, self.result is Result.DONE, self.event_id)


class Status(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Victims:
    """The subjects of one rule in a story.

    Attributes:
        rule: the rule's id.
        role: that rule's role.
        subjects: in order, the first `MOST_SUBJECTS` of them.
        count: how many there are.
    """

    rule: str
    role: Role
    subjects: tuple[Subject, ...]
    count: int

    def and_those(self, other: Victims) -> Victims:
        """These and others of the same rule. Past `MOST_SUBJECTS` a name on both sides may be counted twice."""
        union = {*self.subjects, *other.subjects}
        hidden = self.count + other.count - len(self.subjects) - len(other.subjects)
        return Victims(self.rule, self.role, tuple(sorted(union)[:MOST_SUBJECTS]), len(union) + hidden)


@dataclass(frozen=True, slots=True)
class Incident:
    """One operation.

    Attributes:
        id: given when it was opened, and kept.
        key: whose story it is.
        actor: who acted, from the headline's record.
        opened: when its first record came in.
        first: event time of its earliest member.
        last: event time of its latest member.
        headline: the deed that tells the story.
        victims: the subjects, a rule each, in the order of rule ids.
        preludes: the earliest `MOST_PRELUDES` deeds of prelude rules, in order of time.
        members: how many records it has.
        revision: how often it has earned a telling.
        due_at: from when the last telling may go out; what comes before that is in it.
        status: open, or merged into another.
        merged_into: the id of that other, or ``""``.
    """

    id: str
    key: StoryKey
    actor: Actor
    opened: datetime
    first: datetime
    last: datetime
    headline: Deed
    victims: tuple[Victims, ...]
    preludes: tuple[Deed, ...]
    members: int
    revision: int
    due_at: datetime
    status: Status = Status.OPEN
    merged_into: str = ""

    @property
    def severity(self) -> Severity:
        """How bad: the headline's."""
        return self.headline.severity

    @property
    def told_of(self) -> Victims:
        """The subjects that the headline's rule is about."""
        nobody = Victims(self.headline.rule, self.headline.role, (), 0)
        return next((v for v in self.victims if v.rule == self.headline.rule), nobody)


def deed_of(record: Record, rule: Rule, actor: Actor, now: datetime) -> Deed:
    """What a story keeps of a record that a rule matched.

    Args:
        record: the record.
        rule: the rule that matched it.
        actor: its actor, from `actor_of`.
        now: when it came, in UTC; stands in where the record tells no time.
    """
    subject, ending = subject_of(record, actor), ending_of(record)
    return Deed(
        rule=rule.id,
        role=rule.role,
        severity=rule.severity,
        result=ending.result,
        event_id=record.event_id,
        event_name=record.name,
        time=record.time or now,
        timed=record.time is not None,
        region=record.region,
        subject=subject,
        what=object_of(record, subject),
        error=ending.why,
        barrier=ending.barrier,
        address=record.text("sourceIPAddress"),
        tool=tool_of(record),
        agent=record.text("userAgent"),
    )


def deed_of_rejected(rejected: Rejected, rule: Rule, names: str, now: datetime) -> Deed:
    """What a story keeps of a message that could not be read.

    Args:
        rejected: the message.
        rule: `rules.UNREADABLE` or `rules.REJECTED`.
        names: the watched event names that stand in its bytes, in words, or ``""``.
        now: when it came, in UTC.
    """
    return Deed(
        rule=rule.id,
        role=rule.role,
        severity=rule.severity,
        result=Result.FAILED,
        event_id=rejected.digest,
        event_name=names,
        time=now,
        timed=False,
        subject=Subject("message", rejected.digest[:12]),
        what=names,
        error=rejected.reason,
    )


def key_of(record: Record, actor: Actor, family: str) -> StoryKey:
    """Whose story a record belongs to."""
    return StoryKey(record.account.replace("\n", " "), actor.key.replace("\n", " "), family)
