"""Whether each link of a deployed pipeline stands, from what was seen of the account.

A verdict is *whole*, *broken*, *not seen* or *unclear*: what could not be looked at, or hangs on what nobody here
knows, is never called fine. The words say what was seen; the list of links says what it means when it is broken.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tocsin.core.doctor.gates import (
    EVENTS,
    alarms,
    closed,
    encryption,
    feeds,
    gate,
    lets_write,
    of_the_key,
    rule_arn,
    wires,
)
from tocsin.core.doctor.policies import CanNotTell, Sender
from tocsin.core.doctor.seen import physical, queue_arn
from tocsin.core.template.links import LINKS, Link, link_of
from tocsin.core.template.subscribers import State
from tocsin.core.text import join

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tocsin.core.doctor.seen import Seen
    from tocsin.core.template.subscribers import Subscribed

_MOST_NAMED = 3


class Standing(StrEnum):
    """What is known of a link."""

    WHOLE = "whole"
    BROKEN = "broken"
    NOT_SEEN = "not seen"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One link as it was seen.

    Attributes:
        link: which.
        standing: what is known of it.
        evidence: what was seen, or why nothing was.
        so: what that means, where it is broken.
    """

    link: Link
    standing: Standing
    evidence: str
    so: str = ""


def verdicts(seen: Seen) -> list[Verdict]:
    """A verdict a link that the stack has, in the order of the list of links."""
    made = {link.id for name in seen.resources if (link := link_of(name))}
    # Without a resource of its own: an adopted trail, and a topic that nobody is subscribed to.
    made |= {"trail", "subscription", "alarm-subscription"}
    return [_verdict(link, seen) for link in LINKS if link.id in made]


def _verdict(link: Link, seen: Seen) -> Verdict:
    needs, judge = _JUDGES[link.id]
    for name in needs:
        if name in seen.unseen:
            return Verdict(link, Standing.NOT_SEEN, seen.unseen[name])
    try:
        fault, evidence = judge(seen)
    except CanNotTell as doubt:
        return Verdict(link, Standing.UNCLEAR, str(doubt))
    if fault:
        return Verdict(link, Standing.BROKEN, fault, link.broken)
    if added := _added(link, seen):
        return Verdict(link, Standing.BROKEN, added, "somebody hears of it whom the config does not name")
    return Verdict(link, Standing.WHOLE, evidence)


def _added(link: Link, seen: Seen) -> str:
    """What somebody added by hand: a target of a rule, a subscription. CloudFormation's drift does not see it."""
    if link.id in ("wire-rule", "feed-rule"):
        found = sorted(
            f"{name} also sends to {arn}"
            for name in physical(seen, link.id)
            for arn in seen.targets.get(name, frozenset()) - _ours(seen) - {queue_arn(seen.resources, "Observer")}
        )
    elif link.id in ("subscription", "alarm-subscription"):
        alarms = link.id == "alarm-subscription"
        subscribed = _people(seen, seen.alarm_subscriptions if alarms else seen.subscriptions)
        heard = [one.endpoint for one in subscribed if one.state in (State.CONFIRMED, State.SILENCEABLE)]
        found = [f"{one} is subscribed" for one in heard if (one, alarms) not in seen.wanted]
    else:
        return ""
    return join(found, most=_MOST_NAMED)


def _people(seen: Seen, subscriptions: Sequence[Subscribed]) -> list[Subscribed]:
    """All but the pipeline's own observer."""
    return [one for one in subscriptions if one.endpoint != queue_arn(seen.resources, "Observer")]


def _ours(seen: Seen) -> frozenset[str]:
    """The ARNs of what rules may send to."""
    return frozenset(
        filter(None, (seen.resources.get("Topic"), seen.resources.get("AlarmTopic"), queue_arn(seen.resources)))
    )


def _trail(seen: Seen) -> tuple[str, str]:
    trail = seen.trail
    if trail is None:
        return "there is no such trail", ""
    faults = [
        *([] if trail.logging else ["its logging is off"]),
        *([] if trail.multi_region else ["it records one Region alone"]),
        *([] if trail.writes else ["its selectors leave write management events out"]),
    ]
    return join(faults), "logging is on, every Region, write management events in"


def _log(seen: Seen) -> tuple[str, str]:
    if seen.bucket_policy is None:
        return "the bucket is gone", ""
    if not lets_write(seen, seen.bucket_policy):
        return "the bucket's policy does not let CloudTrail write", ""
    fault = seen.trail.fault if seen.trail else ""
    return (
        f"the last delivery failed: {fault}" if fault else ""
    ), "its policy lets CloudTrail write, no delivery failed"


def _rules(link: str) -> Callable[[Seen], tuple[str, str]]:
    def judge(seen: Seen) -> tuple[str, str]:
        names = physical(seen, link)
        ours = _ours(seen)
        gone = [name for name in names if name not in seen.rules]
        off = [name for name in names if name in seen.rules and seen.rules[name] == "DISABLED"]
        aimless = [name for name in names if name in seen.rules and not seen.targets.get(name, frozenset()) & ours]
        faults = [
            f"{join(found, most=_MOST_NAMED)} {what}"
            for found, what in ((gone, "gone"), (off, "disabled"), (aimless, "without its target"))
            if found
        ]
        return "; ".join(faults), f"{len(names)} enabled, each with its target"

    return judge


def _topic(seen: Seen) -> tuple[str, str]:
    if seen.topic is None:
        return "the topic is gone", ""
    return encryption(seen, seen.resources["Topic"], seen.topic.key), "it is there"


def _topic_policy(seen: Seen) -> tuple[str, str]:
    return closed(
        seen.topic.policy if seen.topic else None, "sns:Publish", seen.resources["Topic"], [wires(seen)], seen.operator
    )


