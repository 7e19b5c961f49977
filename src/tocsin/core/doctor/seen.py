"""What was seen of a deployed pipeline, as values: `adapters.live` looks, `verdicts` judges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tocsin.core.template.links import link_of

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
class Topic:
    """A topic as AWS shows it."""

    policy: str
    key: str = ""  # id, ARN or alias of the key that encrypts it, or ""


@dataclass(frozen=True, slots=True)
class Key:
    """An encryption key as AWS shows it."""

    arn: str
    state: str
    policy: str


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
        topic: the topic.
        subscriptions: who is subscribed.
        alarm_topic: the topic of trouble.
        alarm_subscriptions: who is subscribed to it.
        key: the topics' own key.
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
    topic: Topic | None = None
    subscriptions: Sequence[Subscribed] = ()
    alarm_topic: Topic | None = None
    key: Key | None = None
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
    return arn_of(resources, "sqs", resources[logical_id].rpartition("/")[2])


def arn_of(resources: Mapping[str, str], service: str, name: str) -> str:
    """An ARN of the account and the Region that the stack's topic is in."""
    partition, _, region, account = resources["Topic"].split(":")[1:5]
    return f"arn:{partition}:{service}:{region}:{account}:{name}"


def physical(seen: Seen, link: str) -> list[str]:
    """What the resources of a link are called in the account."""
    return [found for name, found in seen.resources.items() if (one := link_of(name)) and one.id == link]
