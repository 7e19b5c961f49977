"""Subscriptions: whether somebody hears what comes to a topic, and cannot be made deaf by a link in a mail.

SNS API Reference, "Subscribe", "ConfirmSubscription" (AuthenticateOnUnsubscribe) and "GetSubscriptionAttributes"; SNS
Developer Guide, "Message filtering"; a subscription that is not confirmed lapses in two days, and SNS sets one of mail
back to pending that gets more than ten mails a second ("Email notifications").
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from tocsin.core.doctor.joints import function, queue
from tocsin.core.doctor.looks import look
from tocsin.core.doctor.policies import CanNotTell, Sender
from tocsin.core.doctor.walk import Fault, Joint, Told, told_of
from tocsin.core.pattern import PatternError, compile_pattern
from tocsin.core.template.subscribers import State, subscribed_of
from tocsin.core.text import join

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.core.doctor.joints.place import Place, Sent
    from tocsin.core.doctor.looks import Looks
    from tocsin.core.template.subscribers import Subscribed

_SNS = "sns.amazonaws.com"
_HEARING = (State.CONFIRMED, State.SILENCEABLE)


def joints(place: Place, topic: str, sent: Sent) -> list[Joint]:
    """The subscriptions of a topic.

    Args:
        place: where.
        topic: the topic's ARN.
        sent: what comes to it.
    """
    found = [Joint("subscription", topic, partial(_hearing, place, topic))]
    if sent.bodies:
        found.append(Joint("subscription", topic, partial(_filters, topic, sent), sent.by))
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
    every = subscriptions_of(topic, looks)
    name = topic.rpartition(":")[2]
    if not every:
        mend = f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint ADDRESS"
        return told_of([Fault("TOC501", "nobody is subscribed", mend)], "")
    faults: list[Fault] = []
    then: list[Joint] = []
    for one, _ in every:
        if one.state is State.PENDING:
            who = f"--protocol {one.protocol} --notification-endpoint {one.endpoint}"
            said = f"it has not confirmed that it wants to hear of {name}"
            faults.append(Fault("TOC502", said, f"aws sns subscribe --topic-arn {topic} {who}", thing=one.endpoint))
        elif one.state is State.GONE:
            faults.append(Fault("TOC503", f"its subscription to {name} was ended", thing=one.endpoint))
        elif one.state is State.SILENCEABLE:
            said = f"the link in any mail of {name} ends its subscription"
            faults.append(Fault("TOC504", said, f"tocsin subscription add {one.endpoint}", thing=one.endpoint))
        elif one.protocol == "sqs":
            then += queue.joints(place, one.endpoint, [Sender("SNS", _SNS, "topic", [topic])])
        elif one.protocol == "lambda":
            then += function.joints(place, one.endpoint, [Sender("SNS", _SNS, "topic", [topic])])
    heard = [one.endpoint for one, _ in every if one.state in _HEARING]
    if not heard:
        faults.append(Fault("TOC501", f"none of {len(every)} subscriptions is confirmed"))
    return told_of(faults, f"{join(heard, most=3)} hears", then)


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
