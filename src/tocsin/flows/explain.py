"""Explaining: any envelope in, the notices that its records would make out. Nothing is stored or sent."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from tocsin.core.incident.deed import deed_of, key_of
from tocsin.core.incident.incident import Incident
from tocsin.core.match.rules import NEUTRAL, RuleSet, best_by_family
from tocsin.core.notice.compose import compose
from tocsin.core.notice.notice import Chapter, Notice
from tocsin.core.record.actor import actor_of
from tocsin.core.record.envelope import unwrap
from tocsin.core.record.record import Pointer, Record, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tocsin.core.incident.deed import Deed
    from tocsin.core.match.rules import Rule
    from tocsin.core.record.actor import Actor
    from tocsin.core.settings import Settings

# So many items are explained at once.
AT_ONCE = 200
# The mail has the words and not the record; LookupEvents has it for 90 days (CloudTrail API Reference).
_MAIL = (
    "a mail of the plain wire, which tells of {event} and does not hold its record; get that with: aws cloudtrail "
    "lookup-events --region {region} --lookup-attributes AttributeKey=EventId,AttributeValue={id} | tocsin explain -"
)


class Explained(NamedTuple):
    """One record, in words.

    Attributes:
        record: the record.
        notices: one for each family of rules that rings for it; a neutral one if none does.
        rings: whether any rule rings.
    """

    record: Record
    notices: tuple[Notice, ...]
    rings: bool


def explain(
    body: bytes | dict[str, Any], rules: RuleSet, settings: Settings, now: datetime
) -> Iterator[Explained | Rejected | Pointer]:
    """Every record of a body in words, each told by itself.

    Args:
        body: any envelope that `core.envelope.unwrap` knows.
        rules: the rules to ask.
        settings: time zone.
        now: stands in where a record tells no time.
    """
    items = items_of(body)
    while some := list(islice(items, AT_ONCE)):
        yield from explain_each(some, rules, settings, now)


def items_of(body: bytes | dict[str, Any]) -> Iterator[Record | Rejected | Pointer]:
    """What is in a body, as `unwrap` gives it; of a mail of the plain wire it is said how to get the record."""
    for item in unwrap(body):
        yield _known_mail(item) if isinstance(item, Rejected) else item


def _known_mail(item: Rejected) -> Rejected:
    from tocsin.core.template.wire_words import event_of_mail  # noqa: PLC0415 - lazy: most bodies can be read

    if told := event_of_mail(item.body.decode("utf-8", "replace")):
        event, event_id, region = told
        return item._replace(reason=_MAIL.format(event=event, id=event_id, region=region))
    return item


def explain_each(
    items: Sequence[Record | Rejected | Pointer], rules: RuleSet, settings: Settings, now: datetime
) -> list[Explained | Rejected | Pointer]:
    """Some items, with each record explained: a step for all of them, then the next, which takes a quarter less time.

    Args:
        items: as `items_of` gives them.
        rules: the rules to ask.
        settings: time zone.
        now: stands in where a record tells no time.
    """
    records = [item for item in items if isinstance(item, Record)]
    matches = [best_by_family(rules.match(record)) for record in records]
    actors = [actor_of(record) for record in records]
    chapters = [
        [_chapter(record, actor, rule, now) for rule in found or (NEUTRAL,)]
        for record, actor, found in zip(records, actors, matches, strict=True)
    ]
    notices = [tuple([compose(one, rules, settings.timezone) for one in some]) for some in chapters]
    told = iter([Explained(*one) for one in zip(records, notices, map(bool, matches), strict=True)])
    return [next(told) if isinstance(item, Record) else item for item in items]


def _chapter(record: Record, actor: Actor, rule: Rule, now: datetime) -> Chapter:
    deed = deed_of(record, rule, actor, now)
    key = key_of(record, actor, rule.family)
    return Chapter(Incident("explained", key, 1, now, deed.time, deed.time, deed, records=1, deeds=1), 1, [deed])


def deeds_in(body: bytes, rules: RuleSet, now: datetime) -> Iterator[tuple[str, Deed]]:
    """What rings in a body: the account and the deed of each record and family of rules, as a story would keep it."""
    for item in unwrap(body):
        if isinstance(item, Record):
            actor = actor_of(item)
            yield from ((item.account, deed_of(item, rule, actor, now)) for rule in best_by_family(rules.match(item)))
