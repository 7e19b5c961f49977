"""A notice: what a person reads about an incident.

`compose` makes it from the incident and the rules' words. Every text in it is inert (`core.text`): it cannot act on a
terminal or hide. What a channel's own markup would make of it is that channel's renderer's care.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING
from urllib.parse import quote

from tocsin.core.match.rules import NEUTRAL, REJECTED, UNREADABLE, Role, Rule, RuleSet, Severity
from tocsin.core.notice.phrases import deed as deed_phrase
from tocsin.core.notice.phrases import neutral, refusal
from tocsin.core.partitions import partition_of
from tocsin.core.record.actor import Mfa, phrase_of
from tocsin.core.record.result import Result
from tocsin.core.record.subject import is_self
from tocsin.core.text import inert, join

if TYPE_CHECKING:
    from tocsin.core.incident.incident import Deed, Incident

# So many names stand in a sentence; all of them stand below it.
MOST_IN_SENTENCE = 3
MOST_ALSO = 20
_LONGEST_AGENT = 120
# A Region as a host name can hold it; longer names and ids than these lead nowhere in the console.
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")
_LONGEST_IN_LINK = 256

_MFA = {
    Mfa.YES: "yes",
    Mfa.NO: "no",
    Mfa.LONG_TERM_KEY: "no sign of it: the call was signed with a long-term access key",
    Mfa.AT_PROVIDER: "not shown here: it happens at the identity provider",
    Mfa.UNKNOWN: "the record does not tell",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a notice: a label and what is so."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ConsoleLink:
    """A place in the AWS console where a person goes on."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person reads.

    Attributes:
        incident: the incident's id.
        revision: which telling of it.
        severity: how bad.
        rule: the id of the headline's rule.
        title: the subject line.
        sentence: one sentence that a person can act on.
        facts: who, whom, when, from where, how, MFA, account, event.
        before: what went before, and with it, a line each, in order of time.
        subjects: every name that the notice is about, past one.
        also: what else rang in the story, a line a rule.
        next_steps: what to do next.
        links: where in the console.
        account: the account it happened in.
        region: where it was recorded.
    """

    incident: str
    revision: int
    severity: Severity
    rule: str
    title: str
    sentence: str
    facts: tuple[Fact, ...]
    before: tuple[str, ...]
    subjects: tuple[str, ...]
    also: tuple[str, ...]
    next_steps: tuple[str, ...]
    links: tuple[ConsoleLink, ...]
    account: str
    region: str


def compose(incident: Incident, rules: RuleSet, timezone: tzinfo = UTC) -> Notice:
    """The notice of an incident as it stands.

    Args:
        incident: the story.
        rules: where the words come from.
        timezone: in which the local time is given beside UTC.
    """
    rule = rules.get(incident.headline.rule)
    title, sentence = _words(incident, rule)
    account = inert(incident.key.account)
    victims = incident.told_of
    return Notice(
        incident=incident.id,
        revision=incident.revision,
        severity=incident.severity,
        rule=rule.id,
        title=f"{_capital(title, incident)}{f' in account {account}' if account and account not in title else ''}",
        sentence=f"{_capital(sentence, incident)}.",
        facts=tuple(_facts(incident, timezone)),
        before=tuple(_before(incident)),
        subjects=tuple(inert(str(subject)) for subject in victims.subjects) if victims.count > 1 else (),
        also=tuple(_also(incident, rules)),
        next_steps=rule.next_steps,
        links=tuple(_links(incident)),
        account=account,
        region=inert(incident.headline.region),
    )


def _capital(text: str, incident: Incident) -> str:
    """A sentence's first letter as a capital; a name that it starts with stays as it is."""
    named = inert(incident.actor.name)
    return text if named and text.startswith(named) else text[:1].upper() + text[1:]


def _words(incident: Incident, rule: Rule) -> tuple[str, str]:
    """The subject line and the sentence, from the rule's words and the headline's facts."""
    deed, victims = incident.headline, incident.told_of
    who = inert(phrase_of(incident.actor))
    error = inert(_reason(deed))
    if rule is NEUTRAL:
        subject, what = deed.subject, inert(deed.what)
        title, sentence = neutral(who, inert(deed.event_name), subject, what, error)
        return inert(title), inert(sentence)
    past, base = deed_phrase(inert(deed.event_name), deed.subject, inert(deed.what))
    values = {
        "actor": who,
        "attempt": inert(base),
        "deed": inert(past),
        "event": inert(deed.event_name),
        "subject": inert(str(deed.subject)) if deed.subject else "something that the record does not name",
        "name": inert(deed.subject.name) if deed.subject else "",
        "object": inert(deed.what) or "(not named)",
        "error": error,
        "count": f"{victims.count:,}",
        "names": join([inert(subject.name) for subject in victims.subjects], most=MOST_IN_SENTENCE),
    }
    if victims.count > 1 and rule.sentence_many:
        return rule.brief_many.format_map(values), rule.sentence_many.format_map(values)
    if rule.sentence_self and is_self(incident.actor, deed.subject):
        return rule.brief.format_map(values), rule.sentence_self.format_map(values)
    return rule.brief.format_map(values), rule.sentence.format_map(values)


