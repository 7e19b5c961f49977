"""Queues: there, open to who sends to them, encrypted with a key that those may use, and read by somebody.

SQS Developer Guide, "Basic examples of Amazon SQS policies" and "Key management"; EventBridge User Guide, "Using
dead-letter queues to process undelivered events": a standard queue of the rule's Region, with its own policy.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from tocsin.core.doctor.joints import counts, function, key
from tocsin.core.doctor.joints.place import account_of, name_of, region_of
from tocsin.core.doctor.looks import look
from tocsin.core.doctor.policies import Gate, sources_of
from tocsin.core.doctor.walk import Fault, Joint, Reach, Told, told_of
from tocsin.core.steps import Came

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tocsin.core.doctor.joints.place import Place
    from tocsin.core.doctor.looks import Looks
    from tocsin.core.doctor.policies import Sender

_FIFO = ".fifo"
_DAY_S = 86_400


def joints(place: Place, arn: str, senders: Sequence[Sender]) -> list[Joint]:
    """A queue that something is sent to.

    Args:
        place: where.
        arn: the queue's.
        senders: who has to be let in; nobody where a role of the account sends.
    """
    return [Joint(place.link("queue", arn), arn, partial(_judge, place, arn, senders), sources_of(senders))]


def closed(place: Place, arn: str, senders: Sequence[Sender], operator: str = "") -> Joint:
    """Whether a queue of the pipeline keeps out everybody else; as `topic.closed`."""

    def judge(looks: Looks) -> Told:
        attributes = attributes_of(arn, looks)
        if attributes is None:
            return told_of([], "")
        leaks = Gate(str(attributes.get("Policy", "")), "sqs:SendMessage", arn).leaks(senders, operator)
        return told_of([Fault("TOC603", one, "tocsin apply") for one in leaks], "everybody else is kept out")

    return Joint(place.link("queue-policy", arn), arn, judge, "closed")


def kept(place: Place, arn: str, redriven: str = "") -> Joint:
    """Whether a queue of the pipeline keeps what comes long enough, and gives up what nobody can take.

    Args:
        place: where.
        arn: the queue's.
        redriven: ARN of the queue that takes what is given up; ``""`` of none.
    """

    def judge(looks: Looks) -> Told:
        attributes = attributes_of(arn, looks)
        if attributes is None:
            return told_of([Fault("TOC601", "there is no such queue", "tocsin apply")], "")
        seconds = int(attributes.get("MessageRetentionPeriod", _DAY_S))
        faults = [Fault("TOC604", f"it keeps what comes for {seconds:,} s", "tocsin apply")] if seconds < _DAY_S else []
        if redriven and _redriven(attributes) != redriven:
            faults.append(Fault("TOC605", f"it gives nothing up to {name_of(redriven)}", "tocsin apply"))
        return told_of(faults, f"it keeps what comes for {seconds // _DAY_S} days")

    return Joint(place.link("queue", arn), arn, judge, "kept")


def of_dead_letters(place: Place, arn: str, sender: Sender) -> Joint:
    """The queue of what a sender could not deliver."""
    return Joint("dead-letters", arn, partial(_dead, place, arn, sender), " ".join(sender.sources))


def attributes_of(arn: str, looks: Looks) -> Mapping[str, str] | None:
    """What AWS shows of a queue, or None where there is none."""
    found = looks.answer(look("sqs", "GetQueueUrl", QueueName=name_of(arn), QueueOwnerAWSAccountId=account_of(arn)))
    if found.came is not Came.DONE:
        return None
    shown = looks.shown("sqs", "GetQueueAttributes", QueueUrl=found.result["QueueUrl"], AttributeNames=["All"])
    return None if shown is None else shown.get("Attributes", {})


def _judge(place: Place, arn: str, senders: Sequence[Sender], looks: Looks) -> Told:
    attributes = attributes_of(arn, looks)
    if attributes is None:
        return told_of([Fault("TOC601", "there is no such queue")], "")
    then = [
        Joint(
            place.link("queue-policy", arn),
            arn,
            partial(_policy, str(attributes.get("Policy", "")), arn, sender, "TOC602"),
            " ".join(["policy", *sender.sources]),
        )
        for sender in senders
    ]
    then += _key(place, attributes, arn, senders)
    waiting = int(attributes.get("ApproximateNumberOfMessages", 0))
    if not place.own.hears:  # an alarm watches how old our own gets, and the responder, which reads it, is no function
        then.append(Joint("queue", arn, partial(_read, place, arn), "read"))
        then += [counts.queue(place, arn, "queue")] if waiting else []
    dead = _redriven(attributes)
    if dead:
        then.append(Joint("dead-letters", dead, partial(_given_up, dead)))
    # Somebody may read it who is no function; our own is read by nobody but the responder.
    return told_of([], f"{waiting:,} waiting", then, Reach.ON if place.own.hears else Reach.HEARD)


def _read(place: Place, arn: str, looks: Looks) -> Told:
    """The functions that read a queue, and whether each does."""
    shown = looks.shown("lambda", "ListEventSourceMappings", EventSourceArn=arn) or {}
    every = shown.get("EventSourceMappings", [])
    faults = [
        Fault(
            "TOC705",
            f"{name_of(str(one['FunctionArn']))} does not read it: its mapping is {one.get('State')}",
            f"aws lambda update-event-source-mapping --uuid {one['UUID']} --enabled",
        )
        for one in every
        if one.get("State") not in ("Enabled", "Enabling", "Creating", "Updating")
    ]
    then = [joint for one in every for joint in function.joints(place, str(one["FunctionArn"]), [], arn)]
    return told_of(faults, f"{len(every)} functions read it", then)


def _key(place: Place, attributes: Mapping[str, str], arn: str, senders: Sequence[Sender]) -> list[Joint]:
    name = str(attributes.get("KmsMasterKeyId") or "")
    return [key.of_resource(place, name, arn, senders, "queue-key")] if name and senders else []


def _redriven(attributes: Mapping[str, str]) -> str:
    try:
        return str(json.loads(attributes.get("RedrivePolicy") or "{}").get("deadLetterTargetArn", ""))
    except (ValueError, AttributeError):
        return ""


def _policy(policy: str, arn: str, sender: Sender, code: str, looks: Looks) -> Told:
    del looks
    gate = Gate(policy, "sqs:SendMessage", arn)
    faults = []
    if refusal := gate.refusal(sender):
        faults.append(Fault(code, refusal))
    if gate.open_to_the_world():
        faults.append(Fault("TOC603", "its policy lets everybody send"))
    return told_of(faults, f"its policy lets {sender.name} in")


def _dead(place: Place, arn: str, sender: Sender, looks: Looks) -> Told:
    if arn.endswith(_FIFO) or region_of(arn) != place.region:
        return told_of([Fault("TOC611", f"it has to be a standard queue in {place.region}")], "")
    attributes = attributes_of(arn, looks)
    if attributes is None:
        return told_of([Fault("TOC611", "there is no such queue")], "")
    policy = _policy(str(attributes.get("Policy", "")), arn, sender, "TOC612", looks)
    then = [
        Joint("dead-letters", arn, partial(_given_up, arn)),
        *_key(place, attributes, arn, [sender]),
    ]
    return told_of(policy.faults, f"{sender.name} may send to it", then)


def _given_up(arn: str, looks: Looks) -> Told:
    """Whether dead letters wait."""
    attributes = attributes_of(arn, looks)
    if attributes is None:
        return told_of([Fault("TOC611", "there is no such queue")], "")
    waiting = int(attributes.get("ApproximateNumberOfMessages", 0))
    if waiting:
        return told_of([Fault("TOC613", f"{waiting:,} wait in it", "tocsin dead-letters list")], "")
    return told_of([], "it is empty")
