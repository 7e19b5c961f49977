"""Whether each link of a deployed pipeline stands, from what was seen of the account.

A verdict is *whole*, *broken* or *not seen*: what could not be looked at is never called fine. The words say what was
seen; the list of links says what it means when it is broken.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tocsin.core.template.links import LINKS, Link, link_of
from tocsin.core.template.subscribers import State
from tocsin.core.text import join

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tocsin.core.template.subscribers import Subscribed

_MOST_NAMED = 3


class Standing(StrEnum):
    """What is known of a link."""

    WHOLE = "whole"
    BROKEN = "broken"
    NOT_SEEN = "not seen"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One link as it was seen.

    Attributes:
        link: which.
        standing: what is known of it.
        evidence: what was seen, or why nothing was.
    """

    link: Link
    standing: Standing
    evidence: str


@dataclass(frozen=True, slots=True)
class Trail:
    """A trail as AWS shows it."""

    logging: bool
    multi_region: bool
    writes: bool  # whether its selectors take write management events in
    fault: str  # the error of its last delivery, or ""


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue as AWS shows it."""

    policy: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """A CloudWatch alarm as AWS shows it."""

    armed: bool  # whether its actions are switched on
    actions: tuple[str, ...]
    rings: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a pipeline. What is None was looked for and is not there.

    Attributes:
        resources: the physical id of each resource of the stack, by logical id.
        trail: the trail that records IAM.
        bucket_policy: the policy of the trail's own bucket; ``""`` where it has none.
        rules: the state of each event rule that there is, by name.
        to_topic: the rules that target the topic.
        to_queue: the rules that target the queue.
        topic_policy: the topic's policy.
        subscriptions: who is subscribed.
        to_alarm_topic: the rules that target the topic of trouble.
        alarm_topic_policy: the policy of the topic of trouble.
        alarm_subscriptions: who is subscribed to it.
        alarms: the alarms, by name.
        operator: ARN of whom the config lets move dead letters back, or ``""``.
        queue: the queue of the durable path.
        dead: the queue of what the rules could not deliver.
        given_up: the queue of what the responder could not take.
        unseen: why something could not be looked at, by the name of its attribute here.
    """

    resources: Mapping[str, str]
    trail: Trail | None = None
    bucket_policy: str | None = None
    rules: Mapping[str, str] = field(default_factory=dict)
    to_topic: frozenset[str] = frozenset()
    to_queue: frozenset[str] = frozenset()
    topic_policy: str | None = None
    subscriptions: Sequence[Subscribed] = ()
    to_alarm_topic: frozenset[str] = frozenset()
    alarm_topic_policy: str | None = None
    alarm_subscriptions: Sequence[Subscribed] = ()
    alarms: Mapping[str, Alarm] = field(default_factory=dict)
    operator: str = ""
    queue: Queue | None = None
    dead: Queue | None = None
    given_up: Queue | None = None
    unseen: Mapping[str, str] = field(default_factory=dict)


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
    fault, evidence = judge(seen)
    return Verdict(link, Standing.BROKEN if fault else Standing.WHOLE, fault or evidence)


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
    if not _allows(seen.bucket_policy, "cloudtrail.amazonaws.com", "s3:PutObject"):
        return "the bucket's policy does not let CloudTrail write", ""
    fault = seen.trail.fault if seen.trail else ""
    return (
        f"the last delivery failed: {fault}" if fault else ""
    ), "its policy lets CloudTrail write, no delivery failed"


def _rules(prefix: str, *targets: str) -> Callable[[Seen], tuple[str, str]]:
    def judge(seen: Seen) -> tuple[str, str]:
        names = [physical for name, physical in seen.resources.items() if name.startswith(prefix)]
        aimed = frozenset[str]().union(*(getattr(seen, one) for one in targets))
        gone = [name for name in names if name not in seen.rules]
        off = [name for name in names if name in seen.rules and seen.rules[name] == "DISABLED"]
        aimless = [name for name in names if name in seen.rules and name not in aimed]
        faults = [
            f"{join(found, most=_MOST_NAMED)} {what}"
            for found, what in ((gone, "gone"), (off, "disabled"), (aimless, "without its target"))
            if found
        ]
        return "; ".join(faults), f"{len(names)} enabled, each with its target"

    return judge


def _topic(seen: Seen) -> tuple[str, str]:
    return ("" if seen.topic_policy is not None else "the topic is gone"), "it is there"


def _topic_policy(seen: Seen) -> tuple[str, str]:
    return _closed(seen.topic_policy, "sns:Publish", seen.operator)


