"""Of each thing in a pipeline that has a policy: who must be let in, who must not, and what is wrong with that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.doctor.policies import CanNotTell, Gate, Sender, by_service, of_key, shut_out
from tocsin.core.doctor.seen import arn_of, physical, queue_arn
from tocsin.core.text import join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.core.doctor.seen import Queue, Seen

EVENTS = "events.amazonaws.com"
_CLOUDWATCH = "cloudwatch.amazonaws.com"


def lets_write(seen: Seen, policy: str) -> bool:
    """CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail": what it calls, and with which header."""
    bucket = f"arn:{seen.resources['Topic'].split(':')[1]}:s3:::{seen.resources['LogBucket']}"
    trail = arn_of(seen.resources, "cloudtrail", f"trail/{seen.resources['Trail']}")
    account = trail.split(":")[4]
    owner = {"s3:x-amz-acl": "bucket-owner-full-control"}
    asks = [
        by_service("cloudtrail.amazonaws.com", "s3:GetBucketAcl", bucket, trail),
        by_service(
            "cloudtrail.amazonaws.com", "s3:PutObject", f"{bucket}/AWSLogs/{account}/CloudTrail/x", trail, **owner
        ),
    ]
    return not shut_out(policy, {"CloudTrail": asks}, "write")


def encryption(seen: Seen, topic: str, key: str) -> str:
    """What is wrong with the key that a topic is encrypted with; its own key has a link of its own.

    Where the template names no key, CloudFormation's drift does not see that somebody set one, and apply does not mend
    it (CloudFormation User Guide, "Detect unmanaged configuration changes": properties that are set explicitly).
    """
    ours = seen.resources.get("TopicKey")
    if not key or (ours and key.endswith(ours)):
        return ""
    if key.endswith("alias/aws/sns"):
        setting = f"--attribute-name KmsMasterKeyId --attribute-value '{ours or ''}'"
        mend = f"aws sns set-topic-attributes --topic-arn {topic} {setting}"
        return f"it is encrypted with {key}, which lets no service in: {mend}"
    raise CanNotTell(f"it is encrypted with {key}, and not with the pipeline's own key: may EventBridge use that?")


def wires(seen: Seen, topic: str = "Topic") -> Sender:
    """The wire rules that send to a topic; all of them where none is seen to."""
    every_one = physical(seen, "wire-rule")
    arn = seen.resources[topic]
    names = [name for name in every_one if arn in seen.targets.get(name, frozenset())] or every_one
    return Sender("EventBridge", EVENTS, "rule", [rule_arn(seen, name) for name in names])


def feeds(seen: Seen) -> Sender:
    """The feed rules."""
    return Sender("EventBridge", EVENTS, "rule", [rule_arn(seen, name) for name in physical(seen, "feed-rule")])


def alarms(seen: Seen) -> Sender:
    """The alarms."""
    names = physical(seen, "alarms")
    return Sender(
        "CloudWatch", _CLOUDWATCH, "alarm", [arn_of(seen.resources, "cloudwatch", f"alarm:{one}") for one in names]
    )


def rule_arn(seen: Seen, name: str) -> str:
    """The ARN of a rule of the default bus."""
    return arn_of(seen.resources, "events", f"rule/{name}")


def closed(
    policy: str | None, action: str, resource: str, senders: Sequence[Sender], operator: str = ""
) -> tuple[str, str]:
    """Whether a policy lets the services in and everybody else out, but the operator."""
    if policy is None:
        return "there is nothing to have a policy", ""
    names = " and ".join(sender.name for sender in senders)
    return (
        join(Gate(policy, action, resource).faults(senders, operator)),
        f"{names} let in, everybody else{' but the operator' if operator else ''} kept out",
    )


def gate(seen: Seen, name: str, queue: Queue) -> Gate:
    """The policy of a queue of the stack."""
    return Gate(queue.policy, "sqs:SendMessage", queue_arn(seen.resources, name))


def of_the_key(seen: Seen) -> tuple[str, str]:
    """Whether the topics' own key is there, enabled, and may be used by what publishes."""
    if seen.key is None:
        return "the key is gone", ""
    if seen.key.state != "Enabled":
        return f"it is {seen.key.state}", ""
    asks = {
        sender.name: [
            of_key(action, seen.key.arn, seen.resources[topic], sender)
            for topic in topics
            for action in ("kms:GenerateDataKey", "kms:Decrypt")
        ]
        for sender, topics in ((wires(seen), ("Topic", "AlarmTopic")), (alarms(seen), ("AlarmTopic",)))
    }
    shut = shut_out(seen.key.policy, asks, "use it")
    return f"its policy does not let {join(shut)} use it" if shut else "", "it is enabled, and lets services use it"
