"""A deed: one matched record in short, which is what people are told.

The records themselves lie beside it in the store. Whatever an attacker can choose is cut here, so that no deed outgrows
an item of a key-value database, however long a name or an error message was.
"""

from __future__ import annotations

import re
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from tocsin.core.match.rules import UNDELIVERED, UNREADABLE, Role, Rule, Severity
from tocsin.core.record.actor import UNKNOWN_ACTOR, Actor, ActorKind
from tocsin.core.record.client import tool_of
from tocsin.core.record.result import Result, ending_of
from tocsin.core.record.subject import Subject, object_of, subject_of
from tocsin.core.text import sha256_of

if TYPE_CHECKING:
    from datetime import datetime

    from tocsin.core.record.record import Record, Rejected

# IAM names have 64 or 128 characters and ARNs 2,048 (IAM User Guide, "IAM and AWS STS quotas"); what is longer was
# never one. The record, which lies beside the deed, has all of it.
_LONGEST_NAME = 256
_LONGEST_TEXT = 2048
# What of an actor somebody may have chosen.
_TEXTS = ("name", "role", "arn", "account", "via", "person", "provider", "session", "key")
_ACTOR_TEXTS = attrgetter(*_TEXTS)


class StoryKey(NamedTuple):
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


class Deed(NamedTuple):
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
        actor: who did it.
        came: when it came in, by the clock of the worker that took it in.
        urgent: whether it may not wait for others: the root user, tampering with the alarm, what cannot be read, and
            whoever is privileged.
        region: where it was recorded.
        subject: to whom.
        what: what of the subject was touched.
        error: the error code, or AWS's words where there is none; for an unreadable message the reason.
        barrier: what kind of policy denied it, where AWS tells.
        address: the source address, which may be a service's host name.
        tool: by what tool, as far as the record tells.
        agent: the user agent, free text.
        expected: whose expected work it is, as the config calls it, or ``""``.
    """

    rule: str
    role: Role
    severity: Severity
    result: Result
    event_id: str
    event_name: str
    time: datetime
    timed: bool
    actor: Actor
    came: datetime
    urgent: bool = False
    region: str = ""
    subject: Subject | None = None
    what: str = ""
    error: str = ""
    barrier: str = ""
    address: str = ""
    tool: str = ""
    agent: str = ""
    expected: str = ""

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

    @property
    def identity(self) -> str:
        """What makes it another deed than one that is told, for the same in the same hour is told once.

        Of rule, event name, subject, result and the hour of the event's time, and whose work it is where it is
        expected, so that it hides nobody else's: a digest, since any of them may be long.
        """
        hour = self.time.isoformat(timespec="hours")
        text = f"{self.rule}\n{self.event_name}\n{self.about}\n{self.result}\n{hour}"
        text += f"\n{self.expected}" if self.expected else ""
        return sha256_of(text)[:32]

    @property
    def about(self) -> str:
        """Whom it is about, as one text; ``""`` where the record names nobody."""
        return f"{self.subject.kind}\n{self.subject.name}" if self.subject else ""


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
        event_id=record.event_id[:_LONGEST_NAME],
        event_name=record.name[:_LONGEST_NAME],
        time=record.time or now,
        timed=record.time is not None,
        actor=_cut(actor),
        came=now,
        urgent=rule.family == "tamper" or actor.kind is ActorKind.ROOT,
        region=record.region[:_LONGEST_NAME],
        subject=_subject(subject),
        what=object_of(record, subject)[:_LONGEST_TEXT],
        error=ending.why[:_LONGEST_TEXT],
        barrier=ending.barrier[:_LONGEST_NAME],
        address=record.text("sourceIPAddress")[:_LONGEST_NAME],
        tool=tool_of(record)[:_LONGEST_NAME],
        agent=record.text("userAgent")[:_LONGEST_TEXT],
    )


def _subject(subject: Subject | None) -> Subject | None:
    """A subject without what is too long to be a name; most have nothing of the kind."""
    if subject is None or len(subject.name) + len(subject.kind) <= _LONGEST_NAME:
        return subject
    return subject._replace(kind=subject.kind[:_LONGEST_NAME], name=subject.name[:_LONGEST_NAME])


def _cut(actor: Actor) -> Actor:
    """An actor likewise; the key stays whole in the story's own key, as a digest where it is too long."""
    told = _ACTOR_TEXTS(actor)
    if max(map(len, told)) <= _LONGEST_TEXT:
        return actor
    return actor._replace(**{name: text[:_LONGEST_TEXT] for name, text in zip(_TEXTS, told, strict=True)})


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
        event_name=names[:_LONGEST_NAME],
        time=now,
        timed=False,
        actor=UNKNOWN_ACTOR,
        came=now,
        urgent=rule is UNREADABLE,
        subject=Subject("message", rejected.digest[:12]),
        what=names[:_LONGEST_TEXT],
        error=rejected.reason[:_LONGEST_TEXT],
    )


def deed_of_undelivered(channel: str, incident: str, through: int, why: str, now: datetime) -> Deed:
    """What a story keeps of a notice that a channel did not take.

    Args:
        channel: its name.
        incident: what the notice was of.
        through: through which deed of it.
        why: what the channel answered.
        now: when, in UTC.
    """
    return Deed(
        rule=UNDELIVERED.id,
        role=UNDELIVERED.role,
        severity=UNDELIVERED.severity,
        result=Result.FAILED,
        event_id=f"undelivered-{channel}-{incident}-{through}",
        event_name="",
        time=now,
        timed=True,
        actor=UNKNOWN_ACTOR,
        came=now,
        subject=Subject("channel", channel),
        what=incident,
        error=why[:_LONGEST_TEXT],
    )


def key_of_undelivered(channel: str) -> StoryKey:
    """Whose story a notice belongs to that a channel did not take: the channel's."""
    return StoryKey("", channel, UNDELIVERED.family)


def key_of(record: Record, actor: Actor, family: str) -> StoryKey:
    """Whose story a record belongs to."""
    return StoryKey(_part(record.account), _part(actor.key), family)


def key_of_rejected(rejected: Rejected, family: str) -> StoryKey:
    """Whose story an unreadable message belongs to: those that fail for one reason are one, and no others."""
    return StoryKey("", sha256_of(rejected.reason)[:12], family)


def _part(text: str) -> str:
    """A part of a key: without the separator, and short enough for the key of an item."""
    plain = text.replace("\n", " ")
    if len(plain) <= _LONGEST_NAME:
        return plain
    return f"{plain[:_LONGEST_NAME]} {sha256_of(plain)[:16]}"
