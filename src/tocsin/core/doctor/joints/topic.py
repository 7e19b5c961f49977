"""Topics: there, open to who sends to them, and encrypted with a key that those may use.

SNS Developer Guide, "Key management" and "Access policy language"; that EventBridge is let in by the topic's own policy
and by nothing that a user is allowed stands in the EventBridge User Guide, "Using resource-based policies".
"""

from __future__ import annotations

import json
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING

from tocsin.core.doctor.joints import counts, key, subscription
from tocsin.core.doctor.joints.place import Sent, name_of
from tocsin.core.doctor.policies import Gate, sources_of
from tocsin.core.doctor.walk import Fault, Joint, Told, told_of
from tocsin.core.steps import Step
from tocsin.core.text import join

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tocsin.core.doctor.joints.place import Place
    from tocsin.core.doctor.looks import Looks
    from tocsin.core.doctor.policies import Sender


def joints(place: Place, arn: str, senders: Sequence[Sender], sent: Sent) -> list[Joint]:
    """A topic.

    Args:
        place: where.
        arn: the topic's.
        senders: who has to be let in; nobody where a role of the account sends.
        sent: what comes to it.
    """
    return [
        Joint(
            place.link("topic", arn),
            arn,
            partial(_there, place, arn, senders, sent),
            f"{sources_of(senders)} {sent.by}",
        )
    ]


def attributes_of(arn: str, looks: Looks) -> Mapping[str, str] | None:
    """What AWS shows of a topic, or None where there is none."""
    shown = looks.shown("sns", "GetTopicAttributes", TopicArn=arn)
    return None if shown is None else shown["Attributes"]


def closed(place: Place, arn: str, senders: Sequence[Sender], operator: str) -> Joint:
    """Whether a topic of the pipeline keeps out everybody else.

    Args:
        place: where.
        arn: the topic's.
        senders: who has to be let in.
        operator: the ARN of the one user or role that may publish too, or ``""``.
    """

    def judge(looks: Looks) -> Told:
        attributes = attributes_of(arn, looks)
        if attributes is None:
            return told_of([], "")
        leaks = Gate(str(attributes.get("Policy", "")), "sns:Publish", arn).leaks(senders, operator)
        return told_of([Fault("TOC403", one, "tocsin apply") for one in leaks], "everybody else is kept out")

    return Joint(place.link("topic-policy", arn), arn, judge, "closed")


def _there(place: Place, arn: str, senders: Sequence[Sender], sent: Sent, looks: Looks) -> Told:
    attributes = attributes_of(arn, looks)
    if attributes is None:
        return told_of([Fault("TOC401", "there is no such topic")], "")
    then = [
        Joint(
            place.link("topic-policy", arn),
            arn,
            partial(_policy, str(attributes.get("Policy", "")), arn, sender),
            " ".join(["policy", *sender.sources]),
        )
        for sender in senders
    ]
    if name := str(attributes.get("KmsMasterKeyId") or ""):
        then += _key(place, name, arn, senders, sent)
    then += subscription.joints(place, arn, sent)
    then.append(counts.topic(place, arn, place.link("topic", arn)))
    return told_of([], "it is there", then)


def _key(place: Place, name: str, arn: str, senders: Sequence[Sender], sent: Sent) -> list[Joint]:
    link = place.link("topic-key", arn)
    if not key.of_aws(name):
        return [key.of_resource(place, name, arn, senders, link)]
    by_role = sent.by and not senders  # the key of AWS lets in whoever of the account may use SNS
    return [] if by_role else [Joint(link, arn, partial(_shut, name, arn))]


def _shut(name: str, arn: str, looks: Looks) -> Told:
    """The key that AWS manages for SNS: no service can be let in."""
    del looks
    command = "aws sns set-topic-attributes --attribute-name KmsMasterKeyId --attribute-value"
    off = f"{command} '' --topic-arn {arn} (or an own key's id, whose policy lets the service in)"
    return told_of([Fault("TOC904", f"it is encrypted with {name}, which lets no service in", off)], "")


def _policy(policy: str, arn: str, sender: Sender, looks: Looks) -> Told:
    """Whether one sender is let in, and whether the whole world is."""
    del looks
    gate = Gate(policy, "sns:Publish", arn)
    faults = []
    if refusal := gate.refusal(sender):
        attribute = f"aws sns set-topic-attributes --topic-arn {arn} --attribute-name Policy --attribute-value"
        text = opened(policy, arn, "sns:Publish", sender)
        fix = Step(
            "sns", "SetTopicAttributes", {"TopicArn": arn, "AttributeName": "Policy", "AttributeValue": text},
            f"let {sender.name} publish to {name_of(arn)} for {join(list(map(name_of, sender.sources)), most=3)}",
        )  # fmt: skip
        faults.append(Fault("TOC402", refusal, f"{attribute} {quote(text)}", (fix,) if text else ()))
    if gate.open_to_the_world():
        faults.append(Fault("TOC403", "its policy lets everybody publish"))
    return told_of(faults, f"its policy lets {sender.name} in")


def opened(policy: str, arn: str, action: str, sender: Sender) -> str:
    """A policy with one statement more, that lets a service in for one thing of the account; what it has is kept."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": sender.service},
        "Action": action,
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": list(sender.sources)}},
    }
    try:
        document = json.loads(policy) if policy else {"Version": "2012-10-17", "Statement": []}
        held = document["Statement"]
    except (ValueError, KeyError, TypeError):
        return ""
    kept = held if isinstance(held, list) else [held]
    return json.dumps({**document, "Statement": [*kept, statement]}, separators=(",", ":"))
