"""Subscriptions: whether somebody hears what comes to a topic, and cannot be made deaf by a link in a mail.

SNS API Reference, "Subscribe", "ConfirmSubscription" (AuthenticateOnUnsubscribe) and "GetSubscriptionAttributes"; SNS
Developer Guide, "Message filtering"; a subscription that is not confirmed lapses in two days, and SNS sets one of mail
back to pending that gets more than ten mails a second ("Email notifications").
"""

from __future__ import annotations

import json
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Any

from tocsin.core.doctor.joints import function, queue
from tocsin.core.doctor.looks import look
from tocsin.core.doctor.policies import CanNotTell, Sender
from tocsin.core.doctor.walk import Fault, Joint, Reach, Told, told_of
from tocsin.core.pattern import PatternError, compile_pattern
from tocsin.core.template.subscribers import State, subscribed_of
from tocsin.core.text import join

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tocsin.core.doctor.joints.place import Place, Sent
    from tocsin.core.doctor.looks import Looks
    from tocsin.core.template.subscribers import Subscribed

SNS = "sns.amazonaws.com"
_SAFE = "aws sns confirm-subscription --authenticate-on-unsubscribe true"
_END = "aws sns unsubscribe --subscription-arn"
_HEARING = (State.CONFIRMED, State.SILENCEABLE)


def joints(place: Place, topic: str, sent: Sent) -> list[Joint]:
    """The subscriptions of a topic.

    Args:
        place: where.
        topic: the topic's ARN.
        sent: what comes to it.
    """
    link = place.link("subscription", topic)
    found = [Joint(link, topic, partial(_hearing, place, topic))]
    if sent.bodies:
        found.append(Joint(link, topic, partial(_filters, topic, sent), sent.by))
    return found


def subscriptions_of(topic: str, looks: Looks) -> list[tuple[Subscribed, Mapping[str, str]]]:
    """Who is subscribed to a topic, with the attributes of each that is confirmed."""
    shown = looks.shown("sns", "ListSubscriptionsByTopic", TopicArn=topic)
    entries = list(shown["Subscriptions"]) if shown else []
    arns = [str(one["SubscriptionArn"]) for one in entries]
    steps = [look("sns", "GetSubscriptionAttributes", SubscriptionArn=arn) for arn in arns if arn.startswith("arn:")]
    attributes = {
        str(step.parameters["SubscriptionArn"]): found.result.get("Attributes", {})
        for step, found in zip(steps, looks.every(steps), strict=True)
    }
    return [
        (subscribed_of(one, attributes.get(arn, {})), attributes.get(arn, {}))
        for one, arn in zip(entries, arns, strict=True)
    ]


def _hearing(place: Place, topic: str, looks: Looks) -> Told:
    every = [one for one, _ in subscriptions_of(topic, looks)]
    wanted = place.own.hears.get(topic)
    faults = [] if wanted is None else _unlike(topic, every, wanted)
    people = every if wanted is None else [one for one in every if one.endpoint in wanted and not _is_queue(one)]
    faults += [fault for one in people for fault in _fault(topic, one, ours=wanted is not None)]
    heard = [one.endpoint for one in people if one.state in _HEARING]
    if not heard:
        said = f"none of {len(people)} subscriptions is confirmed" if people else "nobody is subscribed"
        mend = f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint ADDRESS"
        faults.append(Fault("TOC501", said, "" if people else mend))
    followed = [one for one in every if one.state in _HEARING and (wanted is None or one.endpoint in wanted)]
    then = [joint for one in followed for joint in _followed(place, topic, one)]
    person = any(one.state in _HEARING and one.protocol not in ("sqs", "lambda") for one in people)
    return told_of(faults, f"{join(heard, most=3)} hears", then, Reach.HEARD if person else Reach.ON)


def _is_queue(one: Subscribed) -> bool:
    return one.protocol == "sqs"


