"""A digest: many incidents in one notice, for a channel that had more than its share of messages (rule 13)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING

from tocsin.core.notice.compose import compose, in_plain_words
from tocsin.core.notice.notice import Fact, Notice
from tocsin.core.text import inert, sha256_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from tocsin.core.match.rules import RuleSet
    from tocsin.core.notice.notice import Chapter

# What is urgent is named to the last one, as far as a message can hold; of the rest so many, and then the count.
MOST_URGENT, MOST_LINES, MOST_REASONS = 100, 20, 5
_SHARE = "past this channel's share of messages"


def digest(chapters: Sequence[Chapter], rules: RuleSet, timezone: tzinfo) -> Notice:
    """One notice of many incidents: what is urgent first, then the most severe, a line each.

    Args:
        chapters: what is new in each of them, one at least.
        rules: where the words come from.
        timezone: in which the local time is given beside UTC.
    """
    ordered = sorted(chapters, key=lambda one: (not _is_urgent(one), one.headline.rank))
    urgent = sum(map(_is_urgent, ordered))
    shown = ordered[: max(min(urgent, MOST_URGENT), MOST_LINES)]
    notices = [compose(one, rules, timezone) for one in shown]
    worst, left = notices[0], len(ordered) - len(shown)
    lines = map(_line, shown, notices)
    counts = Counter(rules.get(one.headline.rule).title for one in ordered)
    accounts = sorted({inert(one.incident.key.account) for one in ordered} - {""})
    return Notice(
        incident=_id(ordered),
        revision=1,
        severity=max(one.headline.severity for one in ordered),
        rule="digest",
        title=f"{len(ordered):,} incidents, the first: {worst.title}",
        sentence=f"{len(ordered):,} incidents are told in one message: {_why(ordered)}. The first: {worst.sentence}",
        facts=(
            Fact("Incidents", f"{len(ordered):,}, {urgent:,} of them urgent"),
            *(Fact("What", f"{count:,} x {inert(title)}") for title, count in counts.most_common(MOST_LINES)),
            *([Fact("Account", ", ".join(accounts[:MOST_LINES]))] if accounts else []),
        ),
        new=(*lines, *([f"and {left:,} more"] if left else [])),
        subjects=tuple(one.incident.id for one in ordered),
        next_steps=("Look at each: `tocsin incidents list`, and `tocsin incidents show` with its id.",),
        account=accounts[0] if len(accounts) == 1 else "",
    )


def many_in_plain_words(chapters: Sequence[Chapter], why: str) -> Notice:
    """A digest with nothing in it but what is sure to be read.

    Args:
        chapters: what is new in each incident, one at least.
        why: why the whole one was not taken.
    """
    first = in_plain_words(min(chapters, key=lambda one: one.headline.rank), why)
    ids = tuple(one.incident.id for one in chapters)
    return first._replace(
        incident=_id(chapters),
        revision=1,
        part="",
        title=f"{len(ids):,} incidents, the first: {first.title}",
        sentence=f"{len(ids):,} incidents, which `tocsin incidents list` shows. The first: {first.sentence}",
        subjects=ids,
    )


def _why(chapters: Sequence[Chapter]) -> str:
    """Why they are told together, each reason with how many it is true of."""
    counts = Counter(inert(one.why or _SHARE) for one in chapters)
    if len(counts) == 1:
        return next(iter(counts))
    shown = [f"{count:,} {why}" for why, count in counts.most_common(MOST_REASONS)]
    left = len(chapters) - sum(count for _, count in counts.most_common(MOST_REASONS))
    return "; ".join([*shown, *([f"{left:,} for other reasons"] if left else [])])


def _id(chapters: Sequence[Chapter]) -> str:
    """An id of just what is told: a receiver that drops what it knows drops no digest that tells more."""
    told = sorted(f"{one.part or one.incident.id}/{one.revision}" for one in chapters)
    return f"digest-{sha256_of(' '.join(told))[:16]}"


def _is_urgent(chapter: Chapter) -> bool:
    return any(deed.urgent for deed in chapter.news)


def _line(chapter: Chapter, notice: Notice) -> str:
    at = chapter.headline.time.astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}  [{str(notice.severity).upper()}] {notice.title}  {chapter.incident.id}"
