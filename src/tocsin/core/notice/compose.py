"""Composing a notice from deeds and the rules' words: what is new first, then the whole story."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from tocsin.core.match.rules import NEUTRAL, REJECTED, UNDELIVERED, UNREADABLE, Role, Rule, RuleSet
from tocsin.core.notice.notice import ConsoleLink, Fact, Notice
from tocsin.core.notice.phrases import deed as deed_phrase
from tocsin.core.notice.phrases import neutral, refusal
from tocsin.core.partitions import partition_of
from tocsin.core.record.actor import Mfa, phrase_of
from tocsin.core.record.result import Result
from tocsin.core.record.subject import is_self
from tocsin.core.text import inert, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tocsin.core.incident.deed import Deed
    from tocsin.core.notice.notice import Chapter
    from tocsin.core.record.subject import Subject

# So many names stand in a sentence, and so many lines in a list; then comes the count.
MOST_IN_SENTENCE = 3
MOST_LINES = 20
MOST_SUBJECTS = 1000
_LONGEST_AGENT = 120
# A Region as a host name can hold it; longer names and ids than these lead nowhere in the console.
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")
_LONGEST_IN_LINK = 256
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")

_NO_CALL = frozenset({UNREADABLE.id, REJECTED.id, UNDELIVERED.id})
_MFA = {
    Mfa.YES: "yes",
    Mfa.NO: "no",
    Mfa.LONG_TERM_KEY: "no sign of it: the call was signed with a long-term access key",
    Mfa.AT_PROVIDER: "not shown here: it happens at the identity provider",
    Mfa.UNKNOWN: "the record does not tell",
}


def compose(chapter: Chapter, rules: RuleSet, timezone: tzinfo = UTC) -> Notice:
    """The notice of what is new in an incident.

    Args:
        chapter: what is new, and what was before.
        rules: where the words come from.
        timezone: in which the local time is given beside UTC.
    """
    headline, subjects = chapter.headline, chapter.subjects
    rule = rules.get(headline.rule)
    who, why = inert(phrase_of(headline.actor)), inert(_reason(headline))
    title, sentence = _words(headline, subjects, rule, who, why)
    account = inert(chapter.incident.key.account)
    return Notice(
        incident=chapter.incident.id,
        revision=chapter.revision,
        part=chapter.part,
        severity=headline.severity,
        rule=rule.id,
        title=f"{_capital(title, headline)}{f' in account {account}' if account and account not in title else ''}",
        sentence=f"{_capital(sentence, headline)}.",
        facts=tuple(_facts(chapter, timezone, who, why)),
        new=tuple(_new(chapter)),
        story=tuple(_story(chapter)),
        before=tuple(_before(chapter)),
        subjects=tuple(inert(str(one)) for one in subjects[:MOST_SUBJECTS]) if len(subjects) > 1 else (),
        next_steps=rule.next_steps,
        links=tuple(_links(chapter)),
        account=account,
        region=inert(headline.region),
    )


def in_plain_words(chapter: Chapter, why: str) -> Notice:
    """A notice with nothing in it but what is sure to be read, for a channel that did not take the whole one.

    Args:
        chapter: what is new, and what was before.
        why: why the whole one was not taken.
    """
    deed = chapter.headline
    name = deed.event_name or deed.rule
    about = f", {deed.subject}" if deed.subject else ""
    many = f" and {len(chapter.news) - 1:,} more" if len(chapter.news) > 1 else ""
    return Notice(
        incident=chapter.incident.id,
        revision=chapter.revision,
        part=chapter.part,
        severity=deed.severity,
        rule=deed.rule,
        title=inert(f"{name}{about}{many}"),
        sentence=inert(f"{name}{about}{many}: the whole notice could not be delivered ({why})."),
        facts=(Fact("When", _when(deed, UTC)), Fact("Event", inert(f"{deed.event_name} {deed.event_id}".strip()))),
        account=inert(chapter.incident.key.account),
        region=inert(deed.region),
    )


def _capital(text: str, headline: Deed) -> str:
    """A sentence's first letter as a capital; a name that it starts with stays as it is."""
    named = inert(headline.actor.name)
    return text if named and text.startswith(named) else text[:1].upper() + text[1:]


def _words(deed: Deed, subjects: Sequence[Subject], rule: Rule, who: str, error: str) -> tuple[str, str]:
    """The subject line and the sentence, from the rule's words and the headline's facts."""
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
        "count": f"{len(subjects):,}",
        "names": join([inert(subject.name) for subject in subjects], most=MOST_IN_SENTENCE),
    }
    if len(subjects) > 1 and rule.sentence_many:
        return rule.brief_many.format_map(values), rule.sentence_many.format_map(values)
    if rule.sentence_self and is_self(deed.actor, deed.subject):
        return rule.brief.format_map(values), rule.sentence_self.format_map(values)
    return rule.brief.format_map(values), rule.sentence.format_map(values)


def _is_message(deed: Deed) -> bool:
    """Whether it is no call at all, but a message that could not be read, or a notice that nobody took."""
    return deed.rule in _NO_CALL


def _reason(deed: Deed) -> str:
    return deed.error if _is_message(deed) else refusal(deed.result, deed.error, deed.barrier)