def _alarm_topic(seen: Seen) -> tuple[str, str]:
    if seen.alarm_topic_policy is None:
        return "the topic is gone", ""
    fault, evidence = _closed(seen.alarm_topic_policy, "sns:Publish")
    if not _allows(seen.alarm_topic_policy, "cloudwatch.amazonaws.com", "sns:Publish"):
        fault = join([fault, "CloudWatch is not let in"] if fault else ["CloudWatch is not let in"])
    return fault, f"CloudWatch is let in; {evidence}"


def _alarms(seen: Seen) -> tuple[str, str]:
    made = {found for name, found in seen.resources.items() if (link := link_of(name)) and link.id == "alarms"}
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
    return _closed(seen.queue.policy if seen.queue else None, "sqs:SendMessage", seen.operator)


def _closed(policy: str | None, action: str, operator: str = "") -> tuple[str, str]:
    """Whether a policy lets EventBridge in and everybody else out, but the operator."""
    if policy is None:
        return "there is nothing to have a policy", ""
    faults = [
        *([] if _allows(policy, "events.amazonaws.com", action) else ["EventBridge is not let in"]),
        *([] if _shuts_out(policy, action, operator) else ["nobody else is kept out"]),
    ]
    return join(faults), f"EventBridge is let in, everybody else{' but the operator' if operator else ''} kept out"


def _subscription(seen: Seen) -> tuple[str, str]:
    return _hearing(seen.subscriptions)


def _alarm_subscription(seen: Seen) -> tuple[str, str]:
    return _hearing(seen.alarm_subscriptions)


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
    queues = [("RuleDeadLetters", seen.dead, "could not be delivered")]
    if "QueueDeadLetters" in seen.resources:
        queues.append(("QueueDeadLetters", seen.given_up, "were given up by the responder"))
    faults = [f"{name} is gone" for name, queue, _ in queues if queue is None]
    waiting = [(name, queue.waiting, what) for name, queue, what in queues if queue and queue.waiting]
    faults += [
        f"{count:,} events {what}, and wait in {name}: tocsin dead-letters list" for name, count, what in waiting
    ]
    return "; ".join(faults), "empty"


def _key(_seen: Seen) -> tuple[str, str]:
    return "", "it is in the stack; whether it is enabled was not looked at"


_JUDGES: dict[str, tuple[tuple[str, ...], Callable[[Seen], tuple[str, str]]]] = {
    "trail": (("trail",), _trail),
    "log": (("bucket_policy",), _log),
    "wire-rule": (("rules", "to_topic", "to_alarm_topic"), _rules("Wire", "to_topic", "to_alarm_topic")),
    "topic": (("topic_policy",), _topic),
    "topic-policy": (("topic_policy",), _topic_policy),
    "topic-key": ((), _key),
    "subscription": (("subscriptions",), _subscription),
    "alarm-topic": (("alarm_topic_policy",), _alarm_topic),
    "alarm-subscription": (("alarm_subscriptions",), _alarm_subscription),
    "alarms": (("alarms",), _alarms),
    "feed-rule": (("rules", "to_queue"), _rules("Feed", "to_queue")),
    "queue": (("queue",), _queue),
    "queue-policy": (("queue",), _queue_policy),
    "dead-letters": (("dead", "given_up"), _dead_letters),
}


def _statements(policy: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(policy or "{}").get("Statement", [])
    except (ValueError, AttributeError):
        return []
    every = found if isinstance(found, list) else [found]
    return [one for one in every if isinstance(one, dict)]


def _listed(value: object) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def _concerns(statement: dict[str, Any], action: str) -> bool:
    service = action.partition(":")[0]
    return any(one.lower() in (action.lower(), f"{service}:*", "*") for one in _listed(statement.get("Action")))


def _allows(policy: str, service: str, action: str) -> bool:
    """Whether a statement lets the service do it; what its conditions ask is the doctor's to judge."""
    for statement in _statements(policy):
        principal = statement.get("Principal")
        services = _listed(principal.get("Service")) if isinstance(principal, dict) else []
        if statement.get("Effect") == "Allow" and service in services and _concerns(statement, action):
            return not any(
                other.get("Effect") == "Deny" and not other.get("Condition") and _concerns(other, action)
                for other in _statements(policy)
            )
    return False


def _shuts_out(policy: str, action: str, operator: str = "") -> bool:
    only: dict[str, Any] = {"Bool": {"aws:PrincipalIsAWSService": "false"}}
    if operator:
        only["ArnNotEquals"] = {"aws:PrincipalArn": operator}
    return any(
        statement.get("Effect") == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"})
        and _concerns(statement, action)
        and statement.get("Condition") == only
        for statement in _statements(policy)
    )
