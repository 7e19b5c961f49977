"""Explaining: any envelope in, the notices that its records would make out. Nothing is stored or sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tocsin.core.incident.deed import deed_of, key_of
from tocsin.core.incident.incident import Incident
from tocsin.core.match.rules import NEUTRAL, RuleSet, best_by_family
from tocsin.core.notice.compose import compose
from tocsin.core.notice.notice import Chapter, Notice
from tocsin.core.record.actor import actor_of
from tocsin.core.record.envelope import unwrap
from tocsin.core.record.record import Pointer, Record, Rejected
from tocsin.core.template.wire_words import event_of_mail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tocsin.core.incident.deed import Deed
    from tocsin.core.settings import Settings


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
    for item in unwrap(body):
        if isinstance(item, Record):
            yield _explained(item, rules, settings, now)
        elif isinstance(item, Rejected) and (told := event_of_mail(item.body.decode("utf-8", "replace"))):
            event, event_id, region = told
            yield item._replace(reason=_MAIL.format(event=event, id=event_id, region=region))
        else:
            yield item


def deeds_in(body: bytes, rules: RuleSet, now: datetime) -> Iterator[tuple[str, Deed]]:
    """What rings in a body: the account and the deed of each record and family of rules, as a story would keep it."""
    for item in unwrap(body):
        if isinstance(item, Record):
            actor = actor_of(item)
            yield from ((item.account, deed_of(item, rule, actor, now)) for rule in best_by_family(rules.match(item)))


def _explained(record: Record, rules: RuleSet, settings: Settings, now: datetime) -> Explained:
    matches = best_by_family(rules.match(record))
    actor = actor_of(record)
    notices = []
    for rule in matches or [NEUTRAL]:
        key = key_of(record, actor, rule.family)
        deed = deed_of(record, rule, actor, now)
        alone = Incident("explained", key, 1, now, deed.time, deed.time, deed, records=1, deeds=1)
        notices.append(compose(Chapter(alone, 1, [deed]), rules, settings.timezone))
    return Explained(record, tuple(notices), bool(matches))
