"""The responder: `ingest` takes messages in, `deliver_due` tells people. Every door leads to these two calls.

A message is done only when the store has committed all that came of it; its promises to tell are rows of the same
commit. So a message that is answered with ``ok`` may be deleted from its queue, and one that is not comes again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tocsin.core.delivery.delivery import Answer, Delivery, Move, Outcome, State, answered, claimed, moved
from tocsin.core.delivery.exchange import Commit, Message
from tocsin.core.incident.correlate import Told, correlate
from tocsin.core.incident.incident import Deed, Incident, Status, StoryKey, deed_of, deed_of_rejected, key_of
from tocsin.core.match.rules import REJECTED, UNREADABLE, Role, Rule, RuleSet
from tocsin.core.notice.notice import compose
from tocsin.core.pattern.cloudtrail_event import DETAIL_TYPES
from tocsin.core.record.actor import UNKNOWN_ACTOR, Actor, actor_of
from tocsin.core.record.envelope import unwrap
from tocsin.core.record.record import Pointer, Record, Rejected, as_text, is_native
from tocsin.core.text import join
from tocsin.errors import TocsinError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from tocsin.core.settings import Settings
    from tocsin.flows.ports import Channel, Queue, Store

# Two workers that commit to one story take turns; more than so many lost turns is a store that is broken.
MOST_TURNS = 50
_ESCAPED = re.compile(rb"\\u00([0-7][0-9a-fA-F])")


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one delivery that was due."""

    delivery: Delivery
    incident: Incident


def ingest(
    messages: Iterable[Message],
    *,
    store: Store,
    rules: RuleSet,
    settings: Settings,
    now: datetime,
    new_id: Callable[[], str],
) -> list[Receipt]:
    """Take messages into the store, each by itself: a bad one costs no good one.

    Args:
        messages: from the live queue.
        store: where stories and promises go.
        rules: the rules that are on.
        settings: window, settle time, channels, accounts.
        now: the time, in UTC.
        new_id: gives a fresh incident id.

    Returns:
        A receipt for each message, in order. One that is not ``ok`` has to come again.
    """
    intake = _Intake(store, rules, settings, now, new_id)
    return [intake.take(message) for message in messages]


@dataclass(frozen=True, slots=True)
class _Intake:
    store: Store
    rules: RuleSet
    settings: Settings
    now: datetime
    new_id: Callable[[], str]

    def take(self, message: Message) -> Receipt:
        receipt = Receipt(message.id)
        try:
            for item in unwrap(message.body):
                receipt = self._one(_at_the_door(item, message.body, self.settings), receipt)
        except TocsinError as fault:  # the store cannot be reached, or refuses: the message comes again
            return replace(receipt, ok=False, reason=str(fault))
        return receipt

    def _one(self, item: Record | Rejected, receipt: Receipt) -> Receipt:
        if isinstance(item, Rejected):
            self._reject(item)
            return replace(receipt, rejected=receipt.rejected + 1)
        matches = best_by_family(self.rules.match(item))
        if not matches:
            return replace(receipt, unwatched=receipt.unwatched + 1)
        actor = actor_of(item)
        fresh = [
            self._tell(key_of(item, actor, rule.family), deed_of(item, rule, actor, self.now), actor, item)
            for rule in matches
        ]
        if any(fresh):
            return replace(receipt, matched=receipt.matched + 1)
        return replace(receipt, repeated=receipt.repeated + 1)

    def _reject(self, rejected: Rejected) -> None:
        names = watched_names(rejected.body, self.rules)
        rule = UNREADABLE if names else REJECTED
        deed = deed_of_rejected(rejected, rule, join(names), self.now)
        self._tell(StoryKey("", UNKNOWN_ACTOR.key, rule.family), deed, UNKNOWN_ACTOR, rejected)

    def _tell(self, key: StoryKey, deed: Deed, actor: Actor, origin: Record | Rejected) -> bool:
        """Commit one deed; False if the store has it already."""
        for _ in range(MOST_TURNS):
            loaded = self.store.load(key, deed.event_id)
            if loaded.known:
                return False
            told = correlate(
                loaded.story,
                deed,
                actor,
                window=self.settings.window,
                settle=self.settings.settle,
                now=self.now,
                new_id=self.new_id(),
            )
            commit = Commit(told.story, told.incident.id, deed.event_id, origin, self._promises(told))
            if self.store.commit(commit, loaded.version):
                return True
        raise TocsinError(
            f"the store refused {MOST_TURNS} commits to one story in a row",
            hint="more workers write to one story than it can take; the message will come again",
        )

    def _promises(self, told: Told) -> tuple[Delivery, ...]:
        if not told.earned:
            return ()
        incident = told.incident
        return tuple(
            Delivery(incident.id, incident.revision, channel, incident.key, State.PENDING, incident.due_at, self.now)
            for channel in self.settings.channels
        )


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


