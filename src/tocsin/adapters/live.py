"""What a deployed pipeline looks like in the account, by a few read-only calls."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tocsin.adapters.aws import if_allowed, if_there
from tocsin.adapters.topic import Topic
from tocsin.core.doctor.seen import Alarm, Key, Queue, Seen, Trail, queue_arn
from tocsin.core.doctor.seen import Topic as SeenTopic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tocsin.adapters.aws import Clients

_GONE = frozenset(
    {
        "TrailNotFoundException", "NoSuchBucket", "NotFound", "NotFoundException", "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue", "ResourceNotFoundException",
    }
)  # fmt: skip


# Rules whose targets are looked at one by one, a call each: every rule of the packs that are on by default.
MOST_LOOKED_AT = 34


def look(
    clients: Clients,
    name: str,
    resources: Mapping[str, str],
    outputs: Mapping[str, str],
    *,
    operator: str,
    wanted: frozenset[tuple[str, bool]],
) -> Seen:
    """Look at a pipeline. What may not be looked at is kept with its reason, and the look goes on.

    Args:
        clients: of the account and the Region.
        name: the stack's name, which all names in it start with.
        resources: the physical id of each resource of the stack, by logical id.
        outputs: the stack's outputs.
        operator: ARN of whom the config lets move dead letters back, or ``""``.
        wanted: who the config says is to hear: address, and whether of trouble of the bell itself.

    Raises:
        CredentialsError: there are none, or they have expired.
    """
    looker = _Looker(clients, name, resources, outputs)
    unseen: dict[str, str] = {}
    found = {name: if_allowed(see, partial(unseen.__setitem__, name)) for name, see in looker.looks().items()}
    return Seen(
        resources=resources,
        operator=operator,
        wanted=wanted,
        unseen=unseen,
        **{key: value for key, value in found.items() if key not in unseen},
    )


class _Looker:
    def __init__(self, clients: Clients, name: str, resources: Mapping[str, str], outputs: Mapping[str, str]) -> None:
        self._clients = clients
        self._name = name
        self._resources = resources
        self._outputs = outputs

    def looks(self) -> dict[str, Callable[[], Any]]:
        """What to look at, by the attribute of `Seen` that it gives; only what the stack has."""
        every: dict[str, tuple[str, Callable[[], Any]]] = {
            "trail": ("", self._trail),
            "bucket_policy": ("LogBucket", self._bucket_policy),
            "rules": ("", self._rules),
            "targets": ("", self._targets),
            "topic": ("Topic", lambda: self._topic("Topic")),
            "subscriptions": ("Topic", lambda: self._subscriptions("Topic")),
            "alarm_topic": ("AlarmTopic", lambda: self._topic("AlarmTopic")),
            "alarm_subscriptions": ("AlarmTopic", lambda: self._subscriptions("AlarmTopic")),
            "key": ("TopicKey", self._key),
            "alarms": ("", self._alarms),
            "queue": ("Queue", lambda: self._queue("Queue")),
            "observer": ("Observer", lambda: self._queue("Observer")),
            "given_up": ("QueueDeadLetters", lambda: self._queue("QueueDeadLetters")),
            "dead": ("RuleDeadLetters", lambda: self._queue("RuleDeadLetters")),
        }
        return {name: see for name, (needs, see) in every.items() if not needs or needs in self._resources}

    def _trail(self) -> Trail | None:
        client, arn = self._clients.client("cloudtrail"), self._outputs.get("TrailArn", "")
        status = if_there(lambda: client.get_trail_status(Name=arn), _GONE)
        shown = client.describe_trails(trailNameList=[arn])["trailList"] if status else []
        if not status or not shown:
            return None
        return Trail(
            logging=bool(status["IsLogging"]),
            multi_region=bool(shown[0].get("IsMultiRegionTrail")),
            writes=takes_writes(client.get_event_selectors(TrailName=arn)),
            fault=str(status.get("LatestDeliveryError") or ""),
        )

    def _bucket_policy(self) -> str | None:
        client, bucket = self._clients.client("s3"), self._resources["LogBucket"]
        found = if_there(
            lambda: if_there(lambda: client.get_bucket_policy(Bucket=bucket), {"NoSuchBucketPolicy"}) or {"Policy": ""},
            {"NoSuchBucket"},
        )
        return None if found is None else str(found["Policy"])

    def _rules(self) -> dict[str, str]:
        pages = self._clients.client("events").get_paginator("list_rules").paginate(NamePrefix=f"{self._name}-")
        return {str(rule["Name"]): str(rule["State"]) for page in pages for rule in page["Rules"]}

    def _targets(self) -> dict[str, frozenset[str]]:
        """What each rule sends to; of those past the first, wires before feeds, only whether they send to ours."""
        names = sorted(
            (found for name, found in self._resources.items() if name.startswith(("Wire", "Feed"))),
            key=lambda found: (f"{self._name}-wire-" not in found, found),
        )
        client = self._clients.client("events")
        seen = {name: frozenset(self._targets_of(client, name)) for name in names[:MOST_LOOKED_AT]}
        if len(names) > MOST_LOOKED_AT:
            arn = queue_arn(self._resources)
            pages = client.get_paginator("list_rule_names_by_target").paginate(TargetArn=arn)
            feeds = {str(name) for page in pages for name in page["RuleNames"]}
            seen |= {name: frozenset({arn}) for name in names[MOST_LOOKED_AT:] if name in feeds}
        return seen

    def _targets_of(self, client: Any, rule: str) -> list[str]:  # noqa: ANN401 - as `Clients.client`
        found = if_there(lambda: client.list_targets_by_rule(Rule=rule), _GONE)
        return [str(target["Arn"]) for target in found["Targets"]] if found else []

    def _topic(self, logical_id: str) -> SeenTopic | None:
        client = self._clients.client("sns")
        found = if_there(lambda: client.get_topic_attributes(TopicArn=self._resources[logical_id]), _GONE)
        if found is None:
            return None
        attributes = found["Attributes"]
        return SeenTopic(str(attributes.get("Policy", "")), str(attributes.get("KmsMasterKeyId", "")))

    def _key(self) -> Key | None:
        client, key = self._clients.client("kms"), self._resources["TopicKey"]
        found = if_there(lambda: client.describe_key(KeyId=key), _GONE)
        if found is None:
            return None
        policy = client.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
        return Key(str(found["KeyMetadata"]["Arn"]), str(found["KeyMetadata"]["KeyState"]), str(policy))

    def _subscriptions(self, logical_id: str) -> Any:  # noqa: ANN401 - as `Topic.subscriptions`
        topic = Topic(self._clients.client("sns"), self._resources[logical_id], alarms=logical_id == "AlarmTopic")
        return topic.subscriptions()

    def _alarms(self) -> dict[str, Alarm]:
        pages = (
            self._clients.client("cloudwatch")
            .get_paginator("describe_alarms")
            .paginate(AlarmNamePrefix=f"{self._name}-", AlarmTypes=["MetricAlarm"])
        )
        return {
            str(one["AlarmName"]): Alarm(
                armed=bool(one.get("ActionsEnabled")),
                actions=tuple(one.get("AlarmActions", ())),
                rings=one.get("StateValue") == "ALARM",
            )
            for page in pages
            for one in page["MetricAlarms"]
        }

    def _queue(self, logical_id: str) -> Queue | None:
        client, url = self._clients.client("sqs"), self._resources[logical_id]
        wanted = ["Policy", "ApproximateNumberOfMessages"]
        found = if_there(lambda: client.get_queue_attributes(QueueUrl=url, AttributeNames=wanted), _GONE)
        if found is None:
            return None
        attributes = found.get("Attributes", {})
        return Queue(str(attributes.get("Policy", "")), int(attributes.get("ApproximateNumberOfMessages", 0)))


def takes_writes(answer: dict[str, Any]) -> bool:
    """Whether the selectors of a trail take write management events in (CloudTrail API Reference, "EventSelector")."""
    basic = answer.get("EventSelectors") or []
    if any(one.get("IncludeManagementEvents") and one.get("ReadWriteType") in ("All", "WriteOnly") for one in basic):
        return True
    for selector in answer.get("AdvancedEventSelectors") or []:
        fields = {one["Field"]: one for one in selector.get("FieldSelectors", [])}
        read_only = fields.get("readOnly", {}).get("Equals", ["false"])
        if fields.get("eventCategory", {}).get("Equals") == ["Management"] and "false" in read_only:
            return True
    return False