def _alarm_topic(seen: Seen) -> tuple[str, str]:
    if seen.alarm_topic is None:
        return "the topic is gone", ""
    arn = seen.resources["AlarmTopic"]
    senders = [wires(seen, "AlarmTopic"), alarms(seen)]
    fault, evidence = closed(seen.alarm_topic.policy, "sns:Publish", arn, senders)
    return fault or encryption(seen, arn, seen.alarm_topic.key), evidence


def _alarms(seen: Seen) -> tuple[str, str]:
    made = set(physical(seen, "alarms"))
    there = {name: seen.alarms[name] for name in sorted(made) if name in seen.alarms}
    topic = seen.resources.get("AlarmTopic", "")
    faults = [
        f"{join(found, most=_MOST_NAMED)} {what}"
        for found, what in (
            (sorted(made - there.keys()), "gone"),
            ([name for name, one in there.items() if not one.armed], "switched off"),
            ([name for name, one in there.items() if topic not in one.actions], "without its topic"),
            ([name for name, one in there.items() if one.rings], "ringing"),
        )
        if found
    ]
    return "; ".join(faults), f"{len(made)} armed, none rings"


def _queue(seen: Seen) -> tuple[str, str]:
    if seen.queue is None:
        return "the queue is gone", ""
    return "", f"{seen.queue.waiting:,} waiting"


def _queue_policy(seen: Seen) -> tuple[str, str]:
    arn = queue_arn(seen.resources)
    return closed(seen.queue.policy if seen.queue else None, "sqs:SendMessage", arn, [feeds(seen)], seen.operator)


def _subscription(seen: Seen) -> tuple[str, str]:
    return _hearing(_people(seen, seen.subscriptions))


def _alarm_subscription(seen: Seen) -> tuple[str, str]:
    return _hearing(_people(seen, seen.alarm_subscriptions))


def _hearing(subscriptions: Sequence[Subscribed]) -> tuple[str, str]:
    hears = [one.endpoint for one in subscriptions if one.state in (State.CONFIRMED, State.SILENCEABLE)]
    waits = [one.endpoint for one in subscriptions if one.state in (State.PENDING, State.GONE)]
    if not subscriptions:
        return "nobody is subscribed", ""
    if waits:
        return f"{join(waits, most=_MOST_NAMED)} not confirmed", ""
    loose = sum(one.state is State.SILENCEABLE for one in subscriptions)
    end = f"; {loose} can be ended by the link in any mail" if loose else ", none can be ended by a link"
    return "", f"{len(hears)} confirmed{end}"


def _dead_letters(seen: Seen) -> tuple[str, str]:
    rules = [rule_arn(seen, name) for link in ("wire-rule", "feed-rule") for name in physical(seen, link)]
    queues = [("RuleDeadLetters", seen.dead, "could not be delivered", [Sender("EventBridge", EVENTS, "rule", rules)])]
    if "QueueDeadLetters" in seen.resources:
        queues.append(("QueueDeadLetters", seen.given_up, "were given up by the responder", []))
    faults = [f"{name} is gone" for name, queue, _, _ in queues if queue is None]
    waiting = [(name, queue.waiting, what) for name, queue, what, _ in queues if queue and queue.waiting]
    faults += [
        f"{count:,} events {what}, and wait in {name}: tocsin dead-letters list" for name, count, what in waiting
    ]
    faults += [
        f"{name}: {fault}"
        for name, queue, _, senders in queues
        if queue
        for fault in gate(seen, name, queue).faults(senders)
    ]
    return "; ".join(faults), "empty, the rules may send to it"


def _observer(seen: Seen) -> tuple[str, str]:
    if seen.observer is None:
        return "the queue is gone", ""
    arn = queue_arn(seen.resources, "Observer")
    topics = [seen.resources[name] for name in ("Topic", "AlarmTopic") if name in seen.resources]
    senders = [Sender("SNS", "sns.amazonaws.com", "topic", topics)]
    senders += [feeds(seen)] if physical(seen, "feed-rule") else []
    faults = [
        *([] if any(one.endpoint == arn for one in seen.subscriptions) else ["it is not subscribed to the topic"]),
        *([] if any(one.endpoint == arn for one in seen.alarm_subscriptions) else ["nor to that of trouble"]),
        *(
            f"{feed} does not send to it"
            for feed in (seen.resources.get("FeedIam", ""), seen.resources.get("FeedEvents", ""))
            if feed in seen.rules and arn not in seen.targets.get(feed, {arn})
        ),
    ]
    return join(faults or gate(seen, "Observer", seen.observer).faults(senders)), (
        "it is subscribed, topics and feed may send"
    )


_JUDGES: dict[str, tuple[tuple[str, ...], Callable[[Seen], tuple[str, str]]]] = {
    "trail": (("trail",), _trail),
    "log": (("bucket_policy",), _log),
    "wire-rule": (("rules", "targets"), _rules("wire-rule")),
    "topic": (("topic",), _topic),
    "topic-policy": (("topic",), _topic_policy),
    "topic-key": (("key",), of_the_key),
    "subscription": (("subscriptions",), _subscription),
    "alarm-topic": (("alarm_topic",), _alarm_topic),
    "alarm-subscription": (("alarm_subscriptions",), _alarm_subscription),
    "alarms": (("alarms",), _alarms),
    "feed-rule": (("rules", "targets"), _rules("feed-rule")),
    "queue": (("queue",), _queue),
    "queue-policy": (("queue",), _queue_policy),
    "dead-letters": (("dead", "given_up"), _dead_letters),
    "observer": (("observer", "subscriptions", "alarm_subscriptions", "rules", "targets"), _observer),
}