def best_by_family(rules: Iterable[Rule]) -> list[Rule]:
    """Of the rules that match one record, the most severe of each family; triggers before preludes."""
    best: dict[str, Rule] = {}
    for rule in rules:
        known = best.get(rule.family)
        if known is None or (rule.role is Role.TRIGGER, rule.severity) > (known.role is Role.TRIGGER, known.severity):
            best[rule.family] = rule
    return list(best.values())


def watched_names(body: bytes, rules: RuleSet) -> list[str]:
    r"""The watched event names that stand in bytes which could not be read, escapes such as ``\u0044`` undone."""
    plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), body)
    return sorted(name for name in rules.watched if name.encode() in plain and _as_a_word(name, plain))


def _as_a_word(name: str, body: bytes) -> bool:
    """Whether a name stands there by itself: not `Subscribe` in `SubscribeURL`."""
    return re.search(rb"(?<![A-Za-z0-9])%b(?![A-Za-z0-9])" % re.escape(name.encode()), body) is not None


def deliver_due(
    *,
    store: Store,
    channels: Mapping[str, Channel],
    rules: RuleSet,
    settings: Settings,
    now: Callable[[], datetime],
    limit: int = 100,
) -> list[Sent]:
    """Tell what is due: claim each row, send, mark.

    Args:
        store: where the promises are.
        channels: the channels by name.
        rules: where the words come from.
        settings: lease, patience and time zone.
        now: gives the time in UTC; asked again after each send, which may take long.
        limit: rows at most.

    Returns:
        The rows that were moved and are not withdrawn, as they are now. One for a channel that is not configured
        any more is dead, and says so.
    """
    done: list[Sent] = []
    for row in store.due(now(), limit):
        mine = claimed(row, now(), settings.lease)
        if not store.mark(mine, row.version):
            continue  # another worker has it
        incident = store.load(mine.key, "").story.get(mine.incident)
        if incident is None or _is_stale(mine, incident, now()):
            store.mark(moved(mine, Move.WITHDRAW), mine.version)
            continue
        channel = channels.get(mine.channel)
        if channel is None:
            outcome = Outcome(Answer.REFUSED, f"no channel `{mine.channel}` is configured any more")
        else:
            outcome = channel.send(compose(incident, rules, settings.timezone))
        after = answered(mine, outcome, now(), settings.give_up)
        # A row that is no longer ours was taken over after its lease: then the other worker's mark stands.
        store.mark(after, mine.version)
        done.append(Sent(after, incident))
    return done


def _is_stale(delivery: Delivery, incident: Incident, now: datetime) -> bool:
    """A merged incident sends nothing more, and an older revision is told by the newer one, once that may go out."""
    if incident.status is Status.MERGED:
        return True
    return delivery.revision < incident.revision and incident.due_at <= now


def pump(queue: Queue, take: Callable[[Sequence[Message]], Sequence[Receipt]], wait: timedelta) -> list[Receipt]:
    """One turn at a queue: receive, take in, and delete only what is committed.

    Args:
        queue: where the feed rules send.
        take: `ingest`, bound to its store and rules.
        wait: how long to wait for the first message.

    Returns:
        A receipt for each message that was received.
    """
    messages = queue.receive(wait)
    if not messages:
        return []
    receipts = list(take(messages))
    queue.delete([message for message, receipt in zip(messages, receipts, strict=True) if receipt.ok])
    return receipts
