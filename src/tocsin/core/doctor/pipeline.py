"""Our own pipeline, as anybody's is walked, and what only of our own is known: how it has to be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from tocsin.core.doctor.joints import alarm, key, queue, rule, subscription, target, topic, trail
from tocsin.core.doctor.joints.place import Expected, Own, Sent, name_of
from tocsin.core.doctor.policies import Sender
from tocsin.core.doctor.walk import Fault, Joint, Told, told_of
from tocsin.core.template.links import link_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tocsin.core.doctor.joints.place import Place
    from tocsin.core.doctor.looks import Looks
    from tocsin.core.template.pipeline import EventRule
    from tocsin.core.template.watches import Watch

_QUEUES = ("Queue", "QueueDeadLetters", "RuleDeadLetters", "Observer")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A deployed pipeline, and how it has to be.

    Attributes:
        name: the stack's, which all names in it begin with.
        resources: the physical id of each resource of the stack, by logical id.
        trail: ARN of the trail that it stands on.
        rules: the event rules of the template.
        watches: what its alarms watch, by logical id.
        wanted: who the config says is to hear: address, and whether of trouble of the bell itself.
        operator: ARN of whom the config lets move dead letters back, or ``""``.
    """

    name: str
    resources: Mapping[str, str]
    trail: str
    rules: Sequence[EventRule]
    watches: Mapping[str, Watch]
    wanted: frozenset[tuple[str, bool]]
    operator: str = ""


def joints(place: Place, pipeline: Pipeline) -> list[Joint]:
    """Every joint of our own pipeline."""
    return list(_Walk(place, pipeline).joints())


