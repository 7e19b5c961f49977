"""Taking in: messages of the live queue into the store. One may be deleted only when all that came of it is written.

Messages are read one by one, and what they hold is written story by story, so that a bad one costs no good one.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tocsin.core.incident.deed import Deed, StoryKey, deed_of, deed_of_rejected, key_of, key_of_rejected
from tocsin.core.incident.expecting import judged
from tocsin.core.incident.hearers import Hearers
from tocsin.core.match.rules import REJECTED, UNREADABLE, RuleSet, best_by_family
from tocsin.core.pattern.cloudtrail_event import DETAIL_TYPES
from tocsin.core.record.actor import actor_of
from tocsin.core.record.envelope import unwrap
from tocsin.core.record.record import Pointer, Record, Rejected, as_text, is_native
from tocsin.core.text import join
from tocsin.errors import TocsinError
from tocsin.flows.respond.commit import commit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from tocsin.core.delivery.exchange import Message
    from tocsin.core.incident.correlate import Change
    from tocsin.core.settings import Settings
    from tocsin.flows.ports import Queue, Store

# What SQS gives at once (SQS API Reference, "ReceiveMessage"), and how many messages are written together.
FULL, MOST_AT_ONCE = 10, 300
_ESCAPED = re.compile(rb"\\u00([0-7][0-9a-fA-F])")


@dataclass(slots=True)
class Receipt:
    """What became of one message.

    Attributes:
        id: the message's id.
        ok: whether it may be deleted: all that came of it is committed.
        matched: records that a rule matched and the store did not have yet.
        repeated: records that the store had.
        unwatched: records that no rule matches.
        rejected: parts that could not be read, or did not belong here.
        reason: why it is not ok.
    """

    id: str
    ok: bool = True
    matched: int = 0
    repeated: int = 0
    unwatched: int = 0
    rejected: int = 0
    reason: str = ""


@dataclass(slots=True)
class _Item:
    """What a message held of one story, with the bytes that are to be kept."""

    receipt: Receipt
    deed: Deed
    body: Callable[[], bytes]
    fresh: bool | None = None


def ingest(
    messages: Iterable[Message],
    *,
    store: Store,
    rules: RuleSet,
    settings: Settings,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> list[Receipt]:
    """Take messages into the store.

    Args:
        messages: from the live queue.
        store: where stories and promises go.
        rules: the rules that are on.
        settings: window, channels and routes, accounts.
        now: gives the time, in UTC.
        new_id: gives a fresh incident id.

    Returns:
        A receipt for each message, in order. One that is not ``ok`` has to come again.
    """
    reader, hearers = _Reader(rules, settings, now()), Hearers(settings, rules)
    receipts = [reader.read(message) for message in messages]
    try:
        with store.turn():
            for key, items in reader.stories.items():
                try:
                    deeds, bodies = [one.deed for one in items], {one.deed.event_id: one.body for one in items}
                    change = commit(store, key, deeds, bodies, hearers=hearers, now=now, new_id=new_id)
                    _tell_apart(change, items)
                except TocsinError as fault:  # the store refuses this story, or is gone: what held it comes again
                    _put_off((item.receipt for item in items), fault)
    except TocsinError as fault:  # nothing of the turn is written
        _put_off(receipts, fault)
    reader.count()
    return receipts


def _put_off(receipts: Iterable[Receipt], fault: TocsinError) -> None:
    for receipt in receipts:
        receipt.ok, receipt.reason = False, str(fault)


class _Reader:
    """Reads messages, and sorts what they hold by story."""

    def __init__(self, rules: RuleSet, settings: Settings, came: datetime) -> None:
        self._rules, self._settings, self._came = rules, settings, came
        self.stories: dict[StoryKey, list[_Item]] = {}
        self._records: list[list[_Item]] = []  # of each record that rules matched, an item a family

    def read(self, message: Message) -> Receipt:
        receipt = Receipt(message.id)
        try:
            found = self._items(message, receipt)
        except Exception as fault:  # noqa: BLE001 - a fault of ours costs this message alone, and is told with its bytes
            receipt.unwatched = 0
            reason = f"Tocsin failed at a message ({type(fault).__name__}), which is a fault of its own"
            found = [self._rejected(Rejected(reason, message.body), receipt)]
        for key, item in found:
            self.stories.setdefault(key, []).append(item)
        return receipt

    def _items(self, message: Message, receipt: Receipt) -> list[tuple[StoryKey, _Item]]:
        found: list[tuple[StoryKey, _Item]] = []
        held = list(unwrap(message.body))
        for one in held:
            item = _at_the_door(one, message.body, self._settings)
            if isinstance(item, Rejected):
                found.append(self._rejected(item, receipt))
                continue
            matches = best_by_family(self._rules.match(item))
            if not matches:
                receipt.unwatched += 1
                continue
            actor, body = actor_of(item), _bytes_of(item, message, alone=len(held) == 1)
            deeds = (judged(deed_of(item, rule, actor, self._came), self._settings) for rule in matches)
            made = [_Item(receipt, deed, body) for deed in deeds]
            self._records.append(made)
            found += ((key_of(item, actor, rule.family), one) for rule, one in zip(matches, made, strict=True))
        return found

    def _rejected(self, rejected: Rejected, receipt: Receipt) -> tuple[StoryKey, _Item]:
        names = watched_names(rejected.body, self._rules)
        rule = UNREADABLE if names else REJECTED
        receipt.rejected += 1
        deed = deed_of_rejected(rejected, rule, join(names), self._came)
        return key_of_rejected(rejected, rule.family), _Item(receipt, deed, lambda: rejected.body)

    def count(self) -> None:
        """Say in the receipts which records were new."""
        for items in self._records:
            receipt = items[0].receipt
            if any(item.fresh for item in items):
                receipt.matched += 1
            elif all(item.fresh is False for item in items):
                receipt.repeated += 1


def _bytes_of(record: Record, message: Message, *, alone: bool) -> Callable[[], bytes]:
    """What is kept of a record: the message as it came, if it holds no other."""
    if alone:
        return lambda: message.body
    return lambda: json.dumps(record.raw, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _tell_apart(change: Change, items: Sequence[_Item]) -> None:
    """Of several items of one event the first is new."""
    fresh = set(change.events)
    for item in items:
        item.fresh = item.deed.event_id in fresh
        fresh.discard(item.deed.event_id)


def _at_the_door(item: Record | Rejected | Pointer, body: bytes, settings: Settings) -> Record | Rejected:
    """Only CloudTrail's own events of an expected account may ring here (DESIGN 4.10: no forgeable door)."""
    if isinstance(item, Pointer):
        return Rejected("an S3 notification came to the live queue, which takes EventBridge events only", body)
    if isinstance(item, Rejected):
        return item
    event = item.event
    if event is None:
        return Rejected("a CloudTrail record came without the EventBridge event around it", body)
    if not as_text(event.get("source")).startswith("aws."):
        return Rejected("an event came from a source that is not AWS", body)
    if event.get("detail-type") not in DETAIL_TYPES.values() and not is_native(event):
        return Rejected("an event came with a detail-type that CloudTrail does not write", body)
    if settings.accounts and as_text(event.get("account")) not in settings.accounts:
        return Rejected("an event came from an account that is not expected", body)
    return item