def _facts(chapter: Chapter, timezone: tzinfo, who: str, why: str) -> list[Fact]:
    deed, many = chapter.headline, len(chapter.subjects)
    actor = deed.actor
    rows = [
        ("Who", who),
        ("Identity", actor.arn),
        ("Behind it", f"Identity Center user id {actor.person}" if actor.person and actor.person != actor.name else ""),
        ("Whom", str(deed.subject) if deed.subject and many == 1 else ""),
        ("How many", f"{many:,}" if many > 1 else ""),
        ("Touched", deed.what if deed.role is Role.PRELUDE else ""),
        ("When", _when(deed, timezone)),
        ("From", deed.address),
        ("How", f"{deed.tool}; the caller says: {inert(deed.agent, _LONGEST_AGENT)}" if deed.agent else deed.tool),
        ("MFA", _MFA[actor.mfa]),
        ("Account", chapter.incident.key.account),
        ("Region", deed.region),
        ("Event", f"{deed.event_name} {deed.event_id}".strip()),
        ("Refused", why if not _is_message(deed) else ""),
        ("Why now", chapter.why),
        ("Records", f"{chapter.records:,}" if chapter.records > 1 else ""),
    ]
    return [Fact(label, inert(value)) for label, value in rows if value]


def _when(deed: Deed, timezone: tzinfo) -> str:
    told = "" if deed.timed else " (when it came: the record tells no time)"
    return f"{both_times(deed.time, timezone)}{told}"


def both_times(time: datetime, timezone: tzinfo) -> str:
    """A time in UTC and in the reader's zone: ``2026-11-23 22:04:05 UTC (23:04:05 CET)``."""
    there = time.astimezone(UTC)
    utc = f"{there.isoformat(' ', 'seconds')[:19]} UTC"  # without the +00:00 at its end
    if timezone is UTC:
        return utc
    local = time.astimezone(timezone)
    if local.utcoffset() == there.utcoffset():
        return utc
    same_day = local.date() == there.date()
    return f"{utc} ({local:{'%H:%M:%S %Z' if same_day else '%Y-%m-%d %H:%M:%S %Z'}})"


def _new(chapter: Chapter) -> list[str]:
    """What rings and is new, where that is more than the headline."""
    ringing = [one for one in chapter.news if one.role is Role.TRIGGER]
    return _lines(ringing, len(ringing), chapter) if len(ringing) > 1 else []


def _story(chapter: Chapter) -> list[str]:
    """What else rang in the same story: nobody is touched untold."""
    ringing = [one for one in chapter.earlier if one.role is Role.TRIGGER]
    new = sum(one.role is Role.TRIGGER for one in chapter.news)
    return _lines(ringing, max(len(ringing), chapter.triggers - new), chapter)


def _before(chapter: Chapter) -> list[str]:
    """What went before, and with it: every prelude but the headline itself."""
    every = [one for one in (*chapter.news, *chapter.earlier) if one.role is Role.PRELUDE]
    shown = [one for one in every if one.event_id != chapter.headline.event_id]
    return _lines(shown, len(shown), chapter)


def _lines(deeds: Iterable[Deed], count: int, chapter: Chapter) -> list[str]:
    """A line a deed in the order of cause, `MOST_LINES` at most; then how many more there are."""
    if not count:
        return []
    shown = sorted(deeds, key=lambda one: one.place)[:MOST_LINES]
    lines = [inert(f"{one.time.astimezone(UTC):{_clock(one, chapter.headline)}}  {_phrase(one)}") for one in shown]
    return [*lines, f"and {count - len(shown):,} more"] if count > len(shown) else lines


def _clock(deed: Deed, headline: Deed) -> str:
    """How to write a deed's time: with its day, where that is not the headline's."""
    same_day = deed.time.astimezone(UTC).date() == headline.time.astimezone(UTC).date()
    return "%H:%M:%S" if same_day else "%Y-%m-%d %H:%M:%S"


def _phrase(deed: Deed) -> str:
    if _is_message(deed):
        return deed.error
    past, base = deed_phrase(deed.event_name, deed.subject, deed.what)
    return past if deed.result is Result.DONE else f"tried to {base}: {_reason(deed)}"


def _links(chapter: Chapter) -> list[ConsoleLink]:
    """Console pages; only where the Region is one that a host name can hold."""
    deed = chapter.headline
    region, actor = deed.region, deed.actor
    console = _console(region)
    if not console:
        return []
    host, event = f"https://{region}.{console}", _quoted(deed.event_id)
    links = (
        [ConsoleLink("The event", f"{host}/cloudtrailv2/home?region={region}#/events/{event}")] if deed.timed else []
    )
    if actor.arn:
        who = _quoted(actor.name or actor.arn)
        links.append(
            ConsoleLink("All that this actor did", f"{host}/cloudtrailv2/home?region={region}#/events?Username={who}")
        )
    if chapter.incident.key.family == "identity":
        links.append(ConsoleLink("IAM users", f"{host}/iam/home#/users"))
    return links


@lru_cache(maxsize=256)  # there are few Regions
def _console(region: str) -> str:
    """The host of the console of a Region's partition; ``""`` where the Region is none that a host name can hold."""
    return partition_of(region).console if _REGION.fullmatch(region) else ""


def _quoted(text: str) -> str:
    """A text as a part of a URL (RFC 3986, section 2.3: what needs no quoting)."""
    short = text[:_LONGEST_IN_LINK]
    return short if _UNRESERVED.fullmatch(short) else quote(short, safe="", errors="replace")
