"""The joints of the pipeline, once: whatever walks them reads this list.

The rehearsal shows them, and the doctor, `status` and the drill's hops judge them. Each is made by one or more
resources of the template; a test holds the two lists together, so a resource without a link cannot slip in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Path(StrEnum):
    """Which way a link is on."""

    BOTH = "both"
    WIRE = "plain wire"
    DURABLE = "durable path"


@dataclass(frozen=True, slots=True)
class Link:
    """One joint.

    Attributes:
        id: short name.
        path: the plain wire, the durable path, or both.
        says: what it does, as a sentence without a full stop.
        broken: what happens when it does not, likewise.
        resources: logical ids in the template that make it; a composed rule's id starts with the one given.
        made: what is made for it, where that is not yet what it does; ``""`` where it is.
    """

    id: str
    path: Path
    says: str
    broken: str
    resources: tuple[str, ...]
    made: str = ""


LINKS = (
    Link(
        "trail",
        Path.BOTH,
        "A trail with logging on records IAM write events",
        "EventBridge sees no IAM call, and nothing rings",
        ("Trail",),
    ),
    Link(
        "log",
        Path.BOTH,
        "The trail may write to its log bucket",
        "the trail cannot be made or stops delivering, and history is lost",
        ("LogBucket", "LogBucketPolicy"),
    ),
    Link(
        "wire-rule",
        Path.WIRE,
        "A rule matches the deletion and targets its topic",
        "no mail comes",
        ("Wire",),
    ),
    Link(
        "topic",
        Path.WIRE,
        "The topic takes what the wire rules publish",
        "no mail comes",
        ("Topic",),
    ),
    Link(
        "topic-policy",
        Path.WIRE,
        "The topic's policy lets EventBridge publish, and nobody else",
        "no mail comes, or a forger can ring",
        ("TopicPolicy",),
    ),
    Link(
        "topic-key",
        Path.WIRE,
        "The topic's own key lets EventBridge encrypt",
        "no mail comes",
        ("TopicKey", "TopicKeyAlias"),
    ),
    Link(
        "subscription",
        Path.WIRE,
        "A person is subscribed and has confirmed it",
        "the bell rings where nobody hears it",
        ("Subscriber",),
        made="A subscription for each address, which its owner has yet to confirm",
    ),
    Link(
        "alarm-topic",
        Path.BOTH,
        "A second topic takes trouble of the bell itself",
        "nobody hears that the bell is broken or tampered with",
        ("AlarmTopic", "AlarmTopicPolicy"),
    ),
    Link(
        "alarm-subscription",
        Path.BOTH,
        "A person is subscribed to trouble, and has confirmed it",
        "nobody hears that the bell is broken or tampered with",
        ("AlarmSubscriber",),
        made="A subscription to trouble for each address, yet to be confirmed",
    ),
    Link(
        "alarms",
        Path.BOTH,
        "Alarms watch what could not be delivered",
        "nobody hears that the bell rang in vain",
        (
            "RuleDeadLettersAlarm",
            "LettersLostAlarm",
            "NotificationsFailedAlarm",
            "QueueDeadLettersAlarm",
            "QueueAgeAlarm",
        ),
    ),
    Link(
        "feed-rule",
        Path.DURABLE,
        "A rule feeds every watched event to the queue",
        "the responder hears nothing",
        ("Feed",),
    ),
    Link(
        "queue",
        Path.DURABLE,
        "The queue keeps each event until the responder has it",
        "the responder hears nothing",
        ("Queue",),
    ),
    Link(
        "queue-policy",
        Path.DURABLE,
        "The queue's policy lets EventBridge send, and nobody else",
        "the responder hears nothing, or a forger can ring",
        ("QueuePolicy",),
    ),
    Link(
        "dead-letters",
        Path.BOTH,
        "What cannot be delivered waits for a person",
        "what cannot be delivered is gone in that second",
        ("QueueDeadLetters", "QueueDeadLettersPolicy", "RuleDeadLetters", "RuleDeadLettersPolicy"),
    ),
    Link(
        "observer",
        Path.BOTH,
        "An observer keeps for an hour what topics and feed deliver",
        "a drill cannot tell which hop is missing",
        ("Observer", "ObserverPolicy", "ObserverSubscription", "ObserverAlarmSubscription"),
    ),
)
# Composed resources are many of a kind: WireIamUserDeleted, FeedIam.
_COMPOSED = ("Wire", "Feed", "Subscriber", "AlarmSubscriber")


def link_of(logical_id: str, links: Iterable[Link] = LINKS) -> Link | None:
    """The link that a resource of the template makes, or None if no link knows it."""
    for link in links:
        for resource in link.resources:
            if logical_id == resource or (resource in _COMPOSED and logical_id.startswith(resource)):
                return link
    return None
