"""What was seen of a deployed pipeline, as values: `adapters.live` looks, `verdicts` judges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tocsin.core.template.subscribers import Subscribed


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
        targets: ARNs of what each event rule sends to, by the rule's name.
        wanted: who the config says is to hear: address, and whether of trouble of the bell itself.
        topic_policy: the topic's policy.
        subscriptions: who is subscribed.
        alarm_topic_policy: the policy of the topic of trouble.
        alarm_subscriptions: who is subscribed to it.
        alarms: the alarms, by name.
        operator: ARN of whom the config lets move dead letters back, or ``""``.
        queue: the queue of the durable path.
        dead: the queue of what the rules could not deliver.
        observer: the queue that the drill reads.
        given_up: the queue of what the responder could not take.
        unseen: why something could not be looked at, by the name of its attribute here.
    """

    resources: Mapping[str, str]
    trail: Trail | None = None
    bucket_policy: str | None = None
    rules: Mapping[str, str] = field(default_factory=dict)
    targets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    wanted: frozenset[tuple[str, bool]] = frozenset()
    topic_policy: str | None = None
    subscriptions: Sequence[Subscribed] = ()
    alarm_topic_policy: str | None = None
    alarm_subscriptions: Sequence[Subscribed] = ()
    alarms: Mapping[str, Alarm] = field(default_factory=dict)
    operator: str = ""
    queue: Queue | None = None
    dead: Queue | None = None
    given_up: Queue | None = None
    observer: Queue | None = None
    unseen: Mapping[str, str] = field(default_factory=dict)


def queue_arn(resources: Mapping[str, str], logical_id: str = "Queue") -> str:
    """The ARN of a queue of the stack, or ``""``; a stack knows its URL. The rest of the ARN is the topic's."""
    if not {logical_id, "Topic"} <= resources.keys():
        return ""
    parts = resources["Topic"].split(":")
    return ":".join([*parts[:2], "sqs", *parts[3:5], resources[logical_id].rpartition("/")[2]])
