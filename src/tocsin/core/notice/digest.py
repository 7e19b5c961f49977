"""A digest: many incidents in one notice, for a channel that had more than its share of messages (rule 13)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from tocsin.core.notice.compose import compose, in_plain_words
from tocsin.core.notice.notice import Fact, Notice
from tocsin.core.text import inert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from tocsin.core.match.rules import RuleSet
    from tocsin.core.notice.notice import Chapter

# What is urgent is named to the last one, as far as a message can hold; of the rest so many, and then the count.
MOST_URGENT, MOST_LINES = 100, 20


def digest(chapters: Sequence[Chapter], rules: RuleSet, timezone: tzinfo) -> Notice:
    """One notice of many incidents: what is urgent first, then the most severe, a line each.

    Args:
        chapters: what is new in each of them, one at least.
        rules: where the words come from.
        timezone: in which the local time is given beside UTC.
    """
    urgent = [one for one in chapters if any(deed.urgent for deed in one.news)]
    rest = [one for one in chapters if one not in urgent]
    ordered = [*sorted(urgent, key=_rank), *sorted(rest, key=_rank)]
    shown = ordered[: max(min(len(urgent), MOST_URGENT), MOST_LINES)]
    worst = compose(ordered[0], rules, timezone)
    lines = [_line(one, compose(one, rules, timezone)) for one in shown]
    left = len(ordered) - len(shown)
    counts = Counter(rules.get(one.headline.rule).title for one in ordered)
    accounts = sorted({inert(one.incident.key.account) for one in ordered} - {""})
    return Notice(
        incident=f"digest-{ordered[0].incident.id}",
        revision=max(one.revision for one in ordered),
        severity=max(one.headline.severity for one in ordered),
        rule="digest",
        title=f"{len(ordered):,} incidents, the first: {worst.title}",
        sentence=f"{len(ordered):,} incidents are told in one message, since this channel had more than its share. "
        f"The first: {worst.sentence}",
        facts=(
            Fact("Incidents", f"{len(ordered):,}, {len(urgent):,} of them urgent"),
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
    first = in_plain_words(min(chapters, key=_rank), why)
    ids = tuple(one.incident.id for one in chapters)
    return replace(
        first,
        incident=f"digest-{ids[0]}",
        title=f"{len(ids):,} incidents, the first: {first.title}",
        sentence=f"{len(ids):,} incidents, which `tocsin incidents list` shows. The first: {first.sentence}",
        subjects=ids,
    )


def _rank(chapter: Chapter) -> tuple[int, bool, bool, float, str]:
    return chapter.headline.rank


def _line(chapter: Chapter, notice: Notice) -> str:
    at = chapter.headline.time.astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}  [{str(notice.severity).upper()}] {notice.title}  {chapter.incident.id}"