def watched_names(body: bytes, rules: RuleSet) -> list[str]:
    r"""The watched event names that stand in bytes which could not be read, escapes such as ``\u0044`` undone."""
    plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), body)
    return sorted(name for name in rules.watched if name.encode() in plain and _as_a_word(name, plain))


def _as_a_word(name: str, body: bytes) -> bool:
    """Whether a name stands there by itself: not `Subscribe` in `SubscribeURL`."""
    return re.search(rb"(?<![A-Za-z0-9])%b(?![A-Za-z0-9])" % re.escape(name.encode()), body) is not None


def pump(queue: Queue, take: Callable[[Sequence[Message]], Sequence[Receipt]], wait: timedelta) -> list[Receipt]:
    """One turn at a queue: receive, take in, and delete only what is committed.

    While a queue gives as much at once as it can, more is taken along: a write to the disk costs as much for one
    message as for hundreds.

    Args:
        queue: where the feed rules send.
        take: `ingest`, bound to its store and rules.
        wait: how long to wait for the first message.

    Returns:
        A receipt for each message that was received.
    """
    messages = list(queue.receive(wait))
    last = messages
    while len(last) == FULL and len(messages) < MOST_AT_ONCE:
        last = list(queue.receive(timedelta(0)))
        messages = [*messages, *last]
    if not messages:
        return []
    receipts = list(take(messages))
    queue.delete([message for message, receipt in zip(messages, receipts, strict=True) if receipt.ok])
    return receipts