def _is_message(deed: Deed) -> bool:
    """Whether it is no call at all, but a message that could not be read."""
    return deed.rule in (UNREADABLE.id, REJECTED.id)


def _reason(deed: Deed) -> str:
    return deed.error if _is_message(deed) else refusal(deed.result, deed.error, deed.barrier)


def _facts(incident: Incident, timezone: tzinfo) -> list[Fact]:
    deed, actor = incident.headline, incident.actor
    rows = [
        ("Who", phrase_of(actor)),
        ("Identity", actor.arn),
        ("Behind it", f"Identity Center user id {actor.person}" if actor.person and actor.person != actor.name else ""),
        ("Whom", str(deed.subject) if deed.subject and incident.told_of.count == 1 else ""),
        ("How many", f"{incident.told_of.count:,}" if incident.told_of.count > 1 else ""),
        ("Touched", deed.what if deed.role is Role.PRELUDE else ""),
        ("When", _when(deed, timezone)),
        ("From", deed.address),
        ("How", f"{deed.tool}; the caller says: {inert(deed.agent, _LONGEST_AGENT)}" if deed.agent else deed.tool),
        ("MFA", _MFA[actor.mfa]),
        ("Account", incident.key.account),
        ("Region", deed.region),
        ("Event", f"{deed.event_name} {deed.event_id}".strip()),
        ("Refused", _reason(deed) if not _is_message(deed) else ""),
        ("Records", f"{incident.members:,}" if incident.members > 1 else ""),
    ]
    return [Fact(label, inert(value)) for label, value in rows if value]


def _when(deed: Deed, timezone: tzinfo) -> str:
    told = "" if deed.timed else " (when it came: the record tells no time)"
    return f"{both_times(deed.time, timezone)}{told}"


def both_times(time: datetime, timezone: tzinfo) -> str:
    """A time in UTC and in the reader's zone: ``2026-11-23 22:04:05 UTC (23:04:05 CET)``."""
    utc = f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    local = time.astimezone(timezone)
    if local.utcoffset() == time.astimezone(UTC).utcoffset():
        return utc
    same_day = local.date() == time.astimezone(UTC).date()
    return f"{utc} ({local:{'%H:%M:%S %Z' if same_day else '%Y-%m-%d %H:%M:%S %Z'}})"


def _before(incident: Incident) -> list[str]:
    """What went before the headline, and with it: every prelude but the headline itself."""
    return [
        inert(f"{deed.time.astimezone(UTC):{_clock(deed, incident)}}  {_prelude(deed)}")
        for deed in incident.preludes
        if deed.event_id != incident.headline.event_id
    ]


def _clock(deed: Deed, incident: Incident) -> str:
    """How to write a deed's time: with its day, where that is not the headline's."""
    same_day = deed.time.astimezone(UTC).date() == incident.headline.time.astimezone(UTC).date()
    return "%H:%M:%S" if same_day else "%Y-%m-%d %H:%M:%S"


def _also(incident: Incident, rules: RuleSet) -> list[str]:
    """The subjects of every other trigger of the story: nobody is touched untold."""
    others = [
        victims
        for victims in incident.victims
        if victims.role is Role.TRIGGER and victims.rule != incident.headline.rule
    ]
    return [
        f"{rules.get(one.rule).title}: {join([inert(subject.name) for subject in one.subjects], most=MOST_ALSO)}"
        for one in others
    ]


def _prelude(deed: Deed) -> str:
    past, base = deed_phrase(deed.event_name, deed.subject, deed.what)
    return past if deed.result is Result.DONE else f"tried to {base}: {_reason(deed)}"


def _links(incident: Incident) -> list[ConsoleLink]:
    """Console pages; only where the Region is one that a host name can hold."""
    region, deed = incident.headline.region, incident.headline
    partition = partition_of(region)
    if not partition.console or not _REGION.fullmatch(region):
        return []
    host = f"https://{region}.{partition.console}"
    event = quote(deed.event_id[:_LONGEST_IN_LINK], safe="", errors="replace")
    links = (
        [ConsoleLink("The event", f"{host}/cloudtrailv2/home?region={region}#/events/{event}")] if deed.timed else []
    )
    if incident.actor.arn:
        who = quote((incident.actor.name or incident.actor.arn)[:_LONGEST_IN_LINK], safe="", errors="replace")
        links.append(
            ConsoleLink("All that this actor did", f"{host}/cloudtrailv2/home?region={region}#/events?Username={who}")
        )
    if incident.key.family == "identity":
        links.append(ConsoleLink("IAM users", f"{host}/iam/home#/users"))
    return links
