"""What is made to look at a pipeline that has no observer of its own, and how it is taken away again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tocsin.core.drill.journal import Kind, Thing
from tocsin.core.steps import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

_TARGET = "lookout"
_RETENTION_S = "3600"


@dataclass(frozen=True, slots=True)
class Lookout:
    """A queue that is subscribed to topics, and a rule with the pattern of another that sends to it.

    Attributes:
        name: of queue and rule, with the drill's code in it, outside of any pipeline's prefix.
        partition: such as ``aws``.
        region: where the pipeline stands.
        account: the account's id.
        topics: ARNs of topics of this Region.
        pattern: the pattern of the rule that is looked at, or ``""``.
        bus: on which event bus it is; ``""`` is the default one.
    """

    name: str
    partition: str
    region: str
    account: str
    topics: tuple[str, ...] = ()
    pattern: str = ""
    bus: str = ""

    @property
    def queue(self) -> str:
        """ARN of the queue."""
        return self._arn("sqs", self.name)

    @property
    def url(self) -> Step:
        """What asks for the queue's URL."""
        return Step("sqs", "GetQueueUrl", {"QueueName": self.name}, "the queue's URL")

    def steps(self) -> list[Step]:
        """What makes it."""
        rule = self._arn("events", f"rule/{f'{self.bus}/' if self.bus else ''}{self.name}")
        allowed = {
            "Effect": "Allow",
            "Principal": {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]},
            "Action": "sqs:SendMessage",
            "Resource": self.queue,
            "Condition": {"ArnEquals": {"aws:SourceArn": [*self.topics, rule]}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        attributes = {"Policy": policy, "MessageRetentionPeriod": _RETENTION_S}
        steps = [Step("sqs", "CreateQueue", {"QueueName": self.name, "Attributes": attributes}, "a queue")]
        for topic in self.topics:
            subscription = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": self.queue}
            steps.append(Step("sns", "Subscribe", subscription, "its subscription"))
        if self.pattern:
            bus = {"EventBusName": self.bus} if self.bus else {}
            like = {"Name": self.name, "EventPattern": self.pattern, "State": "ENABLED", **bus}
            steps.append(Step("events", "PutRule", like, "a rule with the same pattern"))
            target = [{"Id": _TARGET, "Arn": self.queue}]
            steps.append(Step("events", "PutTargets", {"Rule": self.name, "Targets": target, **bus}, "its target"))
        return steps

    def _arn(self, service: str, rest: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{rest}"


def removals(thing: Thing) -> list[Step]:
    """What takes a rule, a target, a queue or a subscription away, or finds it first."""
    bus = {"EventBusName": thing.of} if thing.of else {}
    if thing.kind is Kind.TARGET:
        return [Step("events", "RemoveTargets", {"Rule": thing.name, "Ids": [_TARGET], **bus}, "the rule's target")]
    if thing.kind is Kind.RULE:
        return [Step("events", "DeleteRule", {"Name": thing.name, **bus}, "the rule")]
    if thing.kind is Kind.QUEUE:
        return [Step("sqs", "GetQueueUrl", {"QueueName": thing.name}, "the queue's URL")]
    if thing.kind is Kind.SUBSCRIPTION:
        return [Step("sns", "ListSubscriptionsByTopic", {"TopicArn": thing.of}, "the topic's subscriptions")]
    return []


def follows(thing: Thing, result: Mapping[str, Any]) -> list[Step]:
    """What takes away what a step of `removals` has found."""
    if thing.kind is Kind.QUEUE and "QueueUrl" in result:
        return [Step("sqs", "DeleteQueue", {"QueueUrl": result["QueueUrl"]}, "the queue")]
    if thing.kind is not Kind.SUBSCRIPTION or "Subscriptions" not in result:
        return []
    found = [one for one in result["Subscriptions"] if one["Endpoint"] == thing.name]
    steps = [
        Step("sns", "Unsubscribe", {"SubscriptionArn": one["SubscriptionArn"]}, "the subscription")
        for one in found
        if one["SubscriptionArn"].startswith("arn:")
    ]
    if result.get("NextToken"):
        more = {"TopicArn": thing.of, "NextToken": result["NextToken"]}
        steps.append(Step("sns", "ListSubscriptionsByTopic", more, "the topic's subscriptions"))
    return steps