def _fault(topic: str, one: Subscribed, *, ours: bool) -> list[Fault]:
    """What keeps a subscription from hearing, or may make it deaf."""
    name = topic.rpartition(":")[2]
    if one.state is State.PENDING:
        said = f"it has not confirmed that it wants to hear of {name}"
        who = f"--protocol {one.protocol} --notification-endpoint {quote(one.endpoint)}"
        again = (
            f"tocsin subscription add {quote(one.endpoint)}" if ours else f"aws sns subscribe --topic-arn {topic} {who}"
        )
        return [Fault("TOC502", said, again, thing=one.endpoint)]
    if one.state is State.GONE:
        return [Fault("TOC503", f"its subscription to {name} was ended", thing=one.endpoint)]
    if one.state is State.SILENCEABLE:
        said = f"the link in any mail of {name} ends its subscription"
        own = f"tocsin subscription add {quote(one.endpoint)}"
        again = f"aws sns unsubscribe --subscription-arn {one.arn}, then subscribe it and confirm with {_SAFE}"
        return [Fault("TOC504", said, own if ours else again, thing=one.endpoint)]
    return []


def _unlike(topic: str, every: Sequence[Subscribed], wanted: frozenset[str]) -> list[Fault]:
    """Who hears of a topic of the pipeline that the config does not name, and who does not that it does."""
    name = topic.rpartition(":")[2]
    strangers = [one for one in every if one.state in _HEARING and one.endpoint not in wanted]
    there = {one.endpoint for one in every if one.state is not State.GONE}
    return [
        *(
            Fault(
                "TOC507",
                f"it is subscribed to {name}",
                f"aws sns unsubscribe --subscription-arn {one.arn}",
                (),
                one.endpoint,
            )
            for one in strangers
        ),
        *(
            Fault("TOC508", f"it is not subscribed to {name}", "tocsin apply", thing=one)
            for one in sorted(wanted - there)
            if not one.startswith("arn:")
        ),
    ]


def _followed(place: Place, topic: str, one: Subscribed) -> list[Joint]:
    """What a subscription leads to in the account."""
    sender = Sender("SNS", SNS, "topic", [topic])
    if _is_queue(one):
        return queue.joints(place, one.endpoint, [sender])
    return function.joints(place, one.endpoint, [sender]) if one.protocol == "lambda" else []


def observed(topic: str, observer: str) -> Joint:
    """Whether the pipeline's own observer is subscribed to a topic."""

    def judge(looks: Looks) -> Told:
        there = [one for one, _ in subscriptions_of(topic, looks) if one.endpoint == observer]
        name = topic.rpartition(":")[2]
        faults = [] if there else [Fault("TOC509", f"it is not subscribed to {name}", "tocsin apply")]
        return told_of(faults, f"it is subscribed to {name}")

    return Joint("observer", observer, judge, topic)


def _filters(topic: str, sent: Sent, looks: Looks) -> Told:
    """Whether the filter policy of each subscription lets through what is sent."""
    faults = []
    for one, attributes in subscriptions_of(topic, looks):
        policy = str(attributes.get("FilterPolicy") or "")
        if not policy or policy == "{}":
            continue
        scope = attributes.get("FilterPolicyScope") or "MessageAttributes"
        # EventBridge publishes without message attributes: a filter of them sees an empty message.
        seen = list(sent.bodies) if scope == "MessageBody" else ["{}"]
        through = [_passes(policy, text) for text in seen]
        if not any(through):
            where = topic.rpartition(":")[2]
            what = f"its filter policy ({scope}) lets nothing through of what {sent.by} sends to {where}"
            off = f"aws sns set-subscription-attributes --subscription-arn {one.arn} --attribute-name FilterPolicy"
            faults.append(Fault("TOC505", what, f"{off} --attribute-value '{{}}'", thing=one.endpoint))
        elif not all(through):
            some = f"its filter policy ({scope}) lets {sum(through)} of {len(through)} events of {sent.by} through"
            faults.append(Fault("TOC506", some, thing=one.endpoint))
    return told_of(faults, "no filter keeps it back")


def _passes(policy: str, text: str) -> bool:
    """Whether a message passes a filter policy, which is spelled as an event pattern is, ``$or`` included."""
    try:
        event: Any = json.loads(text)
    except ValueError:
        return False
    if not isinstance(event, dict):
        return False
    try:
        return compile_pattern(policy).matches(event)
    except PatternError as fault:
        raise CanNotTell(f"the filter policy of a subscription can not be read: {fault}") from fault