class _Walk:
    def __init__(self, place: Place, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._arns = {name: found for name, found in pipeline.resources.items() if name in ("Topic", "AlarmTopic")}
        for name in _QUEUES:
            if name in pipeline.resources:
                self._arns[name] = place.arn("sqs", pipeline.resources[name].rpartition("/")[2])
        self._made = {
            one.logical_id: place.arn("events", f"rule/{pipeline.name}-{one.suffix}") for one in pipeline.rules
        }
        own = Own(dict(self._links()), dict(self._hears()), dict(self._expected()))
        self._place = replace(place, own=own)
        self._watching = [
            alarm.Alarm(
                pipeline.resources[name],
                watch,
                {watch.dimension: name_of(self._arns.get(watch.of, ""))} if watch.dimension else {},
            )
            for name, watch in pipeline.watches.items()
            if name in pipeline.resources
        ]
        self._alarms = _from_alarms([place.arn("cloudwatch", f"alarm:{one.name}") for one in self._watching])

    def _links(self) -> Iterator[tuple[tuple[str, str], str]]:
        keyed = "TopicKey" in self._pipeline.resources
        for name, link in (("Topic", "topic"), ("AlarmTopic", "alarm-topic")):
            if name in self._arns:
                yield ("topic", self._arns[name]), link
                yield ("topic-key", self._arns[name]), "topic-key" if keyed else link
        if "AlarmTopic" in self._arns:
            yield ("topic-policy", self._arns["AlarmTopic"]), "alarm-topic"
            yield ("subscription", self._arns["AlarmTopic"]), "alarm-subscription"
        for name, link in (
            ("Observer", "observer"), ("RuleDeadLetters", "dead-letters"), ("QueueDeadLetters", "dead-letters"),
        ):  # fmt: skip
            if name in self._arns:
                yield ("queue", self._arns[name]), link
                yield ("queue-policy", self._arns[name]), link
        for name, arn in self._made.items():
            link = "wire-rule" if name.startswith("Wire") else "feed-rule"
            yield ("rule", arn), link
            yield ("target", arn), link

    def _hears(self) -> Iterator[tuple[str, frozenset[str]]]:
        observer = {self._arns["Observer"]} if "Observer" in self._arns else set()
        for name, alarms in (("Topic", False), ("AlarmTopic", True)):
            if name in self._arns:
                people = {address for address, of in self._pipeline.wanted if of is alarms}
                yield self._arns[name], frozenset(people | observer)

    def _expected(self) -> Iterator[tuple[str, Expected]]:
        for one in self._pipeline.rules:
            words = {
                self._arns[name]: one.words if index == 0 else None
                for index, name in enumerate(one.targets)
                if name in self._arns
            }
            observer = frozenset({self._arns.get("Observer", "")})
            yield self._made[one.logical_id], Expected(one.pattern, words, observer)

    def joints(self) -> Iterator[Joint]:
        """The joints, in the order of the list of links."""
        yield trail.joint(self._place, self._pipeline.trail)
        yield Joint("wire-rule", f"rules of {self._pipeline.name}", self._rules)
        for name, alarms in (("Topic", False), ("AlarmTopic", True)):
            if name in self._arns:
                yield from self._topic(name, alarms=alarms)
        if "AlarmTopic" in self._arns:
            yield from self._of_trouble(self._arns["AlarmTopic"])
        yield from self._queues()

    def _rules(self, looks: Looks) -> Told:
        """Each rule that there has to be: those that are gone, and the joints of the others."""
        shown = looks.shown("events", "ListRules", NamePrefix=f"{self._pipeline.name}-") or {}
        there = {str(one["Name"]): rule.rule_of(one) for one in shown.get("Rules", [])}
        then: list[Joint] = []
        for one in self._pipeline.rules:
            name, arn = f"{self._pipeline.name}-{one.suffix}", self._made[one.logical_id]
            if name in there:
                then.append(rule.joint(self._place, there[name]))
            else:
                then.append(Joint(self._place.link("rule", arn), arn, _gone, "gone"))
        return told_of([], "", then)

    def _topic(self, name: str, *, alarms: bool) -> Iterator[Joint]:
        arn = self._arns[name]
        wires = [self._made[one.logical_id] for one in self._pipeline.rules if name in one.targets]
        alone = self._alarms if alarms else []
        # The rules bring their topics with them; what no rule brings is that of the alarms.
        yield from topic.joints(self._place, arn, alone, Sent())
        yield topic.closed(self._place, arn, [*_from_rules(wires), *alone], "" if alarms else self._pipeline.operator)
        if "Observer" in self._arns:
            yield subscription.observed(arn, self._arns["Observer"])
        if "TopicKey" in self._pipeline.resources:
            encrypted = partial(_encrypted, arn, self._pipeline.resources["TopicKey"])
            yield Joint(self._place.link("topic-key", arn), arn, encrypted, "encrypted")

    def _of_trouble(self, arn: str) -> Iterator[Joint]:
        """The alarms, and the pipeline's own key, whether a topic uses it or not."""
        if own := self._pipeline.resources.get("TopicKey"):
            senders = [*_from_rules(list(self._made.values())[:1]), *self._alarms]
            yield key.of_resource(self._place, own, arn, senders, "topic-key")
        yield from alarm.joints(self._place, f"{self._pipeline.name}-", arn, self._watching)

    def _queues(self) -> Iterator[Joint]:
        rules = [self._made[one.logical_id] for one in self._pipeline.rules]
        feeds = [arn for name, arn in self._made.items() if name.startswith("Feed")]
        topics = [self._arns[name] for name in ("Topic", "AlarmTopic") if name in self._arns]
        by_topics = [Sender("SNS", subscription.SNS, "topic", topics)] if topics else []
        who = {
            "Queue": (_from_rules(feeds), self._pipeline.operator),
            "QueueDeadLetters": ([], ""),
            "RuleDeadLetters": (_from_rules(rules), ""),
            "Observer": ([*by_topics, *_from_rules(feeds)], ""),
        }
        for name, (senders, operator) in who.items():
            if name in self._arns:
                yield queue.closed(self._place, self._arns[name], senders, operator)
                if name != "Observer":
                    given_up = self._arns.get("QueueDeadLetters", "") if name == "Queue" else ""
                    yield queue.kept(self._place, self._arns[name], given_up)


def _from_rules(arns: Sequence[str]) -> list[Sender]:
    """EventBridge, for some rules; nobody for none."""
    return [Sender("EventBridge", target.EVENTS, "rule", arns)] if arns else []


def _from_alarms(arns: Sequence[str]) -> list[Sender]:
    """CloudWatch, for some alarms; nobody for none."""
    return [Sender("CloudWatch", alarm.CLOUDWATCH, "alarm", arns)] if arns else []


def _gone(looks: Looks) -> Told:
    del looks
    return told_of([Fault("TOC201", "there is no such rule", "tocsin apply")], "")


def _encrypted(arn: str, own: str, looks: Looks) -> Told:
    attributes = topic.attributes_of(arn, looks)
    used = own if attributes is None else str(attributes.get("KmsMasterKeyId") or "")
    if used.endswith((own, "alias/aws/sns")):
        return told_of([], "it is encrypted with the pipeline's key")
    what = f"it is encrypted with {used}" if used else "it is not encrypted"
    mend = f"aws sns set-topic-attributes --topic-arn {arn} --attribute-name KmsMasterKeyId --attribute-value {own}"
    return told_of([Fault("TOC905", what, mend)], "")


def links_made(resources: Mapping[str, str]) -> set[str]:
    """The links that a stack has: by its resources, and those without any, such as an adopted trail."""
    made = {link.id for name in resources if (link := link_of(name))}
    return made | {"trail", "subscription", "alarm-subscription"}
